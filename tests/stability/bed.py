"""The program on its four servers, each behind a proxy, and what can be done to them."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "scenario"), str(HERE.parent.parent / "tools")]
from platform_stage import PlatformStage  # noqa: E402
from program import Program  # noqa: E402
from proxy import Proxies  # noqa: E402
from servers import process  # noqa: E402
from servers.stack import Stack  # noqa: E402

NAMES = ("kafka", "postgres", "minio", "redis")
URLS = {"kafka": "STACK_KAFKA_URL", "postgres": "STACK_POSTGRES_URL", "minio": "STACK_S3_URL",
        "redis": "STACK_REDIS_URL"}
DISK_MIB = {"kafka": 192, "postgres": 640, "minio": 128}  # Redis keeps nothing on a disk
TIER_SHARE = "0.01"  # as it comes; scenarios turn it off
LISTENING_STATE = "0A"


class Disk:
    """A small file system of its own for a server's folder; mounting one needs root."""

    def __init__(self, path, mib):
        self.path = Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self.mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", path],
                                      capture_output=True, check=False).returncode == 0

    def unmount(self):
        if self.mounted:
            subprocess.run(["umount", self.path], check=True)


def ballast(folder):
    return Path(folder) / "ballast"


def fill(folder):
    """Takes all the room there is on the file system of `folder`."""
    with open(ballast(folder), "ab", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size):
                    pass


class Bed:
    """`stack_folder` is that of a running stack whose Kafka advertises the port `kafka_port`."""

    def __init__(self, program, scratch, dataset, kafka_port, search="exact"):
        self.stack = Stack(os.environ["STACK_DIR"])
        self.proxies = Proxies()
        environment = dict(os.environ)
        taken = {kafka_port}
        for name in NAMES:
            port = kafka_port if name == "kafka" else process.free_port(taken)
            taken.add(port)
            there = self.stack.server(name).port
            self.proxies.open(name, port, there)
            environment[URLS[name]] = environment[URLS[name]].replace(f":{there}", f":{port}")
        self.program = Program(program, {"MARQUEE_SERVING__TIER_SHARE": TIER_SHARE})
        self.stage = PlatformStage(self.program, scratch, dataset, environment, search)
        self.server = None

    def start(self):
        self.stage.prepare()
        self.server = self.program.serve(self.stage.base)
        self.client = self.server.client
        self.client.timeout_s = 5
        return self.server

    def close(self):
        if self.server is not None and self.server.alive():
            self.server.end(signal.SIGKILL)  # it may hang, and that is why we are here
        self.proxies.close()

    # --- the servers -------------------------------------------------------------------------------

    def can_be_full(self, name):
        return name == "redis" or os.path.ismount(self.stack.server(name).folder)

    def fill(self, name):
        if name == "redis":
            self._redis("CONFIG SET maxmemory-policy noeviction", "CONFIG SET maxmemory 1")
        else:
            fill(self.stack.server(name).folder)

    def empty(self, name):
        if name == "redis":
            self._redis("CONFIG SET maxmemory 67108864", "CONFIG SET maxmemory-policy allkeys-lru")
        else:
            ballast(self.stack.server(name).folder).unlink(missing_ok=True)

    def _redis(self, *commands):
        url = urlsplit(os.environ["STACK_REDIS_URL"])
        done = subprocess.run(["redis-cli", "-h", url.hostname, "-p", str(url.port), "--no-auth-warning"],
                              input="".join(command + "\n" for command in commands), text=True,
                              env={**os.environ, "REDISCLI_AUTH": url.password}, timeout=10,
                              capture_output=True, check=True)
        assert done.stdout.split() == ["OK"] * len(commands), done.stdout

    def up(self, names):
        """Those of them that do not run are started, as is and with their data."""
        with self.stack.locked():
            self.stack.up(names)

    def kill(self, name):
        with self.stack.locked():
            self.stack.kill(name)

    def pause(self, name):
        with self.stack.locked():
            self.stack.pause(name)

    def resume(self, name):
        with self.stack.locked():
            self.stack.resume(name)

    # --- the program -------------------------------------------------------------------------------

    def threads(self):
        text = Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(re.search(r"^Threads:\s+(\d+)$", text, re.MULTILINE)[1])

    def descriptors(self):
        """How many are open but for clients' connections, which are ours to open and close."""
        clients = self._client_sockets()
        count = 0
        for file in Path(f"/proc/{self.server.process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                count += os.readlink(file) not in clients
        return count

    def _client_sockets(self):
        found, own = set(), f":{urlsplit(self.server.address).port:04X}"
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(own) and fields[3] != LISTENING_STATE:
                found.add(f"socket:[{fields[9]}]")
        return found

    def why_not_well(self):
        """None once everything is as before a fault, else what is not."""
        health = self.client.get("/api/health").json()
        ill = {name: d["detail"] for name, d in health["dependencies"].items() if d["status"] != "ok"}
        if health["status"] != "ok":
            return f"/api/health: {ill}"
        for viewer in ("1", "2", "3"):
            path = f"/api/recommendations?user_id={viewer}"
            sources = [self.client.get(path).json()["source"] for _ in range(2)]
            if sources[1] != "redis_cache":
                return f"lists of viewer {viewer}: {sources}"
        return None

    def recover(self, bound_s):
        """Waits until all is well. (seconds it took, None or what is not well)"""
        begin = time.monotonic()
        while True:
            try:
                why = self.why_not_well()
            except OSError as error:
                why = str(error)
            if why is None or time.monotonic() - begin > bound_s:
                return time.monotonic() - begin, why
            time.sleep(0.1)
