#!/usr/bin/env python3
"""How quick the embedded store and influxd are where the catalog is large: seconds of what a user asks, with memory and disk.

Usage: benchmarks/many-series.py [--case measurements|series|fields|days] [--size N] [--only influxd|embedded]
measurements: 100,000 of one series each; series: one measurement with a million; fields: 2,000 in a measurement; days: a year of
daily shard groups. Needs what embedded-influx.py needs; each server starts in turn on the same data, in a temporary directory."""
import argparse, importlib.util, json, os, shutil, signal, sys, tempfile, time

spec = importlib.util.spec_from_file_location("embedded_influx", os.path.join(os.path.dirname(os.path.abspath(__file__)), "embedded-influx.py"))
embedded_influx = importlib.util.module_from_spec(spec)
spec.loader.exec_module(embedded_influx)

BATCH = 5000
NOW = int(time.time()) * 10**9
DAY = 86400 * 10**9

SIZES = {"measurements": 100_000, "series": 1_000_000, "fields": 2_000, "days": 365}

LINES = {
    "measurements": lambda n, t: (f"m{i},host=h{i % 100} a={i},b=1i {t + i}" for i in range(n)),
    "series": lambda n, t: (f"m,host=h{i},rack=r{i % 100} a={i} {t + i}" for i in range(n)),
    "fields": lambda n, t: (f"m,host=h{h} " + ",".join(f"f{i}={i}" for i in range(n)) + f" {t + k * 10**9}" for k in range(10) for h in range(10)),
    "days": lambda n, t: (f"m{m},host=h{h} a={d} {t - d * DAY + h}" for d in range(n) for m in range(20) for h in range(10)),
}

SHOWS = ["SHOW MEASUREMENTS", "SHOW SERIES", "SHOW TAG KEYS", "SHOW TAG VALUES WITH KEY = rack", "SHOW TAG VALUES WITH KEY = host", "SHOW FIELD KEYS",
         "SHOW SERIES CARDINALITY", "SHOW SERIES EXACT CARDINALITY", "SHOW MEASUREMENT EXACT CARDINALITY", "SHOW TAG VALUES CARDINALITY WITH KEY = host",
         "SHOW SERIES WHERE host = 'h7'", "SHOW MEASUREMENTS WHERE host = 'h7'", "SHOW SHARDS", "SHOW STATS"]

ASKED = {
    "measurements": SHOWS + ["SELECT * FROM m77", "SELECT count(a) FROM /m77.*/", "SELECT last(a) FROM /.*/"],
    "series": SHOWS + ["SELECT * FROM m WHERE host = 'h77'", "SELECT count(a) FROM m", "SELECT mean(a) FROM m GROUP BY rack", "SELECT last(a) FROM m GROUP BY host"],
    "fields": SHOWS + ["SELECT f77 FROM m", "SELECT * FROM m", "SELECT mean(*) FROM m GROUP BY host"],
    "days": SHOWS + ["SELECT count(a) FROM m7 WHERE time > now() - 30d GROUP BY time(1d)", "SELECT count(a) FROM /m.*/ GROUP BY time(1d), host"],
}

DELETES = {
    "measurements": ["DROP SERIES FROM m5", "DROP SERIES WHERE host = 'h7'", "DELETE WHERE host = 'h8'", "DROP MEASUREMENT m6"],
    "series": ["DROP SERIES FROM m WHERE host = 'h5'", "DELETE WHERE host = 'h8'", "DROP SERIES WHERE rack = 'r7'"],
    "fields": ["DROP SERIES WHERE host = 'h7'"],
    "days": ["DROP SERIES WHERE host = 'h7'", f"DELETE WHERE time < {NOW - 200 * DAY}", "ALTER RETENTION POLICY autogen ON bench DURATION 100d"],
}


def size_of(answer):
    return sum(len(s.get("values", [])) for r in json.loads(answer)["results"] for s in r.get("series", []))


class Figures:
    def __init__(self, server):
        self.server, self.seconds, self.rows = server, {}, {}

    def time(self, label, action):
        begin = time.perf_counter()
        answer = action()
        self.seconds[label] = time.perf_counter() - begin
        self.rows[label] = answer
        print(f"  {self.server.name:9} {label:66}{self.seconds[label]:10.3f}  {'' if answer is None else answer}", file=sys.stderr, flush=True)

    def ask(self, statement):
        answer = self.server.query(statement)
        if b'"error"' in answer:
            print(f"  {self.server.name}: {answer[:300]}", file=sys.stderr)
        return size_of(answer)


def restart(server, sign):
    server.process.send_signal(sign)
    server.process.wait(900)


def measure(name, case, size):
    directory = tempfile.mkdtemp(prefix="nbpy-many-")
    server = embedded_influx.Server(name, directory)
    figures = Figures(server)
    try:
        def write(seconds, most=None):
            lines = list(LINES[case](size, NOW - (100 - seconds) * 10**9))[:most]
            batch = BATCH if case != "fields" else 10
            embedded_influx.write_all(server, ["\n".join(lines[i:i + batch]).encode() for i in range(0, len(lines), batch)])

        figures.time("write all", lambda: write(0))
        figures.time("first query", lambda: figures.ask("SHOW FIELD KEYS LIMIT 1"))
        figures.time("SELECT * FROM m0", lambda: figures.ask("SELECT * FROM m0"))
        figures.time("write all, later", lambda: write(20))
        figures.time("SELECT * FROM m1", lambda: figures.ask("SELECT * FROM m1"))
        figures.time("write 1,000 points again", lambda: write(0, 1000))
        figures.time("SELECT * FROM m2", lambda: figures.ask("SELECT * FROM m2"))
        for statement in ASKED[case]:
            figures.time(statement, lambda: figures.ask(statement))
        figures.seconds["memory: MB"], figures.seconds["memory at most: MB"] = server.memory()
        figures.time("write all before kill -9", lambda: write(40))
        for label, sign in (("start after kill -9", signal.SIGKILL), ("start again", signal.SIGTERM)):
            figures.time("ends: " + label, lambda: restart(server, sign))

            def begin():
                figures.server = embedded_influx.Server(name, directory)
            figures.time(label, begin)
            server = figures.server
            figures.time("first query: " + label, lambda: figures.ask("SHOW FIELD KEYS LIMIT 1"))
            figures.seconds[f"memory, {label}: MB"] = server.memory()[0]
        for statement in DELETES[case]:
            figures.time(statement, lambda: figures.ask(statement))
        figures.time("DROP DATABASE", lambda: figures.ask("DROP DATABASE bench"))
        figures.time("stop", lambda: restart(server, signal.SIGTERM))
        return figures
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()
        shutil.rmtree(directory)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", choices=list(SIZES), action="append")
    parser.add_argument("--size", type=int, help="of the case, in place of its own")
    parser.add_argument("--only", choices=["influxd", "embedded"])
    options = parser.parse_args()
    names = [options.only] if options.only else ["influxd", "embedded"]
    for case in options.case or SIZES:
        size = options.size or SIZES[case]
        results = {name: measure(name, case, size) for name in names}
        print(f"\n{case}: {size:,}".ljust(70) + "".join(f"{n:>14}" for n in names))
        for label in results[names[0]].seconds:
            rows = {r.rows.get(label) for r in results.values()}
            print(f"{label:69}" + "".join(f"{results[n].seconds[label]:14,.3f}" for n in names) + ("" if len(rows) == 1 else f"  rows differ: {rows}"))


if __name__ == "__main__":
    main()
