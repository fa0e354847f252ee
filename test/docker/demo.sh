# shellcheck shell=bash
# The demo on a machine that has a Docker engine and no server programs.
# shellcheck disable=SC2154 # set in run.sh and support.sh

# Runs a command where this machine's own PostgreSQL and Redis cannot be found: in a mount namespace that covers them.
without_servers() {
  : >"$work/nothing"
  # shellcheck disable=SC2016 # for the bash inside
  unshare --mount --propagation private bash -c '
    nothing=$1; shift
    for folder in /usr/lib/postgresql /usr/local/lib/postgresql; do
      [ ! -d "$folder" ] || mount -t tmpfs -o size=64k none "$folder"
    done
    for program in postgres initdb redis-server valkey-server; do
      for path in $(type -aP "$program"); do mount --bind "$nothing" "$path"; done
    done
    exec "$@"' without_servers "$work/nothing" "$@"
}

demo_on_docker() {
  local address=http://127.0.0.1:$server_port pid tries everything
  (cd "$copy" && export POSTGRES_IMAGE REDIS_IMAGE && PORT=$server_port without_servers npm run demo) >"$work/demo.log" 2>&1 &
  pid=$!
  for ((tries = 0; tries < 300; tries++)); do
    grep -q 'Ctrl-C ends the demo' "$work/demo.log" && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  if ! grep -q 'in Docker, on port' "$work/demo.log"; then
    tail -n 40 "$work/demo.log"
    return 1
  fi
  curl -sf -m 5 "$address/api/articles" >/dev/null
  # The lines that the demo prints take the database away and bring it back.
  bash -c "$(grep -m 1 -o 'docker kill .*postgres' "$work/demo.log")"
  for ((tries = 0; tries < 50; tries++)); do
    curl -sS -m 5 -D "$work/headers" -o "$work/body" "$address/api/articles"
    grep -qi 'stale-if-error' "$work/headers" && break
    sleep 0.1
  done
  grep -i '^HTTP.* 200' "$work/headers"
  grep -i 'stale-if-error' "$work/headers"
  bash -c "$(grep -m 1 -o 'kill -USR2 [0-9]*' "$work/demo.log")"
  for ((tries = 0; tries < 100; tries++)); do
    curl -s -m 2 "$address/health" | grep -q '"status":"healthy"' && break
    sleep 0.2
  done
  curl -s -m 2 "$address/health" | grep '"status":"healthy"'
  everything=$(tree_of "$pid")
  kill -TERM "$(grep -m 1 -o 'kill -USR2 [0-9]*' "$work/demo.log" | grep -o '[0-9]*$')"
  for ((tries = 0; tries < 150; tries++)); do
    [ -n "$(alive "$everything")" ] || break
    sleep 0.2
  done
  same '' "$(alive "$everything")" "still running"
  same '' "$(docker ps --all --quiet --filter name=steadfast-demo)$(docker network ls --quiet --filter name=steadfast-demo)" "left behind"
}
