#!/usr/bin/env bash
# Measures the system in containers of this machine's Docker engine, from the folder that 'publish' writes, simulated sources at their default rates:
#   size    of each image (bytes, as docker has it)
#   up      from 'docker-compose up' until every service is healthy, and until the validation inside has passed (seconds)
#   memory  of each container a minute later (docker stats), and the median by image
#   cpu     processor time of all containers together over 30 s, their health checks included (the kernel's own count, of cgroup 1 or 2)
#   stop    'docker stop' of one container of each kind, which drains, and
#   start   'docker start' of it until it says that it is healthy (seconds)
#   down    'docker-compose stop' of all (seconds), and what the subscribers' counters say was lost
# Usage: benchmarks/containers.sh [--local] [--built] [OPTION OF publish...]       for example --influx embedded --grafana viewer
#   --local   base images and the store's image of this machine's files, where no registry can be reached (Debian's influxdb, influxdb-client and
#             busybox-static; tests/Nbpy.Containers.Tests/images/make-base.sh), and the viewer in Grafana's place; on the machine's SDK
#   --built   the images of an earlier run
# RUNTIME_IMAGE and SDK_IMAGE name other base images. Needs docker, docker-compose, curl and python3, and root's rights for Docker's network.
set -euo pipefail
cd "$(dirname "$0")/.."
local="" built="" image="" options=()
while [ $# -gt 0 ]; do
  case $1 in --local) local=1 ;; --built) built=1 ;; *) options+=("$1") ;; esac
  shift
done
bases=()
[ -z "${RUNTIME_IMAGE:-}" ] || bases+=(--runtime-image "$RUNTIME_IMAGE")
[ -z "${SDK_IMAGE:-}" ] || bases+=(--sdk-image "$SDK_IMAGE")
if [ -n "$local" ]; then
  tests/Nbpy.Containers.Tests/images/make-base.sh >/dev/null
  bases=(--prebuilt --runtime-image nbpy-test/runtime-deps:latest)
  image=nbpy-test/influxdb:1.6.7
  case " ${options[*]} " in *" --grafana "*) ;; *) options+=(--grafana viewer) ;; esac
fi
[ -z "$built" ] || bases=(--built)

work=$(mktemp -d)
project=nbpybench$$
compose() { (cd "$work/published" && docker-compose --ansi never -p "$project" "$@"); }
trap '[ ! -d "$work/published" ] || compose down -v -t 5 >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
docker/build-images.sh "${bases[@]}" >"$work/images" 2>"$work/build" || { cat "$work/build"; exit 1; }
sed 's/  id .*  \([0-9]*\) bytes/ \1/' "$work/images" | awk '{printf "size    %6.1f MB  %s\n", $2 / 1e6, $1}'
python3 - "$work/integration_config.json" "$image" <<'P'
import json, socket, sys
config = json.load(open("integration_config.json"))
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    config["docker"]["services"]["grafana"]["port"] = free.getsockname()[1]
if sys.argv[2]:
    config["docker"]["services"]["influxdb"]["image"] = sys.argv[2]
json.dump(config, open(sys.argv[1], "w"))
P
dotnet build Nbpy.AppHost -c Release -v q >/dev/null
Nbpy.AppHost/bin/Release/net10.0/Nbpy.AppHost publish --config "$work/integration_config.json" -o "$work/published" "${options[@]}" >/dev/null

now() { date +%s.%N; }
since() { awk "BEGIN{printf \"%.1f\", $(now) - $1}"; }
container() { docker ps -aq --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1"; }
# Services that go on running: all but the jobs.
running() { docker ps -q --filter "label=com.docker.compose.project=$project"; }
unready() { docker ps --filter "label=com.docker.compose.project=$project" --format '{{.Status}}' | grep -vc '(healthy)' || true; }

started=$(now)
compose up -d >"$work/up" 2>&1 || { cat "$work/up"; compose logs --tail 20; exit 1; }
echo "up      $(since "$started") s until docker-compose has started all"
validation=$(container validation)
healthy=""
until [ "$(docker inspect --format '{{.State.Status}}' "$validation")" = exited ]; do
  [ -n "$healthy" ] || [ "$(running | wc -l)" -lt 10 ] || [ "$(unready)" -gt 1 ] || { healthy=1; echo "up      $(since "$started") s until every service is healthy (Compose asks every 10 s)"; }
  sleep 0.2
done
[ "$(docker inspect --format '{{.State.ExitCode}}' "$validation")" = 0 ] || { docker logs "$validation"; exit 1; }
echo "up      $(since "$started") s until the validation has passed"

sleep 60
# shellcheck disable=SC2046
docker stats --no-stream --format '{{.Container}} {{.MemUsage}}' $(running) | while read -r id used _; do
  echo "$used $(docker inspect --format '{{.Config.Image}} {{index .Config.Labels "com.docker.compose.service"}}' "$id")"
done | sed 's/\([0-9.]*\)GiB/\1 1024/; s/\([0-9.]*\)MiB/\1 1/; s/\([0-9.]*\)KiB/\1 0.0009765625/' | awk '{printf "%.1f %s %s\n", $1 * $2, $3, $4}' | sort -n >"$work/memory"
awk '{printf "memory  %6.1f MiB  %s\n", $1, $3}' "$work/memory"
awk '{m[$2, ++n[$2]] = $1; total += $1} END {for (i in n) printf "memory  %6.1f MiB  median of %d of %s\n", m[i, int((n[i] + 1) / 2)], n[i], i; printf "memory  %6.1f MiB  all\n", total}' "$work/memory"

# Seconds of all containers, of cgroup 1 in nanoseconds, of cgroup 2 in microseconds.
used() {
  for id in $(docker ps -q --no-trunc --filter "label=com.docker.compose.project=$project"); do
    cat "/sys/fs/cgroup/cpuacct/docker/$id/cpuacct.usage" 2>/dev/null || awk '$1 == "usage_usec" {print $2 * 1000}' "/sys/fs/cgroup/docker/$id/cpu.stat" "/sys/fs/cgroup/system.slice/docker-$id.scope/cpu.stat" 2>/dev/null || true
  done | awk '{s += $1} END {print s / 1e9}'
}
before=$(used); begin=$(now); sleep 30; after=$(used)
awk "BEGIN{printf \"cpu     %.1f %% of one core, all containers together\n\", ($after - $before) / ($(now) - $begin) * 100}"

# The container's own address answers this machine: no process has to start in it to ask.
for service in kraken-tick kraken-influxdb-tick data-filter influxdb grafana; do
  id=$(container "$service")
  case $service in
    influxdb) path=:8086/ping ;;
    grafana) path=:$(docker inspect --format '{{range $p, $_ := .Config.ExposedPorts}}{{$p}}{{end}}' "$id" | cut -d/ -f1)/api/health ;;
    *) path=:8079/health ;;
  esac
  begin=$(now); docker stop -t 40 "$id" >/dev/null; stopped=$(since "$begin")
  begin=$(now); docker start "$id" >/dev/null
  address=$(docker inspect --format '{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' "$id")
  until curl -sf -o /dev/null -m 1 "$address$path"; do
    awk "BEGIN{exit !($(now) - $begin < 60)}" || { echo "$service is not healthy within 60 s"; docker logs --tail 20 "$id"; exit 1; }
    sleep 0.05
  done
  echo "stop    $stopped s, start $(since "$begin") s until healthy: $service"
done

sleep 10
begin=$(now); compose stop >"$work/stop" 2>&1; echo "down    $(since "$begin") s for docker-compose stop"
for service in $(compose ps --services | grep -E 'influxdb-(tick|depth|orders|stream|sentiment)$'); do
  docker cp "$(container "$service"):/data/run/${service//-/_}.json" - | tar -xO
  echo
done | python3 -c '
import json, sys
counters = [json.loads(line) for line in sys.stdin if line.strip()]
print("down    " + ", ".join(f"{name} {sum(c[name] for c in counters):,}" for name in ("stored", "lost", "pending")) + f" by {len(counters)} subscribers")'
