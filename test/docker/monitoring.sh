# shellcheck shell=bash
# The monitoring profile: what compose makes of it, and its Prometheus and Alertmanager at work.
# shellcheck disable=SC2154 # set in run.sh

monitoring_is_local() {
  compose_in_copy --profile monitoring config >"$work/said"
  same 3 "$(grep -c 'network_mode: host' "$work/said")" "services of the profile"
  says 'web.listen-address=127.0.0.1:9090'
  says 'web.listen-address=127.0.0.1:9093'
  says 'GF_SERVER_HTTP_ADDR: 127.0.0.1'
}

# Its ports are fixed: somebody may have a Prometheus here.
monitoring_ports_are_free() {
  local port
  for port in 9090 9093; do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then return 1; fi
  done
}

monitoring_runs() {
  local services=(prometheus alertmanager) alerts
  if ! $standins && compose_in_copy --profile monitoring pull --quiet "${services[@]}" grafana; then
    services+=(grafana)
  else
    use_standin_monitoring
  fi
  (cd "$copy" && exec npm start) >"$work/server.log" 2>&1 &
  sed -i "s/127.0.0.1:8000/127.0.0.1:$server_port/" "$copy/deploy/prometheus/targets/steadfast.yml"
  compose_in_copy --profile monitoring up --detach "${services[@]}"
  eventually monitoring_finds_the_server || { compose_in_copy --profile monitoring logs "${services[@]}" | tail -n 40; return 1; }
  alerts=$(cat "$copy"/deploy/prometheus/rules/*.yml | grep -c -- '- alert:')
  curl -s -m 5 '127.0.0.1:9090/api/v1/rules?type=alert' >"$work/body"
  same "$alerts" "$(grep -o '"type":"alerting"' "$work/body" | wc -l)" "alerts that Prometheus knows"
  curl -s -m 5 127.0.0.1:9090/api/v1/alertmanagers | grep -F '"url":"http://127.0.0.1:9093/'
  if [ "${#services[@]}" = 3 ]; then eventually curl -sf -m 5 127.0.0.1:3000/api/dashboards/uid/steadfast; fi
  never curl -s -m 2 "$(hostname -I | cut -d' ' -f1):9090/-/ready"
  compose_in_copy --profile monitoring rm --force --stop "${services[@]}"
}

monitoring_finds_the_server() {
  curl -sf -m 5 127.0.0.1:9093/-/ready &&
    curl -sf -m 5 --get --data-urlencode 'query=up{job="steadfast"} == 1' 127.0.0.1:9090/api/v1/query |
    grep -F "127.0.0.1:$server_port"
}

# eventually <command...>: within a minute
eventually() {
  local tries
  for ((tries = 0; tries < 60; tries++)); do
    "$@" >"$work/last-try" && return
    sleep 1
  done
  cat "$work/last-try"
  return 1
}

# Images of nothing but Debian's programs and what they need. Of Grafana there is no package.
use_standin_monitoring() {
  local name program root paths
  if ! command -v prometheus >/dev/null || ! command -v prometheus-alertmanager >/dev/null; then
    install_packages prometheus prometheus-alertmanager
  fi
  for name in prometheus alertmanager; do
    program=$(command -v "$name" || command -v "prometheus-$name")
    root=$work/standin-$name
    mkdir -p "$root/tmp" "$root/etc"
    mapfile -t paths < <(ldd "$program" | grep -o '/[^ ]*')
    tar --create --dereference --absolute-names --file="$root.tar" \
      "$program" "${paths[@]}" /usr/share/prometheus --directory="$root" etc tmp
    within 60 docker import --change "ENTRYPOINT [\"$program\"]" "$root.tar" "steadfast-standin/$name" >/dev/null
  done
  export PROMETHEUS_IMAGE=steadfast-standin/prometheus ALERTMANAGER_IMAGE=steadfast-standin/alertmanager
}
