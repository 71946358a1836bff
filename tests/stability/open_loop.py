"""Open-loop load on a running program from a process of its own: lists are asked for and events sent at
fixed rates whatever the answers do, and a request's time counts from when it was due. Health, readiness
and metrics are looked at beside. What was seen is kept by phase; the parent names the phases."""

import asyncio
import collections
import contextlib
import gc
import json
import multiprocessing
import os
import random
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from client import uuid7

REQUEST_TIMEOUT_S = 20
IDLE_S = 2  # after which a connection of ours is closed
PROBES = ("/api/health", "/metrics", "/health/ready", "/health/live")
PROBE_EVERY_S = 0.25
VIEWERS_AT_A_TIME, EVENTS_A_VIEWER = 20, 20


@dataclass
class Plan:
    address: str
    known_viewers: list  # of the model in service
    films: list
    lists_per_s: float = 200
    events_per_s: float = 20
    seed: int = 1


@dataclass
class Phase:
    """What was asked for in one phase, and what came."""

    times_s: list = field(default_factory=list)  # of lists
    tiers: collections.Counter = field(default_factory=collections.Counter)
    events: collections.Counter = field(default_factory=collections.Counter)  # acknowledged, refused
    event_times_s: list = field(default_factory=list)
    probe_times_s: dict = field(default_factory=lambda: collections.defaultdict(list))
    named: set = field(default_factory=set)  # dependencies that /api/health called ill
    wrong: list = field(default_factory=list)  # answers that break a promise
    wrong_count: int = 0

    def complain(self, text):
        self.wrong_count += 1
        if len(self.wrong) < 5:
            self.wrong.append(text[:400])


def percentile(values, share):
    """The least value that `share` of them do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0


class Connections:
    """Kept open between requests, as many as are under way at a time."""

    def __init__(self, address):
        url = urlsplit(address)
        self.host, self.port, self.idle = url.hostname, url.port, []

    async def request(self, method, path, body=b""):
        """(status, headers, body)"""
        reader, writer = await self.take()
        try:
            head = f"{method} {path} HTTP/1.1\r\nHost: {self.host}\r\n"
            if body:
                head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            writer.write(head.encode() + b"\r\n" + body)
            lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            content = await reader.readexactly(int(headers["content-length"]))
        except BaseException:
            writer.close()
            raise
        if headers.get("connection") == "close":
            writer.close()
        else:
            self.idle.append((time.monotonic(), reader, writer))
        return int(lines[0].split()[1]), headers, content

    async def take(self):
        now = time.monotonic()
        while self.idle and now - self.idle[0][0] > IDLE_S:
            self.idle.pop(0)[2].close()
        while self.idle:
            _, reader, writer = self.idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self.host, self.port)


class Generator:
    """In the process of its own."""

    def __init__(self, plan):
        self.plan, self.random = plan, random.Random(plan.seed)
        self.connections = Connections(plan.address)
        self.phases = {"": Phase()}
        self.phase = self.phases[""]
        self.sent = {}  # event id -> [viewer, film, whether it was acknowledged]
        self.tasks = set()
        self.stopping = False

    # --- lists -------------------------------------------------------------------------------------

    def viewer(self):
        chance = self.random.random()
        if chance < 0.7:
            return self.random.choice(self.plan.known_viewers)
        if chance < 0.9:
            return self.event_viewer(max(0, len(self.sent) - 1 - self.random.randrange(20)))
        return f"nobody-{self.random.randrange(10**9)}"

    @staticmethod
    def event_viewer(number):
        turn = number // (VIEWERS_AT_A_TIME * EVENTS_A_VIEWER)
        return f"stability-{turn}-{number % VIEWERS_AT_A_TIME}"

    async def ask(self, phase, due):
        viewer = self.viewer()
        status, _, body = await self.connections.request("GET", f"/api/recommendations?user_id={viewer}")
        phase.times_s.append(time.monotonic() - due)
        if status != 200:
            return phase.complain(f"list of {viewer}: {status} {body[:200]!r}")
        answer = json.loads(body)
        phase.tiers[answer["source"]] += 1
        if not answer["recommendations"]:
            phase.complain(f"the list of {viewer} is empty")
        return None

    # --- events ------------------------------------------------------------------------------------

    async def send(self, phase, due):
        event_id, viewer = uuid7(), self.event_viewer(len(self.sent))
        film = self.random.choice(self.plan.films)
        self.sent[event_id] = [viewer, film, False]
        await self.send_event(phase, due, event_id)

    async def send_event(self, phase, due, event_id):
        viewer, film, _ = self.sent[event_id]
        body = {"user_id": viewer, "movie_id": film, "event_type": "click", "event_id": event_id}
        status, headers, content = await self.connections.request("POST", "/api/events",
                                                                  json.dumps(body).encode())
        phase.event_times_s.append(time.monotonic() - due)
        if status in (200, 202):
            self.sent[event_id][2] = True
            phase.events["acknowledged"] += 1
        elif status == 503:
            phase.events["refused"] += 1
            if "retry-after" not in headers:
                phase.complain(f"503 to an event without Retry-After: {content[:200]!r}")
            if headers.get("content-type") != "application/problem+json":
                phase.complain(f"503 to an event is no problem document: {content[:200]!r}")
        else:
            phase.complain(f"event: {status} {content[:200]!r}")

    # --- health ------------------------------------------------------------------------------------

    async def probe(self, phase, path):
        begin = time.monotonic()
        status, _, body = await self.connections.request("GET", path)
        phase.probe_times_s[path].append(time.monotonic() - begin)
        if status != 200:
            phase.complain(f"{path}: {status} {body[:300]!r}")
        elif path == "/api/health":
            phase.named |= {name for name, dependency in json.loads(body)["dependencies"].items()
                            if dependency["status"] != "ok"}

    # --- when --------------------------------------------------------------------------------------

    async def steadily(self, per_s, what, *arguments):
        """Starts `what` per_s times a second, late ones at once."""
        due = time.monotonic()
        while not self.stopping:
            due += 1 / per_s
            await asyncio.sleep(max(0, due - time.monotonic()))
            task = asyncio.ensure_future(self.guarded(what, due, *arguments))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def guarded(self, what, due, *arguments):
        phase = self.phase
        try:
            await asyncio.wait_for(what(phase, due, *arguments), REQUEST_TIMEOUT_S)
        except (OSError, EOFError, asyncio.TimeoutError) as error:  # no answer is no good answer
            phase.complain(f"{what.__name__}: {type(error).__name__} {error}")

    async def probe_all(self, phase, _due):
        for path in PROBES:
            await self.probe(phase, path)

    async def resend(self):
        """Sends what was not acknowledged again, under the same ids; how many still are not."""
        refused = [event_id for event_id, (_, _, acknowledged) in self.sent.items() if not acknowledged]
        for event_id in refused:
            with contextlib.suppress(OSError, EOFError):
                await self.send_event(self.phase, time.monotonic(), event_id)
        return sum(not acknowledged for _, _, acknowledged in self.sent.values())

    async def settle(self):
        self.stopping = True
        while self.tasks:
            await asyncio.wait(self.tasks)

    async def obey(self, commands):
        loads = [asyncio.ensure_future(self.steadily(*load)) for load in (
            (self.plan.lists_per_s, self.ask), (self.plan.events_per_s, self.send),
            (1 / PROBE_EVERY_S, self.probe_all))]
        while True:
            while not commands.poll():
                await asyncio.sleep(0.02)
            try:
                verb, argument = commands.recv()
            except EOFError:
                os._exit(0)
            answer = None
            if verb == "phase":
                self.phase = self.phases[argument] = Phase()
            elif verb == "take":
                answer = self.phases.pop(argument)
            elif verb == "stop":
                await self.settle()
                await asyncio.gather(*loads)
            elif verb == "resend":
                answer = await self.resend()
            else:
                answer = self.sent
            commands.send(answer)


def _generate(plan, commands):
    gc.disable()  # its pauses would count as the program's
    asyncio.run(Generator(plan).obey(commands))


class Load:
    """The generator, seen from the harness."""

    def __init__(self, plan):
        self.plan = plan
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self._run, args=(plan, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def _run(self, plan, commands):
        self.pipe.close()
        _generate(plan, commands)

    def _ask(self, verb, argument=None):
        self.pipe.send((verb, argument))
        return self.pipe.recv()

    def begin(self, phase):
        self._ask("phase", phase)

    def take(self, phase):
        """What is known of a phase; what is still under way of it is not seen any more."""
        return self._ask("take", phase)

    def stop(self):
        """No more load; returns when all is answered."""
        self._ask("stop")

    def resend(self):
        return self._ask("resend")

    def sent(self):
        return self._ask("sent")

    def close(self):
        self.pipe.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
