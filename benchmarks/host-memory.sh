#!/usr/bin/env bash
# Measures the memory of the host's own process (not its services') with its dashboard open in a browser: the whole system on the embedded
# parts, simulated sources at their default rates, Chromium on the resources page, then on structured logs, traces and metrics.
#   closed  resident memory before the browser is opened (MB)
#   open    resident memory at most while a page stays open, looked at every second (MB)
# Usage: benchmarks/host-memory.sh [seconds a page, 30] [configuration, Release]     Needs chromium and python3. Uses the default ports; nothing
# else may be running there. Exit code 1: over the target of 150 MB.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-30} configuration=${2:-Release} target=150
[ "${NBPY_BUILT:-}" = true ] || dotnet build Nbpy.AppHost -c "$configuration" -v q >/dev/null
work=$(mktemp -d)
export NBPY_DATA_DIR=$work/data NBPY_LOG_DIR=$work/logs
nbpy() { "Nbpy.Cli/bin/$configuration/net10.0/nbpy" "$@"; }
host() { nbpy status --json | python3 -c "import json,sys; print(json.load(sys.stdin)['$1'])"; }
megabytes() { awk '/VmRSS/{printf "%d", $2 / 1024}' "/proc/$1/status"; }

nbpy start --detach --app-host "Nbpy.AppHost/bin/$configuration/net10.0/Nbpy.AppHost" --influx embedded --grafana viewer --source simulated >"$work/out" || { cat "$work/out"; exit 1; }
browser=
trap '[ -z "$browser" ] || kill "$browser" 2>/dev/null || true; nbpy stop >/dev/null; rm -rf "$work"' EXIT
pid=$(host pid) login=$(host dashboard) most=0
sleep "$seconds"
echo "closed  $(megabytes "$pid") MB"
for page in "" structuredlogs traces metrics; do
  chromium --headless=new --no-sandbox --disable-gpu --user-data-dir="$work/browser" --remote-debugging-port=0 "$login&returnUrl=%2F$page" >/dev/null 2>&1 &
  browser=$!
  for _ in $(seq "$seconds"); do
    sleep 1
    now=$(megabytes "$pid")
    [ "$now" -le "$most" ] || most=$now
  done
  kill "$browser" 2>/dev/null || true
  wait "$browser" 2>/dev/null || true
  browser=
done
echo "open    $most MB at most"
[ "$most" -lt "$target" ] || { echo "over the target of $target MB"; exit 1; }
