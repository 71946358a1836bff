"""The real program: its commands, and servers that are started and ended by process id."""

import json
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from client import Client

READY = re.compile(r"^marquee ready on (https?://\S+)$")


class Program:
    """Runs commands of one marquee binary."""

    def __init__(self, path, environment=None, on_kafka=False):
        self.path, self.on_kafka = Path(path), on_kafka
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("MARQUEE_")}
        self.environment["MARQUEE_CANARY__INTERVAL_S"] = "0"  # scenarios count events
        self.environment["MARQUEE_SERVING__TIER_SHARE"] = "0"  # and say which tier answers
        # Nor does a night begin between the steps of one that runs across 02:00.
        self.environment["MARQUEE_SCHEDULER__CRON"] = time.strftime("0 %H * * *", time.gmtime(time.time() + 43200))
        self.environment.update(environment or {})

    def run(self, *arguments, timeout_s=300, environment=None):
        """The finished process, with stdout and stderr as text."""
        return subprocess.run([str(self.path), *map(str, arguments)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=timeout_s, check=False,
                              env={**self.environment, **(environment or {})})

    def must(self, *arguments, **options):
        done = self.run(*arguments, **options)
        assert done.returncode == 0, \
            f"marquee {' '.join(map(str, arguments))}: exit code {done.returncode}: {done.stderr}"
        return done.stdout

    def audit(self, data):
        return json.loads(self.must("audit", "--json", "--data", data))

    def serve(self, data, *arguments, **options):
        return Server(self, data, arguments, **options)


class Server:
    """`marquee serve` on a free port; ready when the constructor returns. Ends with the `with`."""

    def __init__(self, program, data, arguments=(), environment=None, ready_timeout_s=60, port=0,
                 user=None):
        self.data = Path(data)
        self.lines, self._ready = [], threading.Event()
        self.process = subprocess.Popen(
            [str(program.path), "serve", "--data", str(data), "--port", str(port), *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True,
            errors="backslashreplace",  # a reader that ends leaves the server with a pipe that is full
            env={**program.environment, **(environment or {})}, user=user, group=user)
        self.address, self.stderr = None, ""
        self._threads = [threading.Thread(target=self._read_stdout, daemon=True),
                         threading.Thread(target=self._read_stderr, daemon=True)]
        for thread in self._threads:
            thread.start()
        if not self._ready.wait(ready_timeout_s) or self.address is None:
            code = self.end(signal.SIGKILL) if self.process.poll() is None else self.wait()
            raise AssertionError(f"the server did not get ready (exit code {code}): {self.stderr}")
        self.client = Client(self.address, self.token(), on_kafka=program.on_kafka)

    def _read_stdout(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if match := READY.match(self.lines[-1]):
                self.address = match[1]
                self._ready.set()
        self._ready.set()

    def _read_stderr(self):
        for line in self.process.stderr:
            self.stderr += line

    def token(self):
        return Path(self.owner()["token_file"]).read_text().strip()

    def owner(self):
        """What DIR/server.json says."""
        return json.loads((self.data / "server.json").read_text())

    def alive(self):
        return self.process.poll() is None

    def wait(self, timeout_s=60):
        code = self.process.wait(timeout_s)
        for thread in self._threads:
            thread.join(10)
        return code

    def end(self, how=signal.SIGTERM, timeout_s=60):
        """Sends `how`, waits, and returns the exit code (negative: the signal that ended it)."""
        if self.alive():
            self.process.send_signal(how)
        return self.wait(timeout_s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.alive():
            self.end(signal.SIGKILL)


class Stage:
    """A directory with data imported and a model in service, copied for whoever changes it. Several
    processes may work on one at once: no two of them get the same number, thus the same path."""

    lane = lanes = None  # which of the processes that work at once this is, and of how many

    def __init__(self, program, scratch, dataset):
        self.program, self.scratch, self.dataset = program, Path(scratch), dataset
        self.base = self.scratch / "base"
        self._count = multiprocessing.Value("i", 0)

    def prepare(self):
        begin = time.monotonic()
        self.program.must("import", "--data", self.base, "--dataset", self.dataset)
        self.program.must("batch", "run", "--data", self.base)
        return time.monotonic() - begin

    def close(self):
        """What it started beside servers of the program ends."""

    def next_number(self):
        """1 or more, another one for each call in any of the processes."""
        with self._count.get_lock():
            self._count.value += 1
            return self._count.value

    def path(self, number):
        return self.scratch / f"data-{number}"

    def empty(self):
        """A path of its own where nothing is yet."""
        return self.path(self.next_number())

    def copy(self):
        target = self.empty()
        shutil.copytree(self.base, target, symlinks=True)
        return target
