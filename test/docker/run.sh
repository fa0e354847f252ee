#!/usr/bin/env bash
# Proves ./setup-dev.sh and docker-compose.yml against a real Docker engine: npm run test:docker
# Everything happens in a temporary copy of the working tree, on free ports, under a project name of
# its own: nobody's development database is touched. Exit code 77 when no engine can be had.
set -euo pipefail

here=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
tree=$(cd -P -- "$here/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/steadfast-docker.XXXXXX")
copy=$work/steadfast
project=steadfast-test-$$
passed=0 failed=0 status=0

say() { printf '# %s\n' "$1"; }
cannot() {
  printf '\nCANNOT RUN THE DOCKER TEST: %s\n' "$1" >&2
  exit 77
}
# In the background, because bash does not answer to a signal while it waits for a foreground command.
within() {
  timeout --kill-after=5 "$@" <&0 &
  wait $!
}

# stop_process <pid> <seconds>: politely first
stop_process() {
  local tries
  kill -TERM "$1" 2>/dev/null || return 0
  for ((tries = 0; tries < $2 * 10; tries++)); do
    kill -0 "$1" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
}

# tree_of <pid>: it and everything it started
tree_of() {
  local child
  echo "$1"
  for child in $(ps -o pid= --ppid "$1"); do tree_of "$child"; done
}
stop_tree() {
  local pid
  for pid in $(tree_of "$1"); do kill -TERM "$pid" 2>/dev/null || true; done
}
# alive <pids>: those of them that still run
alive() {
  local pid
  for pid in $1; do if kill -0 "$pid" 2>/dev/null; then echo "$pid"; fi; done
}

# shellcheck source=test/docker/engine.sh
. "$here/engine.sh"
# shellcheck source=test/docker/standin-images.sh
. "$here/standin-images.sh"
# shellcheck source=test/docker/support.sh
. "$here/support.sh"
# shellcheck source=test/docker/refusals.sh
. "$here/refusals.sh"
# shellcheck source=test/docker/promises.sh
. "$here/promises.sh"
# shellcheck source=test/docker/monitoring.sh
. "$here/monitoring.sh"
# shellcheck source=test/docker/demo.sh
. "$here/demo.sh"
# shellcheck source=test/docker/checks.sh
. "$here/checks.sh"

clean_up() {
  local status=$?
  trap - EXIT INT TERM
  set +e
  local child engine
  engine=$(cat "$work/engine/pid" 2>/dev/null)
  for child in $(ps -o pid= --ppid $$); do
    [ "$child" = "$engine" ] && continue
    stop_tree "$child"
    stop_process "$child" 10
  done
  engine_answers && remove_what_we_made
  stop_private_engine
  # Twice, because a program that is just ending may still write.
  rm -rf "$work" 2>/dev/null || { sleep 2; rm -rf "$work"; }
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# check <what is true> <function>: prints one line, and what the function printed when it fails
check() {
  local number=$((passed + failed + 1)) started=$SECONDS
  status=0
  (
    # Whatever the check itself left running ends with it.
    trap 'for pid in $(jobs -p); do stop_tree "$pid"; done' EXIT
    set -euo pipefail
    "$2"
  ) >"$work/check.log" 2>&1 </dev/null &
  wait $! || status=$?
  if [ "$status" = 0 ]; then
    passed=$((passed + 1))
    printf 'ok %d - %s (%d s)\n' "$number" "$1" $((SECONDS - started))
  else
    failed=$((failed + 1))
    printf 'not ok %d - %s\n' "$number" "$1"
    tail -n 60 "$work/check.log" | sed 's/^/    /'
  fi
}

forget_surroundings
command -v node >/dev/null || cannot "there is no node in PATH"
use_engine
choose_images
copy_the_tree
run_checks
check "cleaning up leaves no container, volume or network" nothing_is_left

printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" = 0 ]
