"""Measures Marquee, the rival and constant answers in turns on the servers of `tools/stack exec`;
see run."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(ROOT / "tests/scenario"), str(ROOT / "tools")]
from platform_stage import PlatformStage  # noqa: E402
from program import Program, Stage  # noqa: E402

MODES = {"lists": "lists, which L1 has", "events": "events, acknowledged",
         "click_to_list": "an event, then that viewer's list",
         "browsing": "browsing: an event, then seven lists of that viewer"}
CONNECTIONS, WORKERS = 64, os.cpu_count()
CPU_TO_CONSTANT_MAX = {"lists": 1.3}  # design, section 8: L1 has it
WARM_UP_S = 8  # of each mode and side: a broker that has just started spends most of its CPU compiling
TICKS = os.sysconf("SC_CLK_TCK")


def children(pid):
    found = [pid]
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += children(int(child))
    except (FileNotFoundError, ProcessLookupError):  # PostgreSQL's workers come and go
        pass
    return found


class Processes:
    """What some processes and their children used."""

    def __init__(self, *pids):
        self.pids = [one for pid in pids for one in children(pid)]

    def cpu_s(self):
        ticks = 0
        for pid in self.pids:
            try:
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            ticks += sum(map(int, fields[11:15]))  # with the children that have ended
        return ticks / TICKS

    def memory_mib(self):
        kib = 0
        for pid in self.pids:
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kib += int(line.split()[1])
        return kib / 1024


class Servers:
    """What Kafka, PostgreSQL and Redis used, whoever asked them."""

    NAMES = ("kafka", "postgres", "redis")

    def __init__(self):
        known = json.loads((Path(os.environ["STACK_DIR"]) / "stack.json").read_text())["servers"]
        self.pids = {name: known[name]["pid"] for name in self.NAMES}

    def cpu_s(self):
        # Looked up each time: PostgreSQL has a process for each connection.
        return {name: Processes(pid).cpu_s() for name, pid in self.pids.items()}


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Rival:
    name = "FastAPI"

    def __init__(self, stage, environment, scratch):
        there = stage.environment
        self.port = free_port()
        postgres = there["STACK_POSTGRES_URL"].rpartition("/")[0] + "/rival"
        stage._sql("CREATE DATABASE rival;")
        self.variables = {
            **os.environ, "RIVAL_POSTGRES": postgres.replace("postgres://", "postgresql://"),
            "RIVAL_REDIS": there["STACK_REDIS_URL"].rpartition("/")[0] + "/15",
            "RIVAL_KAFKA": urllib.parse.urlsplit(there["STACK_KAFKA_URL"]).netloc,
            "RIVAL_TOPIC": "rival-events", "PYTHONPATH": str(HERE / "seed_stack")}
        self.python, self.scratch = environment / "bin", scratch
        self.started = []

    def load(self, files):
        subprocess.run([self.python / "python", HERE / "seed_stack/load.py", *files], check=True,
                       env=self.variables, stdout=sys.stderr)

    def start(self):
        log = open(self.scratch / "rival.log", "w")
        consumer = subprocess.Popen([self.python / "python", HERE / "seed_stack/consumer.py"],
                                    env=self.variables, stdout=subprocess.PIPE, stderr=log, text=True)
        api = subprocess.Popen(
            [self.python / "uvicorn", "api:app", "--host", "127.0.0.1", "--port", str(self.port),
             "--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools", "--no-access-log",
             "--log-level", "warning"], env=self.variables, stderr=log, stdout=log)
        self.started = [api, consumer]
        for _ in range(300):
            time.sleep(0.1)
            try:
                import urllib.request
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/openapi.json", timeout=1).read()
                break
            except OSError:
                assert api.poll() is None, (self.scratch / "rival.log").read_text()
        assert consumer.stdout.readline() == "ready\n", (self.scratch / "rival.log").read_text()
        return Processes(api.pid, consumer.pid)

    def end(self):
        for process in self.started:
            process.terminate()
        for process in self.started:
            process.wait(30)


class Marquee:
    def __init__(self, name, stage):
        self.name, self.stage, self.server = name, stage, None

    def start(self):
        self.server = self.stage.program.serve(self.stage.base)
        self.port = urllib.parse.urlsplit(self.server.address).port
        return Processes(self.server.process.pid)

    def end(self):
        if self.server is not None:
            self.server.end()


class ConstantAnswers:
    """What is left to any server beside this client on these CPUs (beast_static.cpp)."""

    name = "constant answers"

    def __init__(self):
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            [ROOT / "build/release/bin/marquee_bench_rivals_beast_static", "0", str(WORKERS)],
            stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        return Processes(self.process.pid)

    def end(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


def ask(port, mode, seconds, users, films, seed):
    done = subprocess.run([ROOT / "build/release/bin/marquee_bench_rivals", str(port), mode,
                           str(CONNECTIONS), str(seconds), users, films, str(seed)],
                          check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def model_files(stage, scratch):
    """The model in service, as files."""
    names = [key for key in stage.bucket.list(stage._name(0) + "/")
             if key.endswith(".parquet")]
    files = []
    for wanted in ("/item_factors.parquet", "/batch-recs-history/"):
        key = max(name for name in names if wanted in name)
        files.append(scratch / wanted.strip("/"))
        files[-1].write_bytes(stage.bucket.request("GET", f"/{stage.bucket.name}/{key}"))
    return files


def ids(python, file, column, target):
    code = (f"import pyarrow.parquet as p; print('\\n'.join(sorted(set("
            f"p.read_table({str(file)!r}, columns=[{column!r}])[{column!r}].to_pylist()))))")
    target.write_text(subprocess.run([python / "python", "-c", code], check=True,
                                     capture_output=True, text=True).stdout)
    return target


def measure(sides, users, films, seconds, rounds):
    try:
        used = {side.name: side.start() for side in sides}
        for number, mode in enumerate(("events", "click_to_list", "browsing", "lists")):  # the last fills the caches
            for side in sides:
                ask(side.port, mode, WARM_UP_S, users, films, number)
        results = {(side.name, mode): [] for side in sides for mode in MODES}
        for number in range(rounds):
            for mode in MODES:
                for side in sides:
                    results[side.name, mode].append(
                        ask_and_count(side, used[side.name], mode, seconds, users, films, 10 + number))
        return results, {side.name: used[side.name].memory_mib() for side in sides}
    finally:
        for side in sides:
            side.end()


def rest(used):
    """Until what was acknowledged is folded and logged: it costs this side, and not the next one."""
    for _ in range(80):
        before = used.cpu_s()
        time.sleep(0.25)
        if used.cpu_s() - before <= 0.02:
            return


def ask_and_count(side, used, mode, seconds, users, films, seed):
    servers = Servers()
    before, theirs = used.cpu_s(), servers.cpu_s()
    result = ask(side.port, mode, seconds, users, films, seed)
    rest(used)
    result["rate"] = result["requests"] / result["seconds"]
    result["cpu_us"] = 1e6 * (used.cpu_s() - before) / result["requests"]
    for name, cpu_s in servers.cpu_s().items():
        result[name] = 1e6 * (cpu_s - theirs[name]) / result["requests"]
    return result


def ratio(key, ours, theirs):
    values = [a[key] / b[key] for a, b in zip(ours, theirs)]
    return f"{statistics.median(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def compare(mode, sides, results):
    *marquees, rival, constant = sides
    theirs, least = results[rival.name, mode], results[constant.name, mode]
    for side in marquees:
        ours = results[side.name, mode]
        print(f"    {side.name} to {rival.name}: requests/s {ratio('rate', ours, theirs)}, "
              f"p99 {ratio('p99_ms', ours, theirs)}, "
              f"requests a CPU second {ratio('cpu_us', theirs, ours)}")
    for side in marquees:
        ours, at_most = results[side.name, mode], CPU_TO_CONSTANT_MAX.get(mode)
        print(f"    {side.name} to {constant.name}: requests/s {ratio('rate', ours, least)}, "
              f"CPU a request {ratio('cpu_us', ours, least)}"
              + (f", wanted at most {at_most}" if at_most else ""))
    print(f"    {constant.name} to {rival.name}, the most that a server reaches here: "
          f"requests/s {ratio('rate', least, theirs)}")


def report(sides, results, memory):
    print(f"{'':<18} {'requests/s':>12} {'p50 ms':>8} {'p99 ms':>8} {'CPU us':>8} "
          + " ".join(f"{name:>8}" for name in Servers.NAMES) + f" {'failed':>7}")
    for mode, words in MODES.items():
        print(words)
        for side in sides:
            rounds = results[side.name, mode]
            middle = {key: statistics.median(r[key] for r in rounds)
                      for key in ("rate", "p50_ms", "p99_ms", "cpu_us", *Servers.NAMES)}
            failed = sum(r["failed"] for r in rounds)
            print(f"  {side.name:<16} {middle['rate']:>12.0f} {middle['p50_ms']:>8.2f} "
                  f"{middle['p99_ms']:>8.2f} {middle['cpu_us']:>8.0f} "
                  + " ".join(f"{middle[name]:>8.0f}" for name in Servers.NAMES) + f" {failed:>7}")
        compare(mode, sides, results)
    print("memory (PSS): " + ", ".join(f"{name} {mib:.0f} MiB" for name, mib in memory.items()))
    print("wanted (design, section 8): embedded 20 times its requests/s, on the same servers 10 times, "
          "and a fifth of its p99; lists that L1 has: at most "
          f"{CPU_TO_CONSTANT_MAX['lists']} times the CPU of constant answers")


def main():
    environment = Path(sys.argv[1]).resolve()
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 4
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    scratch = Path(tempfile.mkdtemp(prefix="marquee-rivals-"))
    try:
        stage = PlatformStage(Program(ROOT / "build/release/bin/marquee"), scratch,
                              os.environ.get("MARQUEE_DATASET") or "synthetic")
        stage.prepare()
        rival = Rival(stage, environment, scratch)
        files = model_files(stage, scratch)
        rival.load(files)
        users = ids(environment / "bin", files[1], "user_id", scratch / "users")
        films = ids(environment / "bin", files[0], "movie_id", scratch / "films")
        print(f"{CONNECTIONS} connections, closed loop, {seconds} s and {rounds} rounds in turns; "
              f"{WORKERS} CPUs, load average {os.getloadavg()[0]:.1f}; medians, ratios round by round "
              "(least-most)")
        alone = Stage(Program(ROOT / "build/release/bin/marquee"), scratch / "alone", stage.dataset)
        alone.scratch.mkdir()
        alone.prepare()
        sides = [Marquee("on a directory", alone), Marquee("on servers", stage), rival,
                 ConstantAnswers()]
        report(sides, *measure(sides, users, films, seconds, rounds))
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
