# shellcheck shell=bash
# Stand-ins for the official images where no image registry answers, made of Debian's own packages.
# They are named steadfast-standin/… so that nobody takes them for the official ones.
# shellcheck disable=SC2154 # here and work come from run.sh

# Prints "<mirror> <suite> <PostgreSQL's major version>", as this machine's apt knows them.
debian_source() {
  local suite mirror major
  # shellcheck disable=SC1091
  suite=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
  mirror=$(apt-get indextargets --format "\$(SITE)" \
    'Identifier: Packages' 'Component: main' "Codename: $suite" | head -n 1)
  major=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9][0-9]*\)$/\1/p' | head -n 1)
  [ -n "$suite" ] && [ -n "$mirror" ] && [ -n "$major" ] || return 1
  printf '%s %s %s\n' "$mirror" "$suite" "$major"
}

# Builds the root file system once and keeps it; prints nothing but problems.
build_rootfs() {
  local archive=$1 mirror=$2 suite=$3 major=$4
  local root=$work/rootfs log=$work/debootstrap.log
  mkdir -p "$(dirname "$archive")"
  # A mount namespace of its own: whatever debootstrap mounts is gone with it, however it ends.
  if ! within 240 unshare --mount --propagation private debootstrap --variant=minbase \
    "--include=postgresql-$major,redis-server" "$suite" "$root" "$mirror" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    return 1
  fi
  # Left out: what nobody reads in a test, and LLVM (a third of the size; PostgreSQL runs without it).
  tar --create --file="$archive.$$" --directory="$root" --one-file-system --sort=name \
    --exclude='./dev/*' --exclude='./var/cache/apt/*' --exclude='./var/lib/apt/lists/*' \
    --exclude="./var/lib/postgresql/$major" --exclude='./usr/share/doc/*' \
    --exclude='./usr/share/man/*' --exclude='./usr/share/locale/*' \
    --exclude='libLLVM*' --exclude='llvmjit*' --exclude='./usr/lib/postgresql/*/lib/bitcode' .
  mv "$archive.$$" "$archive"
  rm -rf "$root"
}

# Makes the stand-ins known to the engine and sets POSTGRES_IMAGE and REDIS_IMAGE.
use_standin_images() {
  local mirror suite major archive base=steadfast-standin/base
  command -v debootstrap >/dev/null || install_packages debootstrap
  read -r mirror suite major < <(debian_source) || cannot "apt names no Debian mirror with PostgreSQL in it"
  archive=${XDG_CACHE_HOME:-$HOME/.cache}/steadfast/standin-$suite-postgresql-$major-$(uname -m).tar
  # A month is short enough for Debian's security fixes and long enough to be quick.
  if [ -z "$(find "$archive" -mtime -30 2>/dev/null)" ]; then
    say "building stand-in images from Debian packages (about a minute; kept for the next run)"
    build_rootfs "$archive" "$mirror" "$suite" "$major" || cannot "debootstrap failed, see above"
  fi
  say "importing the stand-in images"
  within 120 docker import "$archive" "$base" >/dev/null

  POSTGRES_IMAGE=steadfast-standin/postgres:$major
  REDIS_IMAGE=steadfast-standin/redis:debian
  build_image "$POSTGRES_IMAGE" <<EOF
FROM $base
ENV PATH=/usr/lib/postgresql/$major/bin:/usr/local/bin:/usr/bin:/bin PGDATA=/var/lib/postgresql/data
COPY standin-postgres.sh /usr/local/bin/docker-entrypoint.sh
VOLUME /var/lib/postgresql/data
STOPSIGNAL SIGINT
EXPOSE 5432
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
EOF
  build_image "$REDIS_IMAGE" <<EOF
FROM $base
VOLUME /data
WORKDIR /data
EXPOSE 6379
CMD ["redis-server"]
EOF
}

build_image() {
  local context=$work/image-context log=$work/docker-build.log
  mkdir -p "$context"
  cp "$here/standin-postgres.sh" "$context/"
  cat >"$context/Dockerfile"
  if ! DOCKER_BUILDKIT=0 within 120 docker build --quiet --tag "$1" "$context" >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    cannot "the image $1 could not be built, see above"
  fi
}
