"""Several processes of the program that share one set of services, each with a data directory of its own
(docs/operating.md, "The platform profile")."""

import collections
import contextlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from servers import postgres  # noqa: E402

SESSION_S = 6  # the least that brokers take: a member that is silent for so long is replaced
ASSIGNED = re.compile(r"this member has the partitions \[([0-9, ]*)\]")


def until(what, condition, seconds=60):
    """Waits for an answer that is true, and returns it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.05)
    return found


class Kafka:
    """A broker of our own, which may be killed without anybody else's harm."""

    def __init__(self, folder):
        self.folder = folder
        self._stack("up")
        self.url = re.search(r"STACK_KAFKA_URL=(\S+)", self._stack("env"))[1]

    def _stack(self, verb):
        done = subprocess.run([ROOT / "tools/stack", verb, "kafka", "--dir", self.folder], check=False,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"tools/stack {verb} kafka: {done.stdout}{done.stderr}"
        return done.stdout

    def kill(self):
        self._stack("kill")

    def start(self):
        self._stack("start")

    def end(self):
        self._stack("down")


class Fleet:
    """start("api1"), start("speed2"), start("scheduler"): a process's role is its name without a number.
    Those that live at the end of the `with` are killed."""

    def __init__(self, stage, kafka_url=None):
        self.stage, self.origin, self.running = stage, stage.copy(), {}
        self.partitions = 4
        settings = (self.origin / "marquee.toml").read_text()
        events, self.broker, self.topic = re.search(r'events = "((kafka://[^/]+)/(\w+)[^"]*)"',
                                                    settings).groups()
        self.state = re.search(r'state = "(\S+)"', settings)[1]
        self.broker = kafka_url or self.broker
        self.group = self.topic  # of its own: members of one group share one topic
        # A busy machine may let a statement wait for long.
        self.settings = settings.replace(events, self._events()).replace(
            self.state, self.state + "?write_timeout_ms=30000")

    def _events(self):
        return (f"{self.broker}/{self.topic}?partitions={self.partitions}&group={self.group}"
                f"&session_timeout_ms={SESSION_S}000")

    def use_topic_of(self, other):
        """Before any start."""
        before, self.topic = self._events(), other.topic
        self.settings = self.settings.replace(before, self._events())

    def directory(self, name):
        directory = self.origin.with_name(f"{self.origin.name}-{name}")
        if not directory.exists():
            directory.mkdir()
            settings = directory / "marquee.toml"
            settings.touch(0o600)
            settings.write_text(self.settings)
        return directory

    def start(self, name, *arguments):
        server = self.stage.program.serve(self.directory(name), "--roles", name.rstrip("0123456789"), *arguments)
        self.running[name] = server
        return server

    def start_all(self, *names):
        for name in names:
            self.start(name)
        until("every partition has one who folds it", self.is_shared_out)

    def is_shared_out(self):
        """Whether each speed process knows its share and together they have each partition once."""
        shares = [self.share(name) for name in self.running if name.startswith("speed")]
        return None not in shares and sorted(sum(shares, [])) == list(range(self.partitions))

    def share(self, name):
        """The partitions that the group gave the process last; None before the first time."""
        said = ASSIGNED.findall(self.running[name].stderr)
        return None if not said else [int(each) for each in said[-1].split(",") if each.strip()]

    def kill(self, name):
        server = self.running.pop(name)
        server.process.kill()
        return server.wait()

    def end_all(self):
        for name in list(self.running):
            server = self.running.pop(name)
            assert server.end() == 0, f"{name}: {server.stderr[-2000:]}"

    def audit(self, name):
        """Also one that does not hold; none while the log does not answer."""
        done = self.stage.program.run("audit", "--json", "--data", self.directory(name))
        assert done.returncode in (0, 1), f"audit of {name}: {done.returncode} {done.stderr}"
        return json.loads(done.stdout) if done.stdout else None

    def settled(self, name):
        """The audit, once the brokers answer and everything that was accepted is folded."""
        health = self.running[name].client.get
        until("the log is well",
              lambda: health("/api/health").json()["dependencies"]["events"]["status"] == "ok", 120)
        audit = until("everything accepted is folded",
                      lambda: (audit := self.audit(name)) and audit["pending"] == 0 and audit, 120)
        assert audit["holds"], audit
        return audit

    def check_books(self, names):
        """The sum holds wherever one asks, and a fold from zero agrees with the stored state."""
        audits = {name: until(f"an audit of {name}", lambda: self.audit(name)) for name in names}
        assert all(audit["holds"] for audit in audits.values()), audits
        durable = ("accepted", "applied", "deduplicated", "dead_lettered", "pending")
        assert len({tuple(audit[each] for each in durable) for audit in audits.values()}) == 1, audits
        self.stage.program.must("rebuild", "--verify", "--data", self.directory(names[0]))

    def film_counts(self):
        """{film: viewers counted}, over all days, as the database has it."""
        done = subprocess.run(
            [str(postgres.binaries() / "psql"), "-X", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-d", self.state,
             "-c", "SELECT movie_id, sum(count) FROM movie_counts GROUP BY movie_id"],
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stderr
        rows = (line.split("\t") for line in done.stdout.splitlines())
        return collections.Counter({film: int(count) for film, count in rows})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for server in self.running.values():
            with contextlib.suppress(Exception):
                server.process.kill()
                server.wait()
