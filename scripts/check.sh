#!/usr/bin/env bash
# Format, lint, types, migrations, alerts and shell scripts: everything that can be said about the code without running it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

npx --no-install node scripts/need-programs.ts shellcheck promtool amtool

npx --no-install biome check .
npx --no-install tsc --project .
# squawk has to be told which migrations run outside a transaction.
{ grep -lZ '^-- no-transaction' sql/migrations/*.sql || true; } | xargs -0 -r npx --no-install squawk --no-assume-in-transaction
{ grep -LZ '^-- no-transaction' sql/migrations/*.sql || true; } | xargs -0 -r npx --no-install squawk --assume-in-transaction
promtool check config deploy/prometheus/prometheus.yml >/dev/null
promtool test rules deploy/prometheus/tests/*.yml >/dev/null
npx --no-install node scripts/check-alerts.ts
npx --no-install node scripts/grafana/write-dashboard.ts --check
amtool check-config deploy/alertmanager/alertmanager.yml >/dev/null
git ls-files -z --cached --others --exclude-standard '*.sh' .ci/run | xargs -0 shellcheck
echo "Format, lint, types, migrations, alerts and shell scripts are in order."
