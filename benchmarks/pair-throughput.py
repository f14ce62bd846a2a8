#!/usr/bin/env python3
"""What one publisher/subscriber pair carries into the store, over the real ZeroMQ sockets and the real HTTP write path.

Starts the application host (Release build) with one topic, kraken_tick from the simulated source, at a rate; lets it run; stops it in order; and
reads the closing report. A rate counts as carried when at least 95 % of it was published and everything was stored with nothing lost or left in the
spool. Processor time is that of the publishers, subscribers and the store while running.

    dotnet build -c Release Nbpy.AppHost && benchmarks/pair-throughput.py [--shards N] [--influx embedded|external] [--seconds S] [--rates R,R,...]

With --influx external an influxd listens already on localhost:8086 (a fresh one: the database 'tick' is filled). Exit code 1: no rate was carried.
"""
import argparse, json, os, re, shutil, signal, socket, subprocess, sys, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
HOST = os.path.join(ROOT, "Nbpy.AppHost/bin/Release/net10.0/Nbpy.AppHost")
PAIRS = ["BTC/USD", "ETH/USD", "SOL/USD", "XRP/USD", "ADA/USD", "DOT/USD", "LTC/USD", "BTC/EUR"]


def ticks(root):
    """Processor seconds of the children of a process, by program."""
    hertz = os.sysconf("SC_CLK_TCK")
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as f:
                stat = f.read()
            with open(f"/proc/{entry}/cmdline") as f:
                line = f.read().replace("\0", " ")
        except OSError:
            continue
        if root in line:
            fields = stat[stat.rindex(")") + 2:].split()
            name = "store" if "Nbpy.EmbeddedInflux" in line else "publishers" if "Nbpy.Publishers" in line else "subscribers" if "Nbpy.Subscribers" in line else None
            if name:
                found[name] = found.get(name, 0) + (int(fields[11]) + int(fields[12])) / hertz
    return found


def free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def run(rate, shards, influx, seconds):
    folder = tempfile.mkdtemp(prefix="nbpy-pair-")
    with open(os.path.join(ROOT, "integration_config.json")) as f:
        config = json.load(f)
    ports = free_ports(2 * shards + 2)
    tick = next(p for p in config["publishers"] if p["name"] == "kraken_tick")
    tick.update(rate=rate / shards, port=ports[0], replay_port=ports[1], ring_messages=1_000_000, ring_bytes=256 << 20)
    if shards > 1:
        tick["shards"] = [{"port": ports[2 * i], "replay_port": ports[2 * i + 1], "instruments": PAIRS[i::shards]} for i in range(shards)]
    else:
        tick["instruments"] = PAIRS
    config["publishers"] = [tick]
    config["subscribers"] = [s for s in config["subscribers"] if s["subscribe_to"] == "kraken_tick"]
    config["subscribers"][0]["publisher_port"] = ports[0]
    config["system"].update(data_dir=folder + "/data", log_dir=folder + "/logs", socket_dir=folder + "/run")
    config["validation"] = {"message_timeout": 1, "influxdb_check": {"enabled": False}, "grafana_check": {"enabled": False}}
    config["docker"]["services"]["grafana"]["port"] = ports[-1]
    if influx == "embedded":
        config["influxdb"]["port"] = ports[-2]
    config.pop("urls", None)
    path = folder + "/integration_config.json"
    with open(path, "w") as f:
        json.dump(config, f)
    host = subprocess.Popen([HOST, "--config", path, "--influx", influx, "--grafana", "viewer", "--source", "simulated"],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True)
    lines = []
    try:
        for line in host.stdout:
            lines.append(line)
            # At rates near the limit the validation's own socket may miss messages: it says so, and the system streams on.
            if "Streaming." in line or "NOT ALL TOPICS ARE STREAMING" in line:
                break
        before, at = ticks(folder), time.monotonic()
        time.sleep(seconds)
        after, elapsed = ticks(folder), time.monotonic() - at
        published = time.monotonic()
        host.send_signal(signal.SIGTERM)
        rest, _ = host.communicate(timeout=120)
    finally:
        if host.poll() is None:
            host.kill()
        shutil.rmtree(folder, ignore_errors=True)
    total = re.search(r"Published ([\d,]+) messages, stored ([\d,]+), spooled ([\d,]+), rejected ([\d,]+), lost ([\d,]+)", rest)
    started = re.search(r"Stopped after (\d+):(\d+):(\d+)", rest)
    if not total or not started:
        sys.exit("no closing report:\n" + "".join(lines[-20:]) + rest)
    sent, stored, spooled, rejected, lost = (int(g.replace(",", "")) for g in total.groups())
    return sent, stored, spooled + rejected, lost, {k: (after[k] - before.get(k, 0)) / elapsed for k in after}, time.monotonic() - published


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--influx", default="embedded", choices=["embedded", "external"])
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--rates", default="1000,5000,10000,20000,40000,80000")
    options = parser.parse_args()
    if not os.path.exists(HOST):
        sys.exit(f"{HOST} is not there; dotnet build -c Release Nbpy.AppHost")
    best = 0
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; shards {options.shards}, store {options.influx}")
    for rate in map(int, options.rates.split(",")):
        sent, stored, left, lost, cpu, stop = run(rate, options.shards, options.influx, options.seconds)
        # The host streams a few seconds before and after the window: what was published is held against the whole by the rate of the window alone.
        carried = stored == sent and lost == 0 and left == 0 and sent >= 0.95 * rate * options.seconds
        best = max(best, rate) if carried else best
        parts = ", ".join(f"{k} {v * 100:.0f} %" for k, v in sorted(cpu.items()))
        print(f"{rate:>7}/s: published {sent:,}, stored {stored:,}, spooled or rejected {left:,}, lost {lost:,}; of a core: {parts}; stop {stop:.1f} s  {'carried' if carried else 'NOT carried'}", flush=True)
    print(f"carried: {best:,} messages/s")
    sys.exit(0 if best else 1)


main()
