# shellcheck shell=bash
# What must be true of ./setup-dev.sh and docker-compose.yml. Every check is a function that fails at
# the first thing that is not so; they run in this order and build on each other.
# shellcheck disable=SC2154 # set in run.sh and support.sh

run_checks() {
  check "docker-compose.yml refuses to start without passwords" compose_needs_passwords
  check "--help explains, an unknown option is refused (2)" options_are_explained
  check "Node too old or missing is refused (3)" node_is_checked
  check "no docker (4), no docker compose (5) is refused" docker_is_checked
  check "a foreign database in the environment is refused before anything is written (8)" foreign_environment_is_refused
  check "PostgreSQL's port taken: says which and what to change (7), .env is written for it" database_port_taken
  check "Redis's port taken: says which and what to change (7)" redis_port_taken
  check "the first run sets everything up" first_run
  check "the containers are local, guarded, bounded and keep their secrets" containers_are_guarded
  check "a second run changes nothing and loses nothing" second_run
  check "npm start answers on this database and stops cleanly" server_answers
  check "a foreign or incomplete .env is refused (8)" foreign_env_file_is_refused
  check "a second copy of the project does not take the containers over (11)" second_copy_is_refused
  check "a container that dies again and again is reported with its log (9)" dying_container_is_reported
  check "docker compose down and setup again: the data is still there" data_survives_down
  check "a new .env, with another password: the data is still there" data_survives_new_env
  check "engine not running is refused (6); started again, the data is still there" engine_stopped
  check "--reset without an answer, or with no, deletes nothing (10)" reset_needs_an_answer
  check "--reset --yes starts with an empty database and sample data, and keeps .env" reset_starts_anew
}

compose_needs_passwords() {
  never compose_in_copy config >"$work/said" 2>&1
  says 'set it in .env'
}

options_are_explained() {
  setup 0 --help
  says 'Usage: ./setup-dev.sh'
  says '--reset'
  setup 2 --restart
  says 'unknown option: --restart'
  same '' "$(ls -d "$copy"/.env "$copy"/node_modules 2>/dev/null)" "something was set up"
}

node_is_checked() {
  local folder
  folder=$(mktemp -d "$work/old-node.XXXXXX")
  printf '#!/bin/sh\necho v18.20.0\n' >"$folder/node"
  chmod +x "$folder/node"
  PATH=$folder:$PATH setup 3
  says 'Node 18.20.0 is too old'
  says 'next: install Node 24'
  PATH=$(without node) setup 3
  says 'no node in PATH'
}

docker_is_checked() {
  local folder
  PATH=$(without docker docker-compose) setup 4
  says 'no docker in PATH'
  folder=$(without docker docker-compose)
  # shellcheck disable=SC2016 # the text of another script
  printf '#!/bin/sh\n[ "$1" = compose ] && exit 125\nexec "%s" "$@"\n' "$(command -v docker)" >"$folder/docker"
  chmod +x "$folder/docker"
  PATH=$folder setup 5
  says 'neither docker compose nor docker-compose'
}

foreign_environment_is_refused() {
  DATABASE_URL=postgres://someone:hidden@db.example.com/blog setup 8
  says 'DATABASE_URL is set in your environment'
  never grep hidden "$work/said"
  DB_HOST=db.example.com setup 8
  says 'DB_HOST is db.example.com in your environment'
  NODE_ENV=production setup 8
  same '' "$(ls "$copy/.env" 2>/dev/null)" ".env was written"
}

# The environment of a developer who chooses names and ports before the first run.
chosen() {
  DB_PORT=$database_port REDIS_PORT=$redis_port PORT=$server_port COMPOSE_PROJECT_NAME=$project \
    POSTGRES_IMAGE=$POSTGRES_IMAGE REDIS_IMAGE=$REDIS_IMAGE setup "$@"
}

database_port_taken() {
  listen "$database_port"
  chosen 7
  says "port $database_port, wanted for PostgreSQL, is taken"
  says 'set DB_PORT=[0-9]+ \(free now\)'
  same 600 "$(stat -c %a "$copy/.env")" "mode of .env"
  same "$database_port $redis_port $project" \
    "$(value_of DB_PORT) $(value_of REDIS_PORT) $(value_of COMPOSE_PROJECT_NAME)" "what the environment chose is in .env"
  local name
  for name in DB_PASSWORD REDIS_PASSWORD JWT_SECRET; do
    [[ $(value_of $name) =~ ^[0-9a-f]{64}$ ]] || { echo "$name is no fresh secret"; return 1; }
  done
  same 3 "$({ value_of DB_PASSWORD; value_of REDIS_PASSWORD; value_of JWT_SECRET; } | sort -u | wc -l)" "three different secrets"
  never grep '=change-me' "$copy/.env"
}

# From here on nothing comes from the environment: .env alone must do.
redis_port_taken() {
  listen "$redis_port"
  setup 7
  says "port $redis_port, wanted for Redis, is taken"
  says 'set REDIS_PORT=[0-9]+ \(free now\) in .env'
  same '' "$(docker ps --all --quiet --filter "label=com.docker.compose.project=$project")" "containers were made"
}

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

state() { sha256sum <"$copy/.env"; container postgres; container redis; row_counts; }

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
  local address=http://127.0.0.1:$server_port path pid tries status=0
  (cd "$copy" && exec npm start) >"$work/server.log" 2>&1 &
  pid=$!
  for ((tries = 0; tries < 150; tries++)); do
    curl -sf -m 2 "$address/health/ping" >/dev/null && break
    sleep 0.2
  done
  for path in /health /api/articles; do
    curl -sS -m 5 -o "$work/body" -w '%{http_code}\n' "$address$path" >"$work/status"
    same 200 "$(cat "$work/status")" "$path: $(head -c 600 "$work/body"; tail -n 20 "$work/server.log")"
  done
  grep -q "\"articlesCount\":$(articles)\b" "$work/body"
  kill -TERM "$pid"
  for ((tries = 0; tries < 150; tries++)); do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  wait "$pid" || status=$?
  case $status in 0 | 143) ;; *) tail -n 20 "$work/server.log"; echo "exit code $status"; return 1 ;; esac
  never curl -s -m 2 "$address/health/ping"
}

foreign_env_file_is_refused() {
  local before saved=$work/env.saved line
  cp -p "$copy/.env" "$saved"
  before=$(state)
  for line in 'DB_HOST|db.example.com' 'REDIS_HOST|cache.example.com' 'DB_PASSWORD|' 'DB_PORT|here'; do
    change_env "${line%|*}" "${line#*|}"
    setup 8
    says "${line%|*}"
    cp -p "$saved" "$copy/.env"
  done
  for line in 'DATABASE_URL=postgres://someone:hidden@db.example.com/blog' 'DATABASE_URL="sqlite:///blog.db"' 'REDIS_URL=redis://cache.example.com' 'NODE_ENV=production'; do
    printf '%s\n' "$line" >>"$copy/.env"
    setup 8
    says "${line%%=*} is .* in .env"
    never grep hidden "$work/said"
    cp -p "$saved" "$copy/.env"
  done
  same "$before" "$(state)" "something changed"
}

# another_copy: shares the packages, has a .env of its own
another_copy() {
  local other=$work/other
  rm -rf "$other"
  mkdir "$other"
  cp -p "$copy"/{.env,.env.example,docker-compose.yml,package.json,package-lock.json,setup-dev.sh} "$other/"
  ln -s "$copy/node_modules" "$other/node_modules"
}

second_copy_is_refused() {
  local before
  another_copy
  before=$(state)
  expect 11 "$work/other/setup-dev.sh"
  says "belong to $copy"
  says COMPOSE_PROJECT_NAME
  expect 11 "$work/other/setup-dev.sh" --reset --yes
  same "$before" "$(state)" "something changed"
}

dying_container_is_reported() {
  local image=steadfast-standin/broken:$$ other_database other_redis
  read -r other_database other_redis _ < <(free_ports)
  printf 'FROM %s\nENTRYPOINT ["sh", "-c", "echo broken on purpose; exit 1"]\n' "$POSTGRES_IMAGE" |
    DOCKER_BUILDKIT=0 within 60 docker build --quiet --tag "$image" - >/dev/null
  another_copy
  sed -i -e "s|^POSTGRES_IMAGE=.*|POSTGRES_IMAGE=$image|" -e "s|^COMPOSE_PROJECT_NAME=.*|COMPOSE_PROJECT_NAME=$project-dying|" \
    -e "s|^DB_PORT=.*|DB_PORT=$other_database|" -e "s|^REDIS_PORT=.*|REDIS_PORT=$other_redis|" "$work/other/.env"
  expect 9 "$work/other/setup-dev.sh"
  says 'PostgreSQL does not get healthy'
  says 'broken on purpose'
  (cd "$work/other" && compose down --volumes --timeout 2)
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

reset_needs_an_answer() {
  local before
  before=$(state)
  setup 10 --reset
  says 'nothing was deleted'
  if script --version >/dev/null 2>&1; then
    # shellcheck disable=SC2016 # expanded by the inner shell
    COPY=$copy expect 10 bash -c 'echo no | script --quiet --return --command "\"\$COPY/setup-dev.sh\" --reset" /dev/null'
    says 'Type yes to go on'
  fi
  same "$before" "$(state)" "something changed"
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
