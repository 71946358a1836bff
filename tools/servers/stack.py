"""The servers of one folder: up, down, status, and faults on purpose."""

import contextlib
import signal
import subprocess
import time
from pathlib import Path

from . import cache, process, progress
from .airflow import Airflow
from .kafka import Kafka
from .minio import MinIO, StandIn
from .postgres import Postgres
from .progress import Failed
from .redis import Redis
from .spark import Spark
from .state import State

# In the order they are started: the slowest first, so that the others start meanwhile.
SERVERS = {server.name: server for server in (Airflow, Spark, Kafka, Postgres, MinIO, Redis)}


def by_default():
    """Names of those that are meant where none is named."""
    return [name for name, server in SERVERS.items() if server.by_default]


def install(kinds):
    """Brings what servers of the given classes need; quick when all is there."""
    missing = [kind for kind in kinds if not kind.installed()]
    for purpose in sorted({kind.purpose for kind in missing}):
        if subprocess.run([cache.TOOLS / "dependencies", purpose], stdin=subprocess.DEVNULL,
                          check=False).returncode != 0:
            raise Failed(f"tools/dependencies {purpose} failed, see above")
    for kind in missing:
        kind.install()


class Stack:
    """All methods but status() expect the lock, see locked()."""

    def __init__(self, folder):
        self.folder = Path(folder).absolute()
        self.state = State(self.folder)

    @contextlib.contextmanager
    def locked(self):
        """Makes the folder when it is new; what is known is what its last user left."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)  # PostgreSQL's user walks through, names stay hidden
        with cache.locked(self.folder / "stack.lock", f"another tools/stack on {self.folder}"):
            self.state = State(self.folder)
            yield

    def kind(self, name):
        stands_in = self.state.record(name)["settings"].get("stand_in", False)
        return StandIn if stands_in else SERVERS[name]

    def server(self, name):
        return self.kind(name)(self.folder, self.state.record(name))

    def let_stand_in(self):
        """From now on, for as long as MinIO is not built."""
        if not MinIO.installed():
            progress.say("minio is not built on this machine: moto stands in for it, which proves less")
            self.state.record(MinIO.name)["settings"]["stand_in"] = True

    def started(self):
        """Names of the servers that were ever started here, in the order of SERVERS."""
        return [name for name in SERVERS if name in self.state.servers]

    def runs(self, name):
        record = self.state.servers.get(name)
        return record is not None and process.alive(record["pid"], record["identity"])

    # --- starting ---

    def up(self, names, default_ports=False):
        """Starts those of `names` that do not run and waits until all answer. Returns what it
        started. On failure, what was started meanwhile goes on."""
        fresh = [name for name in SERVERS if name in names and not self.runs(name)]
        if default_ports:
            self.check_running_ports([name for name in names if name not in fresh])
        for name in fresh:
            self.launch(self.server(name), default_ports)
        for name in [name for name in SERVERS if name in names]:
            self.wait_until_it_answers(self.server(name), name in fresh)
        return fresh

    def check_running_ports(self, names):
        for name in names:
            if self.state.record(name)["ports"] != SERVERS[name].default_ports:
                raise Failed(f"{name} runs on port {self.server(name).port}: tools/stack down {name} "
                             "first, to have it on the port operators know")

    def choose_ports(self, server, default_ports):
        ports = server.record["ports"]
        if default_ports:
            ports.update(server.default_ports)
        for use in server.default_ports:
            if use not in ports:
                ports[use] = process.free_port(self.state.ports())
        for port in ports.values():
            if not process.port_is_free(port):
                raise Failed(f"{server.name}: something else listens on 127.0.0.1:{port}: end it, or "
                             "go without --default-ports in another folder (--dir)")

    def launch(self, server, default_ports):
        server.folder.mkdir(mode=0o711, exist_ok=True)
        server.folder.chmod(0o711)
        server.take_settings()
        self.choose_ports(server, default_ports)
        self.state.save()  # ports and passwords are kept whatever happens next
        process.wait_until_gone(server.record["pid"], server.record["identity"], 10)
        if server.tls:
            server.certificates.make()
        server.prepare()
        pid, identity = process.spawn(server.command(), server.log, server.whole_environment())
        server.record.update(pid=pid, identity=identity, wanted=True)
        self.state.save()

    def wait_until_it_answers(self, server, fresh):
        begin, reason = time.monotonic(), ""
        deadline = begin + server.start_timeout_s
        while True:
            try:
                if server.answers():
                    break
            except (OSError, subprocess.TimeoutExpired) as error:
                reason = f" ({error})"
            if not self.runs(server.name):
                raise Failed(f"{server.name} ended while it started; the end of {server.log}:\n"
                             f"{progress.last_lines(server.log, 20)}")
            if time.monotonic() > deadline:
                raise Failed(f"{server.name} does not answer after {server.start_timeout_s} s"
                             f"{reason}; its log is {server.log}")
            time.sleep(0.05)
        if fresh:
            server.complete()
            self.state.save()

    # --- ending ---

    def down(self, names):
        """Ends the named servers in order, keeps their data. Names of those that had run."""
        ended = []
        running = [name for name in names if self.runs(name)]
        for name in running:  # all hear it first: they end side by side
            server = self.server(name)
            process.signal_tree(server.record["pid"], signal.SIGCONT)
            process.send(server.record["pid"], server.stop_signal)
        for name in [name for name in SERVERS if name in names and name in self.state.servers]:
            server = self.server(name)
            if name in running:
                gently = process.wait_or_kill(server.record["pid"], server.record["identity"],
                                              server.stop_timeout_s)
                ended.append(name)
                if gently:
                    server.ended()
                else:
                    progress.say(f"{name} did not end within {server.stop_timeout_s} s: killed")
            server.record.update(pid=0, identity=None, wanted=False)
        self.state.save()
        return ended

    # --- faults ---

    def must_run(self, name):
        if not self.runs(name):
            raise Failed(f"{name} does not run in {self.folder}")
        return self.state.record(name)

    def kill(self, name):
        """As a crash: SIGKILL, and it stays wanted."""
        record = self.must_run(name)
        process.kill(record["pid"], record["identity"])

    def pause(self, name):
        process.pause(self.must_run(name)["pid"])

    def resume(self, name):
        process.signal_tree(self.must_run(name)["pid"], signal.SIGCONT)

    # --- looking ---

    def status(self):
        """Rows (name, state, address, pid, KiB); state is running, paused, down or stopped."""
        rows = []
        for name in self.started():
            server, pid = self.server(name), self.state.record(name)["pid"]
            if self.runs(name):
                state = "paused" if process.paused(pid) else "running"
                rows.append((name, state, server.address(), pid, process.memory_kib(pid)))
            else:
                state = "down" if server.record["wanted"] else "stopped"
                rows.append((name, state, server.address(), None, None))
        return rows

    def variables(self, names):
        found = {"STACK_DIR": str(self.folder)}
        for name in names:
            found.update(self.server(name).variables())
        return found
