# shellcheck shell=bash
# The checks of what ./setup-dev.sh and docker-compose.yml refuse, and of how they say it.
# shellcheck disable=SC2154 # set in run.sh and support.sh

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

database_port_taken() {
  listen "$database_port"
  chosen 7
  says "port $database_port, wanted for PostgreSQL, is taken"
  says 'set DB_PORT=[0-9]+ \(free now\)'
  same 600 "$(stat -c %a "$copy/.env")" "mode of .env"
  same "$database_port $redis_port $project" \
    "$(value_of DB_PORT) $(value_of REDIS_PORT) $(value_of COMPOSE_PROJECT_NAME)" "what the environment chose is in .env"
  local name
  for name in DB_PASSWORD DB_OWNER_PASSWORD REDIS_PASSWORD JWT_SECRET; do
    [[ $(value_of $name) =~ ^[0-9a-f]{64}$ ]] || { echo "$name is no fresh secret"; return 1; }
  done
  same 4 "$({ value_of DB_PASSWORD; value_of DB_OWNER_PASSWORD; value_of REDIS_PASSWORD; value_of JWT_SECRET; } | sort -u | wc -l)" "four different secrets"
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

foreign_env_file_is_refused() {
  local before saved=$work/env.saved line
  cp -p "$copy/.env" "$saved"
  before=$(state)
  for line in 'DB_HOST|db.example.com' 'REDIS_HOST|cache.example.com' 'DB_PASSWORD|' 'DB_OWNER_USER|' 'DB_OWNER_PASSWORD|' 'DB_PORT|here'; do
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
