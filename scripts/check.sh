#!/usr/bin/env bash
# Format, lint, types, migrations and shell scripts: everything that can be said about the code without running it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v shellcheck >/dev/null; then
  if command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
    echo "Installing Debian's package shellcheck."
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes shellcheck; } >/dev/null
  else
    echo "shellcheck is missing. Install it (Debian, Ubuntu: apt-get install shellcheck) and run this again." >&2
    exit 1
  fi
fi

npx --no-install biome check .
npx --no-install tsc --project .
# squawk has to be told which migrations run outside a transaction.
{ grep -lZ '^-- no-transaction' sql/migrations/*.sql || true; } | xargs -0 -r npx --no-install squawk --no-assume-in-transaction
{ grep -LZ '^-- no-transaction' sql/migrations/*.sql || true; } | xargs -0 -r npx --no-install squawk --assume-in-transaction
git ls-files -z --cached --others --exclude-standard '*.sh' .ci/run | xargs -0 shellcheck
echo "Format, lint, types, migrations and shell scripts are in order."
