#!/usr/bin/env bash
# Measures, on the Release build with the embedded parts and simulated sources at their default rates:
#   start   from starting the built host until every stored topic has a point in the store (seconds)
#   memory  resident memory of each process, and the median of the services (MB)
#   cpu     processor time of all processes together over 30 s, 60 s after the start (percent of one core)
#           With MINUTES: memory once more after so many minutes.
# Usage: benchmarks/start-and-idle.sh [MINUTES]        Needs curl. Uses the default ports; nothing else may be running there.
set -eu
cd "$(dirname "$0")/.."
dotnet build Nbpy.AppHost -c Release -v q >/dev/null
work=$(mktemp -d)
export NBPY_DATA_DIR=$work/data NBPY_LOG_DIR=$work/logs
topics="kraken_tick kraken_depth kraken_orders oanda_tick oanda_orders betfair_stream twitter_sentiment"
now() { date +%s.%N; }

started=$(now)
Nbpy.AppHost/bin/Release/net10.0/Nbpy.AppHost --influx embedded --grafana viewer --source simulated >"$work/out" 2>&1 &
host=$!
trap 'kill -TERM $host 2>/dev/null; wait $host || true; rm -rf "$work"' EXIT
for topic in $topics; do
  until curl -sG localhost:8086/query --data-urlencode db=tick --data-urlencode "q=SELECT count(*) FROM $topic" 2>/dev/null | grep -q '"values"'; do
    [ "$(echo "$(now) - $started < 60" | bc 2>/dev/null || awk "BEGIN{print ($(now) - $started < 60)}")" = 1 ] || { echo "no points of $topic within 60 s"; cat "$work/out"; exit 1; }
    sleep 0.05
  done
done
awk "BEGIN{printf \"start   %.1f s until all seven topics stream and are stored\n\", $(now) - $started}"

sleep 60
pids() { pgrep -f "$PWD/Nbpy\.[A-Za-z]*/bin/Release|Nbpy.AppHost/bin/Release"; }
ticks() { for p in $(pids); do cat "/proc/$p/stat" 2>/dev/null; done | awk '{s += $14 + $15} END {print s}'; }
memory() {
  for p in $(pids); do awk -v name="$(tr '\0' ' ' <"/proc/$p/cmdline" | sed 's|[^ ]*/||g' | cut -c1-60)" '/VmRSS/{printf "memory  %6.1f MB  %s\n", $2 / 1024, name}' "/proc/$p/status"; done | sort -k2 -n | tee "$work/memory"
  awk '{m[NR] = $2} END {printf "memory  %6.1f MB  median\n", m[int((NR + 1) / 2)]}' "$work/memory"
}
memory
before=$(ticks); sleep 30; after=$(ticks)
awk "BEGIN{printf \"cpu     %.1f %% of one core, all processes together\n\", ($after - $before) / 30 / $(getconf CLK_TCK) * 100}"
if [ $# -gt 0 ]; then
  sleep "$((60 * $1))"
  echo "After $1 minutes more:"
  memory
fi
