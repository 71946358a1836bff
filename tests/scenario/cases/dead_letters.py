"""Events that nobody can fold: set aside with the reason, counted, and in nobody's way."""

import json
import time
import urllib.parse

from cases import scenario
from cases.crash import assert_books_balance
from client import uuid7
from fleet import until
from log_frame import append_events

EMBEDDED_ONLY = ("writes into a segment of the log; a topic with foreign messages is in "
                 "tests/spark/streaming_test.py, by either engine")


def logged(user, movie, event_type, **fields):
    """As the log holds it (docs/formats/event.md)."""
    now_ms = int(time.time() * 1000)
    return {"v": 1, "event_id": uuid7(), "user_id": user, "movie_id": movie, "event_type": event_type,
            **fields, "ts": now_ms, "accepted_at": now_ms}


def with_poison(stage):
    """A directory whose log got two events that can be folded and, between them, three that cannot."""
    data = stage.copy()
    with stage.program.serve(data) as server:
        server.client.event("reader", "1", "click")
        assert server.end() == 0
    events = [logged("reader", "2", "like"), logged("reader", "3", "rating"),
              logged("reader", "no id", "click"), logged("reader", "4", "undo"),
              logged("reader", "5", "click")]
    [segment] = (data / "events").glob("*.log")
    assert append_events(segment, events) == 1
    stage.program.must("log", "verify", "--data", data)
    return data, events


def letters(stage, data):
    return json.loads(stage.program.must("dlq", "list", "--json", "--data", data))["items"]


@scenario("an event that cannot be folded is set aside with its reason, and the next one is applied")
def set_aside(stage):
    data, events = with_poison(stage)
    with stage.program.serve(data) as server:
        newer = server.client.event("reader", "6", "click")
        server.client.list_with("reader", newer["offset"])
        history = [row["movie_id"] for row in server.client.history("reader")]
        assert history == ["6", "5", "2", "1"], history
        query = urllib.parse.urlencode({"user_id": "reader"})
        told = server.client.get(f"/api/events/{events[1]['event_id']}?{query}").json()
        assert (told["status"], told["offset"]) == ("dead_lettered", "e:2"), told
        # The command reads the database, which follows what is shown (decision 36).
        until("three dead letters", lambda: len(letters(stage, data)) == 3)
        found = letters(stage, data)
        assert server.end() == 0
    assert [(letter["offset"], letter["reason"]) for letter in found] == [
        ("e:2", "a rating without value"), ("e:3", "movie_id is not an id"),
        ("e:4", "an undo that names no event")], found
    assert [letter["event"]["event_id"] for letter in found] == [e["event_id"] for e in events[1:4]]
    audit = stage.program.audit(data)
    assert (audit["accepted"], audit["applied"], audit["dead_lettered"]) == (7, 4, 3), audit
    assert_books_balance(stage.program, data)


@scenario("a replay of dead letters that still cannot be folded changes nothing", seconds=6)
def replayed_in_vain(stage):
    data, _ = with_poison(stage)
    stage.program.must("rebuild", "--data", data)
    before = letters(stage, data), stage.program.audit(data)
    said = stage.program.must("dlq", "replay", "--data", data)
    assert said.startswith("3 dead letters, 0 of which this version can fold"), said
    stage.program.must("rebuild", "--data", data)  # decides the same again
    assert (letters(stage, data), stage.program.audit(data)) == before
    assert_books_balance(stage.program, data)
