"""Clients that keep to the protocol of exactly once, against a server that may die at any moment: each
event keeps its id and is sent again until it is acknowledged, or given up. The ledger is what they
were told."""

import collections
import http.client
import json
import random
import threading
import time
import urllib.parse
from dataclasses import dataclass

from client import uuid7

# With the share each has of what is sent. An undo names an event that was acknowledged before.
TYPES = {"click": 8, "like": 3, "rating": 3, "dislike": 1, "not_interested": 1, "watchlist_add": 1,
         "impression": 2, "undo": 2}
FOLLOWED = "kill-followed"  # a viewer of whom all senders tell something
POSITIVE = {"click", "like", "rating", "watchlist_add"}  # every rating here is a 5


def place(offset):
    """What sorts the offsets of one partition: (7,) of "e:7", (3, 7) of "k:3:7"."""
    return tuple(map(int, offset.split(":")[1:]))


@dataclass
class Sent:
    """One event as one viewer means it; `offset` once a server has acknowledged it."""

    body: dict
    offset: str = None
    accepted: int = 0  # answers that said it was new
    tries: int = 0
    in_order: bool = False  # it was acknowledged at its first try: so it stands first in the log there

    @property
    def key(self):
        return self.body["user_id"], self.body["event_id"]


class Ledger:
    """Everything that was sent and what the servers said. Thread-safe. `wrong` collects every answer
    that breaks the promise of exactly once. On Kafka a repeat is answered as what is new, at a place of
    its own, and the fold decides (docs/operating.md)."""

    def __init__(self, on_kafka=False):
        self.on_kafka = on_kafka
        self.lock = threading.Lock()
        self.events, self.of_offset = {}, {}
        self.by_viewer = collections.defaultdict(list)  # acknowledged, in the order of the answers
        self.recent = collections.deque(maxlen=64)  # answered or not: what somebody may send once more
        self.answers = collections.Counter()
        self.wrong = []

    def add(self, sent):
        with self.lock:
            self.events[sent.key] = sent
            self.recent.append(sent)

    def told(self, sent, status, offset):
        """A server said that the event stands at `offset`, as "accepted" or as "duplicate"."""
        with self.lock:
            self.answers[status] += 1
            if sent.offset is None:
                self.by_viewer[sent.body["user_id"]].append(sent)
                sent.in_order = sent.tries == 1
            elif sent.offset != offset and not self.on_kafka:
                self.wrong.append(f"{sent.key} stood at {sent.offset}, now at {offset}")
            sent.offset = sent.offset or offset
            sent.accepted += status == "accepted"
            if sent.accepted > 1 and not self.on_kafka:
                self.wrong.append(f"{sent.key} was accepted {sent.accepted} times")
            other = self.of_offset.setdefault(offset, sent.key)
            if other != sent.key:
                self.wrong.append(f"offset {offset} was told to {other} and to {sent.key}")

    def conflict(self, answer_status, key):
        want = "accepted" if self.on_kafka else 409
        with self.lock:
            self.answers["conflict"] += 1
            if answer_status != want:
                self.wrong.append(f"another event under the id of {key}: answered {answer_status}, want {want}")

    def tried(self, events):
        with self.lock:
            for sent in events:
                sent.tries += 1

    def complain(self, text):
        with self.lock:
            self.wrong.append(text)

    def acknowledged(self):
        return [sent for sent in self.events.values() if sent.offset is not None]


class Target:
    """Where servers are just now that take events; none between a death and the next start."""

    def __init__(self):
        self.changed = threading.Condition()
        self.running, self.starts, self.ended = {}, 0, False  # {name: (address, which start it is)}

    def up(self, address, name=""):
        with self.changed:
            self.starts += 1
            self.running[name] = address, self.starts
            self.changed.notify_all()

    def down(self, name=""):
        with self.changed:
            self.running.pop(name, None)

    def end(self):
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def wait(self, timeout_s=60):
        """The address of any of them and which start it is of; None when the load has ended."""
        with self.changed:
            self.changed.wait_for(lambda: self.ended or self.running, timeout_s)
            return random.choice(list(self.running.values())) if self.running else None


class Follower(threading.Thread):
    """Follows one viewer over every death of the server and comes back by Last-Event-ID. `heard` are
    the offsets it was told, in order."""

    FROM_THE_FIRST = {"Last-Event-ID": "e:0"}

    def __init__(self, user, ledger, target):
        super().__init__(daemon=True)
        self.user, self.ledger, self.target = user, ledger, target
        self.heard = []
        if ledger.on_kafka:
            self.FROM_THE_FIRST = {}  # which partition the viewer is in is not known yet

    def run(self):
        while not self.target.ended:
            if (at := self.target.wait(1)) is None:
                continue
            try:
                self.follow(urllib.parse.urlsplit(at[0]))
            except (OSError, http.client.HTTPException):
                pass  # the server was killed
            time.sleep(0.01)

    def follow(self, url):
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
        headers = {"Last-Event-ID": self.heard[-1]} if self.heard else self.FROM_THE_FIRST
        connection.request("GET", f"/api/users/{self.user}/stream", headers=headers)
        answer = connection.getresponse()
        fields = {}
        while line := answer.readline().decode():
            name, _, value = line.rstrip("\n").partition(":")
            if name:
                fields[name] = value.strip()
                continue
            if fields.get("event") == "list_changed" and fields["id"]:  # none: no event of the viewer
                self.hear(fields["id"])
            fields = {}

    def hear(self, offset):
        if self.heard and place(offset) <= place(self.heard[-1]):
            self.ledger.complain(f"a follower was told of {offset} after {self.heard[-1]}")
        self.heard.append(offset)


class Sender(threading.Thread):
    """One client with a connection of its own. Sends until `stop` is set, then until all is answered."""

    GIVES_UP = 0.15  # of the requests without an answer: their events may count, once, or not
    VIEWERS = 3  # at a time; a viewer goes after some hundred events, so that histories stay short
    BIG = 300    # a batch of so many keeps the fold busy for a while

    def __init__(self, number, seed, ledger, target, movies):
        super().__init__(daemon=True)
        self.name, self.ledger, self.target, self.movies = f"kill-{number}", ledger, target, movies
        self.rng = random.Random(seed)
        self.connection, self.start_seen = None, 0
        self.stop, self.big_answer = threading.Event(), threading.Event()
        self.made = 0

    def run(self):
        try:
            while not self.stop.is_set():
                self.deliver(self.next_request())
                time.sleep(self.rng.uniform(0, 0.004))
        except Exception as error:  # reported by whoever joins
            self.ledger.complain(f"sender {self.name}: {type(error).__name__}: {error}")

    # --- what is sent ------------------------------------------------------------------------------

    def next_request(self):
        """[(event, is_conflict), ...] and how: 'one', 'array' or 'lines'."""
        chance = self.rng.random()
        if chance < 0.55:
            return [self.some_event()], "one"
        form = "array" if chance < 0.8 else "lines"
        size = self.rng.randint(self.BIG, 1000) if self.rng.random() < 0.02 else self.rng.randint(2, 20)
        return [self.some_event() for _ in range(size)], form

    def some_event(self):
        chance = self.rng.random()
        if chance < 0.08:
            with self.ledger.lock:
                again = self.rng.choice(self.ledger.recent) if self.ledger.recent else None
            if again:
                return again, False
        if chance < 0.12 and (known := self.acknowledged_of(self.viewer())):
            other = dict(known.body, movie_id=known.body["movie_id"] + "-other")
            return Sent(other), True
        return self.new_event(), False

    def viewer(self):
        if self.rng.random() < 0.02:
            return FOLLOWED
        return f"{self.name}-{self.made // 400 * self.VIEWERS + self.rng.randrange(self.VIEWERS)}"

    def acknowledged_of(self, user):
        with self.ledger.lock:
            known = self.ledger.by_viewer.get(user)
            return self.rng.choice(known) if known else None

    def new_event(self):
        self.made += 1
        user = self.viewer()
        kind = self.rng.choices(list(TYPES), TYPES.values())[0]
        body = {"user_id": user, "movie_id": self.rng.choice(self.movies), "event_type": kind,
                "event_id": uuid7()}
        if kind == "rating":
            body["value"] = 5
        if kind == "undo":
            known = self.acknowledged_of(user)
            if known is None or known.body["event_type"] == "undo":
                body["event_type"] = "click"
            else:
                body.update(movie_id=known.body["movie_id"], undoes=known.body["event_id"])
        sent = Sent(body)
        self.ledger.add(sent)
        return sent

    # --- until it is acknowledged -------------------------------------------------------------------

    def deliver(self, request):
        events, form = request
        while events:
            answer = self.post(events, form)
            if answer is None:
                if self.target.ended:
                    return self.ledger.complain(f"{len(events)} events could not be delivered")
                if self.rng.random() < self.GIVES_UP:
                    return None
                # What got no answer is sent again; a wrong event on purpose was sent to no avail.
                events = [(sent, is_conflict) for sent, is_conflict in events if not is_conflict]
                continue
            self.note(events, form, *answer)
            if len(events) >= self.BIG:
                self.big_answer.set()
            return

    def note(self, events, form, status, body):
        if form == "one":
            results = [dict(body, status=body.get("status", status))]
        elif status == 207:
            results = body["results"]
        else:
            return self.ledger.complain(f"a batch of {len(events)} was answered {status}: {body}")
        if len(results) != len(events):
            return self.ledger.complain(f"{len(results)} results for {len(events)} events")
        for (sent, is_conflict), result in zip(events, results):
            if is_conflict:
                self.ledger.conflict(result["status"], sent.key)
            elif result["status"] in ("accepted", "duplicate") and result["event_id"] == sent.body["event_id"]:
                self.ledger.told(sent, result["status"], result["offset"])
            else:
                self.ledger.complain(f"{sent.body} was answered {result}")

    def post(self, events, form):
        """(status, JSON), or None when there was no answer that counts: dead, dying or busy."""
        if (at := self.target.wait()) is None:
            return None
        address, start = at
        if start != self.start_seen:
            self.close()
            url = urllib.parse.urlsplit(address)
            self.connection = http.client.HTTPConnection(url.hostname, url.port, timeout=20)
            self.start_seen = start
        bodies = [sent.body for sent, _ in events]
        self.ledger.tried(sent for sent, _ in events)
        if form == "lines":
            text, kind = "\n".join(map(json.dumps, bodies)), "application/x-ndjson"
        else:
            text, kind = json.dumps(bodies[0] if form == "one" else bodies), "application/json"
        try:
            self.connection.request("POST", "/api/events", text.encode(), {"Content-Type": kind})
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            time.sleep(0.005)
            return None
        if answer.status == 503:
            time.sleep(0.005)
            return None
        return answer.status, json.loads(content)

    def close(self):
        if self.connection is not None:
            self.connection.close()  # http.client opens it again by itself for the next request
