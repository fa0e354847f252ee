# shellcheck shell=bash
# What the checks are written with.
# shellcheck disable=SC2154,SC2034 # work, tree, copy and project come from run.sh

# What a developer's shell or npm put into the environment must not decide anything here.
forget_surroundings() {
  local name clean='' entry
  for name in $(compgen -e); do
    case $name in
      DB_* | DATABASE_URL | REDIS_* | POSTGRES_* | PROMETHEUS_* | ALERTMANAGER_* | GRAFANA_* | PG* | COMPOSE_* | JWT_SECRET | HOST | PORT | NODE_ENV | LOG_LEVEL) unset "$name" ;;
      npm_package_* | npm_lifecycle_* | npm_execpath | npm_node_execpath | npm_command | npm_config_local_prefix | INIT_CWD | NODE) unset "$name" ;;
    esac
  done
  # npm run puts the project's own Node first; a developer's shell has the system's.
  while IFS= read -r -d : entry; do
    case $entry in */node_modules/.bin | */node-gyp-bin) ;; *) clean=$clean:$entry ;; esac
  done <<<"$PATH:"
  PATH=${clean#:}
}

# What a developer has, committed or not, but nothing git ignores (no .env, no node_modules).
copy_the_tree() {
  local file
  mkdir -p "$copy"
  (cd "$tree" && git ls-files --cached --others --exclude-standard -z) |
    while IFS= read -r -d '' file; do
      [ ! -e "$tree/$file" ] || printf '%s\0' "$file"
    done | tar --create --directory="$tree" --null --files-from=- | tar --extract --directory="$copy"
  read -r database_port redis_port server_port < <(free_ports)
}

free_ports() {
  node -e '
    const net = require("node:net");
    const open = () => new Promise((resolve) => {
      const server = net.createServer();
      // Below the range that outgoing connections take their ports from.
      server.on("error", () => resolve(open())).listen(20000 + Math.floor(Math.random() * 10000), "127.0.0.1", () => resolve(server));
    });
    Promise.all([open(), open(), open()]).then((servers) => {
      console.log(servers.map((server) => server.address().port).join(" "));
      for (const server of servers) server.close();
    });'
}

compose() {
  if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi
}
in_copy() { (cd "$copy" && within 120 "$@"); }
# compose takes the project's name and the ports from the copy's .env, as it does for a developer.
compose_in_copy() { (cd "$copy" && compose "$@"); }

# expect <exit code> <command...>: and keeps what it said
expect() {
  local wanted=$1 status=0
  shift
  (cd / && within 240 "$@") >"$work/said" 2>&1 </dev/null || status=$?
  cat "$work/said"
  if [ "$status" != "$wanted" ]; then
    echo "exit code $status instead of $wanted: $*"
    return 1
  fi
}
says() {
  if ! grep -Eq -- "$1" "$work/said"; then
    echo "it does not say: $1"
    return 1
  fi
}
same() {
  if [ "$1" != "$2" ]; then
    printf '%s\nexpected: %s\nbut is:   %s\n' "$3" "$1" "$2"
    return 1
  fi
}
# never <command...>: must fail (a plain ! would be no reason for bash to stop)
never() {
  if "$@"; then
    echo "this should not have succeeded: $*"
    return 1
  fi
}
# setup <exit code> [options]: as a developer starts it
setup() {
  local wanted=$1
  shift
  expect "$wanted" "$copy/setup-dev.sh" "$@"
}

# value_of <name>: in the copy's .env
value_of() { sed -n "s/^$1=//p" "$copy/.env"; }
change_env() { sed -i "s|^$1=.*|$1=$2|" "$copy/.env"; }

container() { compose_in_copy ps -q "$1"; }
query() {
  docker exec "$(container postgres)" psql -X -qAt -v ON_ERROR_STOP=1 \
    -U "$(value_of DB_OWNER_USER)" -d "$(value_of DB_NAME)" -c "$1"
}
as_server() {
  docker exec "$(container postgres)" psql -X -qAt -v ON_ERROR_STOP=1 \
    -U "$(value_of DB_USER)" -d "$(value_of DB_NAME)" -c "$1"
}
articles() { query 'select count(*) from articles'; }
# One line a table with its number of rows, whatever tables there are.
row_counts() {
  query "select table_schema, table_name, (xpath('/row/count/text()', query_to_xml(
      format('select count(*) from %I.%I', table_schema, table_name), false, true, '')))[1]
    from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 1, 2"
}
add_marker() { query "insert into users (username, email, password_hash) values ('marker', 'marker@example.com', 'none')"; }
markers() { query "select count(*) from users where username = 'marker'"; }

# The environment of a developer who chooses names and ports before the first run.
chosen() {
  DB_PORT=$database_port REDIS_PORT=$redis_port PORT=$server_port COMPOSE_PROJECT_NAME=$project \
    POSTGRES_IMAGE=$POSTGRES_IMAGE REDIS_IMAGE=$REDIS_IMAGE setup "$@"
}

state() { sha256sum <"$copy/.env"; container postgres; container redis; row_counts; }

# another_copy: shares the packages, has a .env of its own
another_copy() {
  local other=$work/other
  rm -rf "$other"
  mkdir "$other"
  cp -p "$copy"/{.env,.env.example,docker-compose.yml,package.json,package-lock.json,setup-dev.sh} "$other/"
  ln -s "$copy/node_modules" "$other/node_modules"
}

# without <program...>: a folder with every program in PATH except these
without() {
  local folder entry
  folder=$(mktemp -d "$work/path.XXXXXX")
  while IFS= read -r -d : entry; do
    find "$entry/" -maxdepth 1 ! -type d -exec ln -s -t "$folder" {} + 2>/dev/null || true
  done <<<"$PATH:"
  (cd "$folder" && rm -f "$@")
  printf '%s\n' "$folder"
}

# listen <port>: another program that has the port; its pid is in $listener
listen() {
  local tries
  node -e 'require("node:net").createServer().listen(Number(process.argv[1]), "127.0.0.1")' "$1" &
  listener=$!
  for ((tries = 0; tries < 50; tries++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    sleep 0.1
  done
  return 1
}

# ours <docker's words for a list>: the ids of what belongs to our projects
ours() {
  local name
  for name in "$project" "$project-dying"; do docker "$@" --quiet --filter "label=com.docker.compose.project=$name"; done
}
remove_what_we_made() {
  { ours ps --all | xargs -r timeout 60 docker rm --force --volumes
    ours network ls | xargs -r timeout 30 docker network rm
    ours volume ls | xargs -r timeout 30 docker volume rm
    # A private engine goes away as a whole; another one keeps only what is not ours. Their base comes last.
    $private_engine || standins | sort -r | xargs -r timeout 60 docker rmi --force
  } >/dev/null 2>&1 || true
}
standins() { docker images --format '{{.Repository}}:{{.Tag}}' 'steadfast-standin/*'; }
nothing_is_left() {
  remove_what_we_made
  same '' "$(ours ps --all)$(ours network ls)$(ours volume ls)$($private_engine || standins)" "something of $project is still there"
}
