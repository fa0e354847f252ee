# shellcheck shell=bash
# The checks of what ./setup-dev.sh and docker-compose.yml set up, and of the data they keep.
# shellcheck disable=SC2154 # set in run.sh and support.sh

first_run() {
  local before
  before=$(sha256sum <"$copy/.env")
  setup 0
  says '^Ready'
  says 'npm run dev'
  same "$before" "$(sha256sum <"$copy/.env")" ".env changed"
  [ "$(articles)" -gt 0 ]
}

containers_are_guarded() {
  local name id
  for name in postgres redis; do
    id=$(container $name)
    same 'healthy unless-stopped json-file 10m' "$(docker inspect --format \
      '{{.State.Health.Status}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}}' "$id")" "$name"
    same '' "$(docker port "$id" | grep -v -- '-> 127\.0\.0\.1:')" "a port is open to other machines"
    docker top "$id" -eo pid,args >"$work/processes"
    never grep -F -e "$(value_of DB_PASSWORD)" -e "$(value_of REDIS_PASSWORD)" "$work/processes"
  done
  # The names of volumes: one of PostgreSQL's, with a name, and no nameless one.
  same "${project}_postgres-data" "$(docker volume ls --quiet --filter "label=com.docker.compose.project=$project")" "volumes"
  same 0 "$(docker inspect --format '{{len .Mounts}}' "$(container redis)")" "Redis's volumes"
  docker exec -e REDISCLI_AUTH= "$(container redis)" redis-cli ping 2>&1 | grep NOAUTH
  same allkeys-lru "$(docker exec "$(container redis)" redis-cli config get maxmemory-policy | tail -n 1)" "Redis's policy"
  [ "$(docker exec "$(container redis)" redis-cli config get maxmemory | tail -n 1)" -gt 0 ]
  same '' "$(docker exec "$(container redis)" redis-cli config get save | sed -n 2p)" "Redis writes to disk"
  query 'show shared_preload_libraries' | grep pg_stat_statements
}

second_run() {
  local before
  add_marker
  before=$(state)
  setup 0
  says '.env kept as it is'
  says 'packages are up to date'
  same "$before" "$(state)" "something changed"
}

server_answers() {
  local address=http://127.0.0.1:$server_port path pid tries server
  (cd "$copy" && exec npm start) >"$work/server.log" 2>&1 &
  pid=$!
  for ((tries = 0; tries < 150; tries++)); do
    curl -sf -m 2 "$address/health/ping" >/dev/null && break
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
  done
  for path in /health /api/articles; do
    curl -sS -m 5 -o "$work/body" -w '%{http_code}\n' "$address$path" >"$work/status" || true
    same 200 "$(cat "$work/status")" "$path: $(head -c 600 "$work/body"; tail -n 20 "$work/server.log")"
  done
  grep -q "\"articlesCount\":$(articles)[,}]" "$work/body"
  # SIGTERM goes to npm, as a process manager sends it, and must reach the server behind it.
  server=$(tree_of "$pid")
  kill -TERM "$pid"
  for ((tries = 0; tries < 150; tries++)); do
    [ -n "$(alive "$server")" ] || break
    sleep 0.1
  done
  server=$(alive "$server")
  if [ -n "$server" ]; then
    echo "still running 15 s after SIGTERM to npm start:"
    for pid in $server; do
      ps -o pid=,args= -p "$pid"
      stop_process "$pid" 5
    done
    return 1
  fi
  wait "$pid" || same 143 $? "exit code of npm start, $(tail -n 20 "$work/server.log")"
  never curl -s -m 2 "$address/health/ping"
}

data_survives_down() {
  local rows
  rows=$(row_counts)
  compose_in_copy down
  setup 0
  same "$rows" "$(row_counts)" "rows"
  same 1 "$(markers)" "the marker"
}

data_survives_new_env() {
  local rows old
  rows=$(row_counts) old=$(value_of DB_PASSWORD)
  mv "$copy/.env" "$work/env.before"
  chosen 0
  says 'made with another password'
  [ "$old" != "$(value_of DB_PASSWORD)" ]
  same "$rows" "$(row_counts)" "rows"
  setup 0
  never grep 'another password' "$work/said"
}

engine_stopped() {
  local rows
  rows=$(row_counts)
  if $private_engine; then
    stop_private_engine
    setup 6
  else
    # Somebody else's engine keeps running: an address where none listens is what setup-dev.sh sees.
    DOCKER_HOST=unix://$work/no-engine.sock setup 6
  fi
  says 'engine is not running'
  says 'next: start it'
  if $private_engine; then start_private_engine; fi
  setup 0
  same "$rows" "$(row_counts)" "rows"
}

reset_starts_anew() {
  local before
  before=$(sha256sum <"$copy/.env")
  same 1 "$(markers)" "the marker before"
  setup 0 --reset --yes
  same 0 "$(markers)" "the marker after"
  [ "$(articles)" -gt 0 ]
  same "$before" "$(sha256sum <"$copy/.env")" ".env changed"
}
