"""Counting: click-through, the conservation law, history of any length, commands beside a server."""

import contextlib
import json
import os
import sqlite3
import stat
import time

from cases import scenario
from cases.crash import assert_books_balance
from client import uuid7

EMBEDDED_ONLY = "changes a row of the SQLite file behind the program's back"


def wait_until(ask, good, timeout_s=10):
    """Asks until the answer is good or the time is over; the last answer."""
    deadline = time.monotonic() + timeout_s
    while not good(answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return answer


def send_many(client, user, count, movies, event_type="click"):
    """`count` events one after the other, waited for until they are applied; their ids in order."""
    ids = [uuid7() for _ in range(count)]
    for number, event_id in enumerate(ids):
        last = client.event(user, movies[number % len(movies)], event_type, event_id=event_id)
    client.list_with(user, last["offset"])
    return ids


@scenario("history lists every event, however many, newest first", platform=True)
def long_history(stage):
    with stage.program.serve(stage.copy()) as server:
        client = server.client
        movies = [r["movie_id"] for r in client.recommendations("x", 100)["recommendations"]]
        ids = send_many(client, "binge", 1100, movies)
        history = client.history("binge", limit=1000)
        assert [row["event_id"] for row in history] == ids[::-1], \
            f"{len(history)} events in the history, sent {len(ids)}"
        few = client.history("binge", limit=300)
        assert few == history, "pages of another size give another history"


@scenario("a click that names its list counts in ctr, once", fast=True, platform=True)
def ctr(stage):
    with stage.program.serve(stage.copy()) as server:
        client = server.client
        before = client.get("/api/metrics").json()
        assert {"total_requests", "cache_hit_rate", "avg_response_time_ms", "ctr"} <= before.keys(), before
        shown = client.recommendations("clicker", 10)
        film = shown["recommendations"][0]["movie_id"]
        event_id = uuid7()
        for _ in range(2):
            done = client.event("clicker", film, "click", list_id=shown["list_id"], position=1,
                                event_id=event_id)
        client.list_with("clicker", done["offset"])
        # Lists are logged behind the answer, so the figure follows within seconds.
        after = wait_until(lambda: client.get("/api/metrics").json(), lambda m: m["ctr"])
        assert after["ctr"], f"ctr before {before}, after {after}"
        assert server.end() == 0


@scenario("the books balance while the server runs and after", fast=True, platform=True)
def conservation(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        client = server.client
        event_id = uuid7()
        client.event("books", "1", event_id=event_id)
        client.event("books", "1", event_id=event_id)
        # The door to a topic takes a repeat and a conflict; the fold tells them apart.
        on_kafka = stage.program.on_kafka
        assert client.post("/api/events", {"user_id": "books", "movie_id": "2", "event_type": "like",
                                           "event_id": event_id}).status == (202 if on_kafka else 409)
        assert client.post("/api/events", {"user_id": "books"}).status == 422
        last = client.event("books", "3")
        client.list_with("books", last["offset"])
        counted = {name: client.events_counted(name)
                   for name in ("received", "accepted", "duplicate", "rejected")}
        assert list(counted.values()) == ([5, 4, 0, 1] if on_kafka else [5, 2, 1, 2]), counted
        audit = wait_until(lambda: stage.program.audit(data), lambda audit: audit["pending"] == 0, 60)
        assert audit["holds"] is True and audit["applied"] == 2, audit
        assert audit["deduplicated"] == (2 if on_kafka else 0), audit
        assert audit["received"] == audit["accepted"] + audit["duplicate"] + audit["rejected"], audit
        assert server.end() == 0
    assert_books_balance(stage.program, data, accepted_min=2)


@scenario("commands go through the server that owns the directory", platform=True)
def owner(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        said = server.owner()
        assert said["pid"] == server.process.pid and said["address"] == server.address, said
        mode = stat.S_IMODE(os.stat(said["token_file"]).st_mode)
        assert mode == 0o600, f"the token file has mode {mode:o}"
        assert json.loads(stage.program.must("models", "list", "--json", "--data", data))
        stage.program.must("rebuild", "--verify", "--data", data)
        assert server.alive()


@scenario("a batch run beside the server brings a new model into service", platform=True, tls=True)
def batch_beside_server(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        before = server.client.recommendations("1")["model_version"]
        stage.program.must("batch", "run", "--data", data)
        after = server.client.recommendations("1")["model_version"]
        assert before and after and before != after, f"model_version before {before}, after {after}"
        stage.program.must("models", "rollback", "--data", data)
        back = server.client.recommendations("1")["model_version"]
        assert back == before, f"after the rollback {back} serves, want {before}"
    stage.program.must("rebuild", "--verify", "--data", data)


def tamper(database, statement):
    """Runs `statement` on a copy without checksums of pages, which the program takes as it is: a change
    in place would be damage."""
    copy = database.with_suffix(".tampered")
    with contextlib.closing(sqlite3.connect(database)) as whole, \
            contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as plain:
        plain.executescript("\n".join(whole.iterdump()))
        plain.execute(statement)
        for name in ("user_version", "application_id"):
            plain.execute(f"PRAGMA {name}={whole.execute(f'PRAGMA {name}').fetchone()[0]}")
        plain.execute("PRAGMA journal_mode=WAL")
    for old in (database, *database.parent.glob(database.name + "-*")):
        old.unlink()
    copy.rename(database)


@scenario("audit ends with 1 when an event is missing from the sum, and rebuild brings it back", seconds=11)
def tampered_sum(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        send_many(server.client, "books", 5, ["1", "2"])
        assert server.end() == 0
    assert stage.program.audit(data)["holds"] is True
    tamper(data / "marquee.db", "UPDATE fold_totals SET applied = applied - 1")
    done = stage.program.run("audit", "--json", "--data", data)
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    assert json.loads(done.stdout)["holds"] is False, done.stdout
    assert "the sum does not hold" in done.stderr and "marquee rebuild" in done.stderr, done.stderr
    stage.program.must("rebuild", "--data", data)
    assert_books_balance(stage.program, data, accepted_min=5)
