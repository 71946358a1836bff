"""kill -9 of the real program and what it leaves. Hundreds of kills under load: kill.py."""

import signal
import threading

from cases import scenario
from client import uuid7

EMBEDDED_ONLY = "cuts a segment of the log short; brokers recover their own (cases/kill_platform.py)"


def assert_books_balance(program, data, accepted_min=0):
    """The conservation law on disk, and the fold agrees with one from zero."""
    audit = program.audit(data)
    assert audit["holds"] is True, f"audit does not hold: {audit}"
    assert audit["accepted"] >= accepted_min, f"audit: accepted < {accepted_min}: {audit}"
    program.must("rebuild", "--verify", "--data", data)
    if not program.on_kafka:  # a topic's files are its brokers' business
        program.must("log", "verify", "--data", data)


def films_for(client, offset=None):
    """The list; where an event's offset is given, the one that includes it."""
    viewer = "crash-viewer"
    listed = client.list_with(viewer, offset, 20) if offset else client.recommendations(viewer, 20)
    return [each["movie_id"] for each in listed["recommendations"]]


@scenario("kill -9 right after the answer loses no event, and the list has moved", fast=True, platform=True, tls=True)
def kill_after_answer(stage):
    data = stage.copy()
    sent = [uuid7() for _ in range(20)]
    with stage.program.serve(data) as server:
        movies = films_for(server.client)
        answers = [server.client.event("crash-viewer", movie, event_id=event_id)
                   for movie, event_id in zip(movies, sent)]
        server.end(signal.SIGKILL)
    with stage.program.serve(data) as server:
        last = answers[-1]["offset"]
        moved = films_for(server.client, last)
        assert len(moved) == 20 and not set(moved) & set(movies), (movies, moved)
        history = server.client.history("crash-viewer")
        assert [row["event_id"] for row in history] == sent[::-1], \
            f"history after the restart has {len(history)} of {len(sent)} events: {history[:3]}"
        repeated = server.client.event("crash-viewer", movies[0], event_id=sent[0])
        if stage.program.on_kafka:  # no door knows what a process before it took; the fold does
            films_for(server.client, repeated["offset"])
            told = server.client.get(f"/api/events/{sent[0]}?user_id=crash-viewer").json()
            assert (told["status"], told["offset"]) == ("duplicate", answers[0]["offset"]), told
            assert len(server.client.history("crash-viewer")) == len(sent)
        else:
            assert repeated["status"] == "duplicate" and repeated["offset"] == answers[0]["offset"], repeated
        assert server.end() == 0
    assert_books_balance(stage.program, data, accepted_min=20)


class Load(threading.Thread):
    """One viewer who sends events and notes which were acknowledged, until the server dies. An
    event without an answer is sent again after the restart, under the same id."""

    def __init__(self, client, user, movies, sent_max=2000):
        super().__init__(daemon=True)
        self.client, self.user, self.movies, self.sent_max = client, user, movies, sent_max
        self.acknowledged, self.unanswered = set(), None

    def run(self):
        for number in range(self.sent_max):
            event_id = uuid7()
            self.unanswered = (event_id, self.movies[number % len(self.movies)])
            try:
                self.client.event(self.user, self.unanswered[1], "click", event_id=event_id)
            except Exception:  # the server was killed under this request
                return
            self.acknowledged.add(event_id)
            self.unanswered = None


def check_histories(client, acknowledged):
    for user, events in acknowledged.items():
        probe = client.event(user, "probe-movie", "click")
        client.list_with(user, probe["offset"])
        ids = [row["event_id"] for row in client.history(user)]
        assert len(ids) == len(set(ids)), f"{user}: an event stands twice in the history"
        lost = events - set(ids)
        assert not lost, f"{user}: {len(lost)} of {len(events)} acknowledged events are lost"
        assert len(ids) == len(events) + 1, f"{user}: {len(ids)} events, sent {len(events)} + 1"


@scenario("a torn tail is set aside and the server starts")
def torn_tail(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        first = server.client.event("torn", "1", "click")
        server.end(signal.SIGKILL)
    segments = sorted(path for path in (data / "events").rglob("*") if path.is_file() and path.stat().st_size)
    log = max(segments, key=lambda path: (path.suffix in (".log", ".seg", ".events"), path.name))
    append_torn_frame(log)
    with stage.program.serve(data) as server:
        server.client.list_with("torn", first["offset"])
        history = server.client.history("torn")
        assert [row["event_id"] for row in history] == [first["event_id"]], history
        second = server.client.event("torn", "2", "click")
        assert second["offset"] != first["offset"], second
        assert server.end() == 0
    assert_books_balance(stage.program, data, accepted_min=2)


def append_torn_frame(log):
    """Half a copy of the file's last bytes: a write that the power cut short."""
    content = log.read_bytes()
    used = len(content.rstrip(b"\0"))
    torn = content[max(0, used - 24):used][:17]
    used = (used + 7) // 8 * 8  # frames are padded: the last whole one must stay as it is
    with log.open("r+b") as file:
        file.seek(used)
        file.write(torn)
