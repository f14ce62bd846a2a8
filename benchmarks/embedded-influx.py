#!/usr/bin/env python3
"""Compares the embedded store with influxd on the same data in one run: ingest over HTTP on one and on four connections, a
GROUP BY time(1s), pair over a million points, small writes, memory and disk.

Usage: benchmarks/embedded-influx.py [--points N] [--only influxd|embedded] [--statements]
Needs influxd (1.x) on PATH for the comparison and the Release build: dotnet build -c Release Nbpy.EmbeddedInflux
Ports are chosen by the system; the data lies in a temporary directory that is removed."""
import argparse, http.client, json, os, random, shutil, signal, socket, subprocess, sys, tempfile, threading, time, urllib.parse

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BATCH = 5000
PAIRS = 10


def lines(points, start, seed):
    """Batches of kraken_tick with realistic prices: 5 fields, 2 tags, a point each millisecond over ten pairs."""
    rnd = random.Random(seed)
    price = [100.0 * (k + 1) for k in range(PAIRS)]
    batches = []
    for b in range(0, points, BATCH):
        out = []
        for i in range(b, min(points, b + BATCH)):
            k = i % PAIRS
            price[k] *= 1 + rnd.gauss(0, 1e-4)
            p = price[k]
            out.append(f"kraken_tick,pair=P{k}USD,exchange=kraken bid={p:.2f},ask={p * 1.0001:.2f},last_trade_price={p:.2f},"
                       f"volume={rnd.random() * 1000:.8f},vwap={p:.5f} {start + i * 1000000}")
        batches.append("\n".join(out).encode())
    return batches


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    def __init__(self, name, directory):
        self.name, self.directory, self.port = name, directory, free_port()
        if name == "influxd":
            config = os.path.join(directory, "influxd.conf")
            with open(config, "w") as f:
                f.write(f'reporting-disabled = true\nbind-address = "127.0.0.1:{free_port()}"\n[meta]\ndir = "{directory}/meta"\n'
                        f'[data]\ndir = "{directory}/data"\nwal-dir = "{directory}/wal"\nmax-series-per-database = 0\nmax-values-per-tag = 0\n[monitor]\nstore-enabled = false\n'
                        f'[http]\nbind-address = "127.0.0.1:{self.port}"\nlog-enabled = false\n[logging]\nlevel = "error"\n')
            command = ["influxd", "-config", config]
        else:
            command = [os.path.join(ROOT, "Nbpy.EmbeddedInflux/bin/Release/net10.0/Nbpy.EmbeddedInflux"),
                       "--port", str(self.port), "--data", os.path.join(directory, "data"), "--no-auth"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.time() + 30
        while True:
            try:
                self.ask("GET", "/ping")
                break
            except OSError:
                if time.time() > deadline or self.process.poll() is not None:
                    sys.exit(f"{name} did not start: {' '.join(command)}")
                time.sleep(0.05)
        self.query("CREATE DATABASE bench")

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=900)
        connection.request(method, path, body)
        response = connection.getresponse()
        text = response.read()
        if response.status >= 300:
            sys.exit(f"{self.name}: {response.status} {text[:300]}")
        return text

    def query(self, statement):
        return self.ask("POST", "/query?db=bench&epoch=ns&q=" + urllib.parse.quote(statement))

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as f:
            fields = f.read().rsplit(") ", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as f:
            found = {l.split(":")[0]: int(l.split()[1]) / 1024 for l in f if l.startswith(("VmRSS", "VmHWM"))}
        return found["VmRSS"], found["VmHWM"]

    def disk(self):
        return sum(os.stat(os.path.join(d, f)).st_blocks * 512 for d, _, names in os.walk(self.directory) for f in names)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)


def write_all(server, batches):
    """Sends batches over one connection, each after the answer to the one before it."""
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for body in batches:
            s.sendall(b"POST /write?db=bench HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            answer = b""
            while b"\r\n\r\n" not in answer:
                part = s.recv(65536)
                if not part:
                    sys.exit(f"{server.name} closed the connection")
                answer += part
            if b" 204 " not in answer[:20]:
                sys.exit(f"{server.name}: {answer[:400]}")


def ingest(server, batches, connections):
    """Points per second and microseconds of the server's processor time per point."""
    points = sum(b.count(b"\n") + 1 for b in batches)
    threads = [threading.Thread(target=write_all, args=(server, batches[n::connections])) for n in range(connections)]
    cpu, begin = server.cpu(), time.perf_counter()
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return points / (time.perf_counter() - begin), (server.cpu() - cpu) / points * 1e6


def grouped(server, start, points, repeat=5):
    """Seconds of the best of some runs, and the number of rows answered."""
    end = start + points * 1000000
    statement = f"SELECT mean(bid), max(ask), min(bid), last(last_trade_price) FROM kraken_tick WHERE time >= {start} AND time < {end} GROUP BY time(1s), pair"
    best, cpu = 1e9, 1e9
    for _ in range(repeat):
        used, begin = server.cpu(), time.perf_counter()
        answer = server.query(statement)
        best, cpu = min(best, time.perf_counter() - begin), min(cpu, server.cpu() - used)
    rows = sum(len(s["values"]) for s in json.loads(answer)["results"][0]["series"])
    return best, cpu, rows


def statements(start, points):
    """Names and texts of statements that dashboards and scripts send, over all points written (twice `points`)."""
    end = start + 2 * points * 1000000
    of_all = f"FROM kraken_tick WHERE time >= {start} AND time < {end}"
    return {
        "bars of a minute a pair": f"SELECT first(bid), max(bid), min(bid), last(bid) {of_all} GROUP BY time(1m), pair",
        "mean of a second of one pair": f"SELECT mean(bid) {of_all} AND pair = 'P1USD' GROUP BY time(1s)",
        "rate of a second a pair": f"SELECT derivative(mean(bid), 1s) {of_all} GROUP BY time(1s), pair",
        "count of all fields a series": "SELECT count(*) FROM kraken_tick GROUP BY *",
        "sum under a condition": "SELECT sum(volume) FROM kraken_tick WHERE bid > 500",
        "median a pair": "SELECT median(bid) FROM kraken_tick GROUP BY pair",
        "percentile a pair": "SELECT percentile(bid, 95) FROM kraken_tick GROUP BY pair",
        "five greatest": "SELECT top(bid, 5) FROM kraken_tick",
        "last 100 s of two fields": f"SELECT bid, ask FROM kraken_tick WHERE time >= {end - 10**11}",
        "newest point": "SELECT * FROM kraken_tick ORDER BY time DESC LIMIT 1",
        "newest point a pair": "SELECT * FROM kraken_tick GROUP BY pair ORDER BY time DESC LIMIT 1",
        "last() a pair, no range": "SELECT last(bid) FROM kraken_tick GROUP BY pair",
        "last() a pair of the last 10 s": f"SELECT last(bid) FROM kraken_tick WHERE time >= {end - 10**10} GROUP BY pair",
        "values of a tag": "SHOW TAG VALUES WITH KEY = pair",
    }


def timed(server, statement, repeat=4):
    """Seconds of the best of some runs."""
    best = 1e9
    for _ in range(repeat):
        begin = time.perf_counter()
        server.query(statement)
        best = min(best, time.perf_counter() - begin)
    return best


def small_writes(server, seconds=10, rate=100):
    """Processor time in percent of a core while small batches come at a steady rate."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    used, begin, n = server.cpu(), time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        connection.request("POST", "/write?db=bench", "\n".join(
            f"small,pair=P{k},exchange=x bid={n}.5,ask={n}.25 {time.time_ns() + k}" for k in range(5)))
        connection.getresponse().read()
        n += 1
        time.sleep(max(0.0, begin + n / rate - time.perf_counter()))
    return (server.cpu() - used) / (time.perf_counter() - begin) * 100


def measure(name, options, start, first, second):
    directory = tempfile.mkdtemp(prefix="nbpy-bench-")
    server = Server(name, directory)
    try:
        figures = {}
        ingest(server, lines(20 * BATCH, start - 10**15, 3), 1)  # warms up
        figures["ingest, 1 connection: points/s"], figures["ingest, 1 connection: cpu µs/point"] = ingest(server, first, 1)
        figures["ingest, 4 connections: points/s"], figures["ingest, 4 connections: cpu µs/point"] = ingest(server, second, 4)
        figures["memory at most after ingest: MB"] = server.memory()[1]
        figures["GROUP BY time(1s), pair: s"], figures["GROUP BY time(1s), pair: cpu s"], figures["GROUP BY time(1s), pair: rows"] = grouped(server, start, options.points)
        if options.statements:
            for what, statement in statements(start, options.points).items():
                figures[f"{what}: ms"] = timed(server, statement) * 1000
        figures["100 small writes a second: % of a core"] = small_writes(server)
        deadline, last = time.time() + 60, -1
        time.sleep(20)
        while time.time() < deadline and last != (last := server.disk()):
            time.sleep(5)
        figures["memory when quiet: MB"], figures["memory at most: MB"] = server.memory()
        server.stop()
        figures["disk: MB"] = server.disk() / 1e6
        return figures
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
        shutil.rmtree(directory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=int, default=1_000_000, help="points of each of the two ingests (default %(default)s)")
    parser.add_argument("--only", choices=["influxd", "embedded"])
    parser.add_argument("--statements", action="store_true", help="times some usual statements over all points as well")
    options = parser.parse_args()
    start = (int(time.time()) - 86400) // 3600 * 3600 * 10**9
    first, second = lines(options.points, start, 1), lines(options.points, start + options.points * 1000000, 2)
    results = {name: measure(name, options, start, first, second) for name in ([options.only] if options.only else ["influxd", "embedded"])}
    names = list(results)
    print(f"{'':44}" + "".join(f"{n:>14}" for n in names))
    for figure in results[names[0]]:
        print(f"{figure:44}" + "".join(f"{results[n][figure]:14,.2f}" for n in names))


if __name__ == "__main__":
    main()
