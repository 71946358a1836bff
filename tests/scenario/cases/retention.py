"""Old events leave the log once they are archived; rot in old segments is found while serving."""

import signal
import time

from cases import scenario
from cases.crash import assert_books_balance
from client import uuid7
from event_log_files import make_older, older_id, segments

EMBEDDED_ONLY = "removes segments of the log; brokers remove a topic's by themselves"

EVENTS = 160
OLD = 120  # of them, which is past the window; the others are in it


def days_ago(offset):
    return 9 if offset < OLD else 6


def old_log(stage):
    """A directory whose log was accepted days ago, in 80 segments, and what was answered."""
    data = stage.copy()
    sent = []
    with stage.program.serve(data) as server:
        for number in range(EVENTS):
            user, movie, event_id = f"old-{number % 4}", str(1 + number % 40), uuid7()
            answer = server.client.event(user, movie, "click", event_id=event_id)
            assert answer["offset"] == f"e:{number}", answer
            sent.append((user, movie, older_id(event_id, days_ago(number))))
        assert server.end() == 0
    make_older(data, days_ago, events_a_segment=2)
    stage.program.must("log", "verify", "--data", data)
    stage.program.must("rebuild", "--data", data)
    return data, sent


def wait_until(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.002)


@scenario("old events leave the log only when archived, through kill -9, and nobody can tell")
def removal(stage):
    data, sent = old_log(stage)
    before = segments(data)
    with stage.program.serve(data) as server:
        time.sleep(1)
        assert segments(data) == before, "segments went though nothing is archived"
        assert server.end() == 0
    stage.program.must("batch", "archive", "--run-id", "retention", "--data", data)
    # A segment is as old as the begin of the one behind it: the last old one stays for now.
    kept = (EVENTS - OLD) // 2 + 1
    kills = 0
    while len(segments(data)) > kept + 3 and kills < 5:
        count = len(segments(data))
        with stage.program.serve(data) as server:
            wait_until("a segment goes", lambda: len(segments(data)) < count)
            server.end(signal.SIGKILL)
        kills += 1
        assert_books_balance(stage.program, data, accepted_min=EVENTS)
    assert kills > 0
    with stage.program.serve(data) as server:
        wait_until("every old segment goes", lambda: len(segments(data)) == kept)
        wait_until("the metrics say so", lambda: server.client.metric("marquee_log_segments") == kept)
        assert server.client.metric("marquee_log_first_offset") == OLD - 2
        for number, (user, movie, event_id) in enumerate(sent):
            draft = {"user_id": user, "movie_id": movie, "event_type": "click", "event_id": event_id}
            answer = server.client.post("/api/events", draft)
            if number < OLD:
                assert answer.status == 422 and "event_id" in answer.text, answer
            else:
                assert answer.json()["status"] == "duplicate", answer
                assert answer.json()["offset"] == f"e:{number}", answer
        history = server.client.history("old-0", 100)
        assert len(history) == EVENTS // 4, len(history)
        assert server.end() == 0
    assert_books_balance(stage.program, data, accepted_min=EVENTS)
    backup, restored = stage.empty(), stage.empty()
    stage.program.must("backup", backup, "--data", data)
    stage.program.must("restore", backup, "--data", restored)
    assert_books_balance(stage.program, restored, accepted_min=EVENTS)


@scenario("a lost first segment is damage, not a removal")
def lost_segment(stage):
    data, _ = old_log(stage)
    segments(data)[0].unlink()
    done = stage.program.run("serve", "--data", data, "--port", 0)
    assert done.returncode == 4 and "log repair" in done.stderr, done


def flip_bit(path, at):
    """In place: a file that is written anew is empty for a moment, which the scrub rightly tells."""
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ 0x10]))


@scenario("a flipped bit in an old segment is told while serving goes on")
def scrub(stage):
    data, _ = old_log(stage)
    victim = segments(data)[5]
    with stage.program.serve(data, "--set", "log.scrub_interval_s=1") as server:
        flip_bit(victim, 130)

        def events():
            return server.client.request("GET", "/api/health").json()["dependencies"]["events"]

        wait_until("the flipped bit is found", lambda: events()["status"] == "degraded", 30)
        detail = events()["detail"]
        for word in (victim.name, "byte 64", "backup", "marquee log verify", "log repair --accept-loss"):
            assert word in detail, f"no '{word}' in: {detail}"
        wait_until("the log says so too", lambda: victim.name in server.stderr, 30)
        assert server.client.event("old-0", "1", "click")["status"] == "accepted"
        flip_bit(victim, 130)
        wait_until("a restored file is right again", lambda: events()["status"] == "ok", 30)
        assert server.end() == 0
