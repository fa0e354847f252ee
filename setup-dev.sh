#!/usr/bin/env bash
# The way to local development: PostgreSQL and Redis in Docker, the schema, sample data.
# Works with bash 3.2 (macOS) and newer.
set -euo pipefail
cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")"

usage() {
  cat <<'END'
Usage: ./setup-dev.sh [--reset [--yes]] [--help]

Prepares this machine for local development: installs the packages, writes .env with
fresh secrets, starts PostgreSQL and Redis in Docker, creates the schema, loads sample
data and tests the connection. Running it again changes nothing and loses nothing.

  --reset   delete the development database (its containers and volumes) and set it up
            anew; asks first; .env stays as it is
  --yes     with --reset: do not ask
  --help    show this text

Settings are read from .env; the environment wins. A new .env takes over what the
environment sets of: DB_NAME DB_USER DB_PASSWORD DB_OWNER_USER DB_OWNER_PASSWORD
DB_PORT REDIS_PASSWORD REDIS_PORT JWT_SECRET PORT POSTGRES_IMAGE REDIS_IMAGE
COMPOSE_PROJECT_NAME BACKUP_UID BACKUP_GID.

Exit codes: 0 ready, 1 a step failed, 2 unknown option, 3 Node missing or too old,
4 no docker, 5 no docker compose, 6 engine not running, 7 port taken, 8 the settings do
not name this machine's Docker database, 9 PostgreSQL or Redis does not get healthy,
10 --reset not confirmed, 11 the containers belong to another copy of this project.
END
}

# ---------------------------------------------------------------- messages
bold='' red='' green='' yellow='' plain=''
if [ -t 1 ] && [ -t 2 ] && [ -z "${NO_COLOR:-}" ] && [ "${TERM:-dumb}" != dumb ]; then
  bold=$'\033[1m' red=$'\033[31m' green=$'\033[32m' yellow=$'\033[33m' plain=$'\033[0m'
fi
doing() { printf '  ..  %s\n' "$1"; }
ok() { printf '  %sok%s  %s\n' "$green" "$plain" "$1"; }
note() { printf '  %s!!%s  %s\n' "$yellow" "$plain" "$1"; }
# fail <exit code> <what happened> <what to do next>
fail() {
  printf '%serror:%s %s\n next: %s\n' "$red" "$plain" "$2" "$3" >&2
  exit "$1"
}

log=$(mktemp "${TMPDIR:-/tmp}/steadfast-setup.XXXXXX")
trap 'rm -f "$log"' EXIT
trap 'printf "\nstopped; run ./setup-dev.sh again to go on\n" >&2; exit 130' INT TERM

# step <what it is> <what to do when it fails> <command...>: quiet unless it fails
step() {
  local what=$1 next=$2
  shift 2
  if ! "$@" >"$log" 2>&1 </dev/null; then
    # npm says it first, others say it last.
    awk '{ line[NR] = $0 } END { for (i = 1; i <= NR; i++)
      if (i <= 12 || i > NR - 20) print "      " line[i]; else if (i == 13) print "      …" }' "$log" >&2
    fail 1 "$what failed, see above." "$next"
  fi
}

# ---------------------------------------------------------------- settings
# The value .env gives to a name, read the way dotenv reads it: the last line wins.
from_file() {
  [ -f .env ] || return 0
  # shellcheck disable=SC2016 # a backquote is a quote in .env
  tr -d '\r' <.env |
    sed -n -E "s/^[[:space:]]*(export[[:space:]]+)?$1[[:space:]]*=[[:space:]]*//p" | tail -n 1 |
    sed -E -e "s/^'([^']*)'.*/\1/" -e t -e 's/^"([^"]*)".*/\1/' -e t -e 's/^`([^`]*)`.*/\1/' -e t \
      -e 's/[[:space:]]*#.*$//' -e 's/[[:space:]]+$//'
}
in_environment() { printenv "$1" >/dev/null; }
place_of() { if in_environment "$1"; then echo "your environment"; else echo .env; fi; }
# setting <name> [default]: as the application sees it
setting() {
  local value
  if in_environment "$1"; then value=${!1}; else value=$(from_file "$1"); fi
  printf '%s' "${value:-${2:-}}"
}

# Refuses everything that would make migrate or seed touch a database that is not ours.
check_settings_are_local() {
  local name value
  for name in DATABASE_URL REDIS_URL; do
    [ -z "$(setting $name)" ] || fail 8 \
      "$name is set in $(place_of $name), so the application would not use the Docker database of this machine. Nothing was touched." \
      "remove $name from $(place_of $name) and run ./setup-dev.sh again; local development uses DB_HOST, DB_PORT … and REDIS_HOST, REDIS_PORT …"
  done
  for name in DB_HOST REDIS_HOST; do
    value=$(setting $name 127.0.0.1)
    case $value in
      127.0.0.1 | localhost) ;;
      *) fail 8 "$name is $value in $(place_of $name), and that is not this machine. This script only sets up the Docker database of this machine; nothing was touched." \
        "set $name=127.0.0.1 in $(place_of $name) and run ./setup-dev.sh again" ;;
    esac
  done
  [ "$(setting NODE_ENV)" != production ] || fail 8 \
    "NODE_ENV is production in $(place_of NODE_ENV); this script sets up development. Nothing was touched." \
    "remove NODE_ENV from $(place_of NODE_ENV) and run ./setup-dev.sh again"
}

# replace_line <name> <value>: in the text on standard input; appended when no line has the name
replace_line() {
  local value=$2
  case $value in *[!A-Za-z0-9_./:@-]*) value="'$value'" ;; esac
  VALUE=$value awk -v name="$1" '
    index($0, name "=") == 1 { $0 = name "=" ENVIRON["VALUE"]; found = 1 }
    { print }
    END { if (!found) print name "=" ENVIRON["VALUE"] }'
}

write_env() {
  if [ -e .env ] || [ -L .env ]; then
    ok ".env kept as it is"
    return
  fi
  local text name value
  [ -r .env.example ] || fail 1 "there is no .env.example to write .env from." "get it back with: git checkout .env.example"
  text=$(cat .env.example)
  for name in DB_PASSWORD DB_OWNER_PASSWORD REDIS_PASSWORD JWT_SECRET; do
    value=$(node -p 'require("node:crypto").randomBytes(32).toString("hex")')
    if in_environment $name; then value=${!name}; fi
    text=$(printf '%s\n' "$text" | replace_line $name "$value")
  done
  for name in DB_NAME DB_USER DB_OWNER_USER DB_PORT REDIS_PORT PORT; do
    if in_environment $name; then text=$(printf '%s\n' "$text" | replace_line $name "${!name}"); fi
  done
  text="$text

# Read by docker compose, not by the application."
  text=$(printf '%s\n' "$text" | replace_line COMPOSE_PROJECT_NAME "${COMPOSE_PROJECT_NAME:-steadfast}")
  text=$(printf '%s\n' "$text" | replace_line BACKUP_UID "${BACKUP_UID:-$(id -u)}")
  text=$(printf '%s\n' "$text" | replace_line BACKUP_GID "${BACKUP_GID:-$(id -g)}")
  for name in POSTGRES_IMAGE REDIS_IMAGE; do
    if in_environment $name; then text=$(printf '%s\n' "$text" | replace_line $name "${!name}"); fi
  done
  # noclobber: even if another run wrote .env meanwhile, it is not overwritten.
  (umask 077 && set -o noclobber && printf '%s\n' "$text" >.env) || fail 1 ".env could not be written." "see the line above"
  ok ".env written, with fresh secrets"
}

# The settings docker-compose.yml reads, for the application and for compose alike.
load_settings() {
  local name file
  check_settings_are_local
  DB_NAME=$(setting DB_NAME steadfast) DB_USER=$(setting DB_USER steadfast)
  DB_PORT=$(setting DB_PORT 5432) REDIS_PORT=$(setting REDIS_PORT 6379)
  DB_OWNER_USER=$(setting DB_OWNER_USER) DB_OWNER_PASSWORD=$(setting DB_OWNER_PASSWORD)
  DB_PASSWORD=$(setting DB_PASSWORD) REDIS_PASSWORD=$(setting REDIS_PASSWORD)
  POSTGRES_IMAGE=$(setting POSTGRES_IMAGE postgres:17-alpine) REDIS_IMAGE=$(setting REDIS_IMAGE redis:7-alpine)
  BACKUP_UID=$(setting BACKUP_UID "$(id -u)") BACKUP_GID=$(setting BACKUP_GID "$(id -g)")
  project=$(setting COMPOSE_PROJECT_NAME steadfast)
  [ -n "$DB_OWNER_USER" ] || fail 8 "DB_OWNER_USER is not set: the schema belongs to one role, and the server works by another that cannot change it." \
    "in .env set DB_OWNER_USER=$DB_USER and DB_OWNER_PASSWORD to what DB_PASSWORD is, and give DB_USER and DB_PASSWORD new values; then run ./setup-dev.sh again"
  [ "$DB_OWNER_USER" != "$DB_USER" ] || fail 8 "DB_OWNER_USER and DB_USER are both $DB_USER: the server would be able to drop its own tables." \
    "give DB_USER another name in $(place_of DB_USER) and run ./setup-dev.sh again"
  for name in DB_PASSWORD DB_OWNER_PASSWORD REDIS_PASSWORD; do
    [ -n "${!name}" ] || fail 8 "$name is empty: PostgreSQL and Redis are only started with a password." \
      "add a line $name=… to .env (or move .env away: a new one gets fresh secrets) and run ./setup-dev.sh again"
  done
  for name in DB_PORT REDIS_PORT; do
    case ${!name} in
      *[!0-9]* | ??????*) fail 8 "$name is ${!name} in $(place_of $name), and that is no port." "set $name to a number from 1 to 65535" ;;
    esac
  done
  for name in DB_NAME DB_USER DB_PASSWORD DB_OWNER_USER DB_OWNER_PASSWORD DB_PORT REDIS_PASSWORD REDIS_PORT \
    POSTGRES_IMAGE REDIS_IMAGE COMPOSE_PROJECT_NAME; do
    file=$(from_file $name)
    if in_environment $name && [ -n "$file" ] && [ "$file" != "${!name}" ]; then
      note "$name in your environment differs from .env and wins; keep it set for npm run dev too"
    fi
  done
}

compose() {
  (
    export DB_NAME DB_USER DB_PORT DB_PASSWORD DB_OWNER_USER DB_OWNER_PASSWORD
    export REDIS_PORT REDIS_PASSWORD POSTGRES_IMAGE REDIS_IMAGE BACKUP_UID BACKUP_GID
    COMPOSE_PROJECT_NAME=$project "${compose_command[@]}" "$@"
  )
}

# ---------------------------------------------------------------- checks
check_node() {
  local version=''
  version=$(node --version 2>/dev/null) || true
  version=${version#v}
  [ -n "$version" ] || fail 3 "there is no node in PATH." "install Node 24 (or any from 20 on) and run ./setup-dev.sh again"
  case ${version%%.*} in
    *[!0-9]* | [0-9] | 1[0-9]) fail 3 "Node $version is too old." "install Node 24 (or any from 20 on) and run ./setup-dev.sh again" ;;
  esac
  command -v npm >/dev/null || fail 3 "there is no npm in PATH." "install npm (it comes with Node) and run ./setup-dev.sh again"
  ok "Node $version"
}

# limited <seconds> <command...>: macOS has no timeout, Node is there anyway
limited() {
  node -e '
    const [seconds, command, ...rest] = process.argv.slice(1);
    const result = require("node:child_process").spawnSync(command, rest, { timeout: seconds * 1000, stdio: "inherit" });
    process.exit(result.status ?? 124);' "$@"
}

check_docker() {
  local engine compose_version
  command -v docker >/dev/null || fail 4 "there is no docker in PATH; local development uses Docker only." \
    "install Docker (Docker Desktop, or your system's docker package) and run ./setup-dev.sh again"
  if compose_version=$(docker compose version --short 2>/dev/null); then
    compose_command=(docker compose)
  elif compose_version=$(docker-compose version --short 2>/dev/null); then
    compose_command=(docker-compose)
  else
    fail 5 "Docker is there, but neither docker compose nor docker-compose." \
      "install Docker Compose (the docker-compose-plugin or docker-compose package) and run ./setup-dev.sh again"
  fi
  if ! engine=$(limited 20 docker version --format '{{.Server.Version}}' 2>"$log"); then
    if grep -qi 'permission denied' "$log"; then
      fail 6 "the Docker engine refuses this user: permission denied." \
        "add yourself to the group docker (sudo usermod -aG docker $(id -un)), log in again and run ./setup-dev.sh again"
    fi
    fail 6 "Docker is installed, but its engine is not running${DOCKER_HOST:+ at $DOCKER_HOST}." \
      "start it (Docker Desktop, or: sudo systemctl start docker) and run ./setup-dev.sh again"
  fi
  ok "Docker $engine, ${compose_command[*]} $compose_version"
}

ours() { docker ps "$@" --filter "label=com.docker.compose.project=$project"; }

# Two copies of this project must not fight over one set of containers.
check_owner() {
  local id owner
  id=$(ours --all --quiet | head -n 1)
  [ -n "$id" ] || return 0
  owner=$(docker inspect --format '{{index .Config.Labels "com.docker.compose.project.working_dir"}}' "$id")
  if [ -n "$owner" ] && [ "$owner" != "$PWD" ] && [ -d "$owner" ]; then
    fail 11 "the containers named $project belong to $owner; nothing was touched." \
      "give this copy its own: in .env set COMPOSE_PROJECT_NAME to another name, and DB_PORT and REDIS_PORT to free ports"
  fi
}

first_free_port() {
  node -e '
    const net = require("node:net");
    const free = (port) => new Promise((answer) => {
      const caller = net.connect({ port, host: "127.0.0.1", timeout: 1000 });
      const taken = () => { caller.destroy(); answer(false); };
      caller.on("connect", taken).on("timeout", taken).on("error", () => {
        const server = net.createServer().on("error", (error) => answer(error.code !== "EADDRINUSE"));
        server.listen(port, "127.0.0.1", () => server.close(() => answer(true)));
      });
    });
    (async () => {
      let port = Number(process.argv[1]);
      while (port < 65535 && !(await free(port))) port++;
      console.log(port);
    })();' "$1"
}

# check_port <setting> <service> <its name for people>
check_port() {
  local port=${!1} free holder
  case $(ours --filter "label=com.docker.compose.service=$2" --format '{{.Ports}}') in
    *":$port->"*) return ;; # our own container
  esac
  free=$(first_free_port "$port")
  [ "$free" != "$port" ] || return 0
  holder=$(docker ps --filter "publish=$port" --format '{{.Names}}' | head -n 1)
  fail 7 "port $port, wanted for $3, is taken by ${holder:+the container }${holder:-another program}." \
    "set $1=$free (free now) in $(place_of "$1"), or stop what uses port $port, and run ./setup-dev.sh again"
}

# ---------------------------------------------------------------- steps
# Docker would create the folder as root's, and neither npm run backup nor the schedule's container could write into it.
prepare_backups() {
  if ! mkdir -p backups 2>"$log" || ! [ -w backups ]; then
    fail 1 "the folder $PWD/backups is not yours to write into (Docker creates it as root's where it is missing)." \
      "sudo chown -R $(id -u):$(id -g) backups, and run ./setup-dev.sh again"
  fi
  if [ "$(from_file BACKUP_UID)" != "$BACKUP_UID" ] || [ "$(from_file BACKUP_GID)" != "$BACKUP_GID" ]; then
    note "for docker compose --profile schedule, whose container writes into backups/, add to .env: BACKUP_UID=$BACKUP_UID BACKUP_GID=$BACKUP_GID"
  fi
}

confirm_reset() {
  local answer=''
  if ! $yes; then
    [ -t 0 ] || fail 10 "--reset deletes the development database, and there is no terminal to ask on; nothing was deleted." \
      "run ./setup-dev.sh --reset --yes if that is what you want"
    printf '%sThis deletes the development database: the containers and volumes of %s.%s\nType yes to go on: ' "$bold" "$project" "$plain"
    read -r answer || true
    [ "$answer" = yes ] || fail 10 "not confirmed; nothing was deleted." "run ./setup-dev.sh to keep the data, or --reset again and type yes"
  fi
  step "removing the containers and volumes" "run ./setup-dev.sh --reset again" \
    compose down --volumes --remove-orphans
  ok "the development database is deleted"
}

install_packages() {
  local stamp=node_modules/.setup-dev wanted version
  wanted=$(cksum <package-lock.json)
  if [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    ok "packages are up to date"
  else
    doing "installing packages (npm ci)"
    step "npm ci" "mend what it says and run ./setup-dev.sh again" npm ci --no-progress --loglevel=error
    ok "packages installed"
  fi
  # The project brings its own Node as an optional package; not every platform has one.
  version=$(PATH="$PWD/node_modules/.bin:$PATH" node --version)
  case ${version#v} in
    20.* | 21.*) fail 3 "there is no packaged Node for this platform ($(uname -sm)), and Node ${version#v} cannot run TypeScript." \
      "install Node 24 and run ./setup-dev.sh again" ;;
  esac
  printf '%s\n' "$wanted" >"$stamp"
}

start_containers() {
  if docker image inspect "$POSTGRES_IMAGE" "$REDIS_IMAGE" >/dev/null 2>&1; then
    doing "starting PostgreSQL and Redis"
  else
    doing "downloading the images of PostgreSQL and Redis and starting them"
  fi
  if ! compose up --detach >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" | sed 's/^/      /' >&2
    if grep -Eqi 'already allocated|already in use|ports are not available' "$log"; then
      fail 7 "port $DB_PORT or $REDIS_PORT is taken, see above." "set DB_PORT (PostgreSQL) or REDIS_PORT (Redis) in .env to a free port and run ./setup-dev.sh again"
    fi
    fail 1 "the containers did not start, see above." \
      "where the images cannot be downloaded, name others with POSTGRES_IMAGE and REDIS_IMAGE in .env; then run ./setup-dev.sh again"
  fi
  postgres=$(compose ps -q postgres)
  wait_until_healthy "$postgres" PostgreSQL
  wait_until_healthy "$(compose ps -q redis)" Redis
  ok "PostgreSQL on 127.0.0.1:$DB_PORT and Redis on 127.0.0.1:$REDIS_PORT are healthy"
}

wait_until_healthy() {
  local deadline=$((SECONDS + 120)) state=none restarts=0
  while [ "$SECONDS" -lt "$deadline" ]; do
    read -r state restarts < <(docker inspect --format '{{.State.Health.Status}} {{.RestartCount}}' "$1")
    [ "$state" != healthy ] || return 0
    [ "$restarts" -lt 3 ] || break # it keeps dying: waiting longer will not help
    sleep 0.5
  done
  docker logs --tail 30 "$1" 2>&1 | sed 's/^/      /' >&2
  fail 9 "$2 does not get healthy (it is $state after $restarts restarts); its last log lines are above." \
    "mend what they say and run ./setup-dev.sh again; ./setup-dev.sh --reset starts with an empty database"
}

# As the owner. The passwords are named only: docker takes them from the environment, not from the command line.
in_postgres() {
  (
    export DB_PASSWORD DB_OWNER_PASSWORD PGPASSWORD=$DB_OWNER_PASSWORD
    docker exec -i -e PGPASSWORD -e DB_PASSWORD -e DB_OWNER_PASSWORD "$postgres" "$@"
  )
}

# A volume keeps the password it was made with, so a new .env would lock the developer out of his data.
match_password() {
  # By its own host name, because from inside the container 127.0.0.1 needs no password.
  # shellcheck disable=SC2016 # expanded in the container
  in_postgres sh -c 'psql -X -qAt -h "$(hostname)" -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "select 1"' >"$log" 2>&1 </dev/null && return
  # shellcheck disable=SC2016
  if grep -q 'password authentication failed' "$log" &&
    printf '%s\n' '\getenv user POSTGRES_USER' '\getenv password PGPASSWORD' "alter role :\"user\" password :'password';" |
    in_postgres sh -c 'psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"' >"$log" 2>&1; then
    note "the database was made with another password; it has the one in .env now"
    return
  fi
  tail -n 5 "$log" | sed 's/^/      /' >&2
  fail 8 "the data in the volume ${project}_postgres-data was made for another DB_OWNER_USER or DB_NAME than .env names ($DB_OWNER_USER, $DB_NAME)." \
    "put the former names back into .env, or start with an empty database: ./setup-dev.sh --reset"
}

set_up_roles() {
  # shellcheck disable=SC2016 # expanded in the container
  if ! in_postgres sh -c 'psql -X -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v owner="$1" -v server="$2"' \
    sh "$DB_OWNER_USER" "$DB_USER" <sql/roles.sql >"$log" 2>&1; then
    tail -n 5 "$log" | sed 's/^/      /' >&2
    fail 1 "the roles $DB_OWNER_USER and $DB_USER could not be set up, see above." "mend what it says and run ./setup-dev.sh again"
  fi
  # Which statements are slow, for /api/monitoring/performance. An image without it will do.
  # shellcheck disable=SC2016 # expanded in the container
  in_postgres sh -c 'psql -X -q -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "create extension if not exists pg_stat_statements"' \
    >>"$log" 2>&1 || true
  ok "the server's role $DB_USER reads and writes rows; $DB_OWNER_USER owns the tables"
}

prepare_database() {
  doing "creating the schema, loading sample data, testing the connection"
  step "npm run migrate" "mend what it says and run ./setup-dev.sh again" npm run --loglevel=error migrate
  ok "the schema is in place"
  step "npm run seed" "mend what it says and run ./setup-dev.sh again" npm run --loglevel=error seed
  ok "sample data is in place"
  step "npm run doctor" "mend what it says and run ./setup-dev.sh again" npm run --loglevel=error doctor
  ok "the application reaches both"
}

# ---------------------------------------------------------------- the whole
reset=false yes=false compose_command=() postgres='' project=steadfast
for option in "$@"; do
  case $option in
    --reset) reset=true ;;
    --yes) yes=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail 2 "unknown option: $option" "./setup-dev.sh --help shows the options" ;;
  esac
done

printf '%sSteadfast: local development with Docker%s\n' "$bold" "$plain"
check_node
check_docker
check_settings_are_local
write_env
load_settings
check_owner
if $reset; then confirm_reset; fi
check_port DB_PORT postgres PostgreSQL
check_port REDIS_PORT redis Redis
prepare_backups
install_packages
start_containers
match_password
set_up_roles
prepare_database

cat <<END
${bold}Ready.${plain} Next:
  npm run dev          and open http://127.0.0.1:$(setting PORT 8000)/docs
Stop PostgreSQL and Redis: $(from_file COMPOSE_PROJECT_NAME | grep -q . || echo "COMPOSE_PROJECT_NAME=$project ")${compose_command[*]} stop
Start anew: ./setup-dev.sh --reset
END
