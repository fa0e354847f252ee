# shellcheck shell=bash
# The engine the checks run on: the one that answers, else a private one on Debian as root.
# shellcheck disable=SC2154 # work comes from run.sh

private_engine=false

engine_answers() { within 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

use_engine() {
  if ! command -v docker >/dev/null || ! engine_answers; then
    may_install || cannot "no Docker engine answers, and only root on Debian can start one here (start Docker and try again)"
    command -v dockerd >/dev/null || install_packages docker.io
    # Installing may have started the system's own engine.
    if ! engine_answers; then
      private_engine=true
      export DOCKER_HOST=unix://$work/engine/docker.sock
      start_private_engine || cannot "a private dockerd does not start, see above"
    fi
  fi
  if ! docker compose version >/dev/null 2>&1 && ! command -v docker-compose >/dev/null; then
    may_install || cannot "there is neither docker compose nor docker-compose (install one and try again)"
    install_packages docker-compose
  fi
  say "engine $(docker version --format '{{.Server.Version}}')$($private_engine && echo ', private'), $(compose version 2>/dev/null | head -n 1)"
}

install_packages() {
  local log=$work/apt.log
  say "installing Debian packages: $*"
  if ! DEBIAN_FRONTEND=noninteractive within 240 apt-get -o DPkg::Lock::Timeout=120 install --yes -qq --no-install-recommends "$@" >"$log" 2>&1; then
    { DEBIAN_FRONTEND=noninteractive within 120 apt-get update -qq &&
      DEBIAN_FRONTEND=noninteractive within 240 apt-get -o DPkg::Lock::Timeout=120 install --yes -qq --no-install-recommends "$@"; } >"$log" 2>&1 || {
      tail -n 20 "$log" >&2
      cannot "the packages $* could not be installed, see above"
    }
  fi
}

# No bridge of its own and no firewall rules, so the host's network stays as it is: ports published on
# 127.0.0.1 go through Docker's own proxy. In a mount namespace, so that no mount outlives it.
start_private_engine() {
  local root=$work/engine tries
  mkdir -p "$root"
  unshare --mount --propagation slave dockerd --data-root "$root/data" --exec-root "$root/exec" \
    --pidfile "$root/dockerd.pid" --host "unix://$root/docker.sock" \
    --bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false \
    >>"$root/dockerd.log" 2>&1 </dev/null &
  # In a file, because a check that restarts the engine runs in a subshell.
  echo $! >"$root/pid"
  disown
  for ((tries = 0; tries < 120; tries++)); do
    engine_answers && return
    kill -0 "$(cat "$root/pid")" 2>/dev/null || break
    sleep 0.25
  done
  tail -n 20 "$root/dockerd.log" >&2
  return 1
}

stop_private_engine() {
  local pid=$work/engine/pid containerd=$work/engine/exec/containerd/containerd.pid
  if [ -f "$pid" ]; then stop_process "$(cat "$pid")" 60; fi
  # Only a killed dockerd leaves its containerd behind.
  if [ -f "$containerd" ]; then stop_process "$(cat "$containerd")" 10; fi
  rm -f "$pid"
}

# Sets POSTGRES_IMAGE and REDIS_IMAGE: the official images where they can be had, else stand-ins.
choose_images() {
  POSTGRES_IMAGE=postgres:17-alpine REDIS_IMAGE=redis:7-alpine
  standins=false
  local image
  for image in "$POSTGRES_IMAGE" "$REDIS_IMAGE"; do
    docker image inspect "$image" >/dev/null 2>&1 && continue
    # Asked first, because a registry that does not answer should cost seconds and a slow one may take its time.
    if within 20 docker manifest inspect "$image" >/dev/null 2>&1; then
      say "pulling $image"
      within 300 docker pull --quiet "$image" >/dev/null 2>&1 && continue
    fi
    say "the image $image cannot be had here"
    standins=true
    break
  done
  if $standins; then use_standin_images; fi
  say "images $POSTGRES_IMAGE and $REDIS_IMAGE"
}
