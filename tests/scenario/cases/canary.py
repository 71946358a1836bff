"""Freshness as the server measures it by itself: seen by operators, in no count, list or model."""

import json
import sqlite3
import time

from cases import scenario
from cases.crash import assert_books_balance
from client import uuid7

EMBEDDED_ONLY = "reads and locks the SQLite file"

VIEWER = "marquee:canary"
ON = {"MARQUEE_CANARY__INTERVAL_S": "1"}


def wait_for(condition, what, timeout_s=60):
    deadline = time.monotonic() + timeout_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"{what} did not come within {timeout_s} s"
        time.sleep(0.1)
    return found


def canary_of(client):
    return client.get("/api/metrics").json()["canary"]


def count_of(database, sql):
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(sql).fetchone()[0]
    finally:
        connection.close()


@scenario("measures freshness and is in no count, list or model", seconds=8)
def in_nothing(stage):
    data = stage.copy()
    database = data / "marquee.db"
    counted = "SELECT coalesce(sum(count), 0) FROM movie_counts"
    before = count_of(database, counted)
    with stage.program.serve(data, environment={**stage.program.environment, **ON}) as server:
        client = server.client
        wait_for(lambda: canary_of(client)["measured"] >= 3, "three measurements")
        canary = canary_of(client)
        assert 0 < canary["visible_ms"]["p50"] <= canary["visible_ms"]["p99"], canary
        assert canary["failed_in_a_row"] == 0 and canary["last_success"], canary
        assert client.metric("marquee_canary_measurements_total", result="visible") >= 3
        assert client.metric("marquee_freshness_seconds_count") >= 3
        assert client.get("/api/metrics").json()["freshness_ms"]["p50"] > 0
        assert client.metric("marquee_canary_last_success_timestamp_seconds") > 1.7e9

        refused = client.post("/api/events", {"user_id": VIEWER, "movie_id": "1", "event_type": "like"})
        assert refused.status == 422 and "/user_id" in refused.text, refused
        for path in (f"/api/users/{VIEWER}/history", f"/api/recommendations?user_id={VIEWER}"):
            assert client.get(path).status == 422, path
        metrics = client.get("/api/metrics").json()
        assert metrics["events"]["by_canary"] >= 3, metrics["events"]
        assert metrics["lists"] == 0 and metrics["cache_lookups"] == 0, metrics
        assert sum(metrics["sources"].values()) == 0, metrics["sources"]

        stage.program.must("batch", "run", "--data", data)  # the model is made while it sings
        audit = stage.program.audit(data)
        assert audit["holds"] is True and audit["accepted"] >= 3, audit
        assert server.end() == 0
    assert_books_balance(stage.program, data, accepted_min=3)
    assert count_of(database, counted) == before, "the canary counts for popularity"
    where = "WHERE user_id GLOB 'marquee:*'"
    assert count_of(database, f"SELECT count(*) FROM interactions {where}") == 0
    assert count_of(database, f"SELECT count(*) FROM user_profiles {where}") == 1
    for table in ("recommendation_logs", "list_clicks", "feed_lists"):
        assert count_of(database, f"SELECT count(*) FROM {table} {where}") == 0, table
    for path in (data / "lakehouse/models").rglob("*"):
        assert not path.is_file() or VIEWER.encode() not in path.read_bytes(), \
            f"the canary is in {path}"
    report = json.loads(stage.program.must("doctor", "--json", "--data", data))
    assert VIEWER not in json.dumps(report), report


@scenario("with the fold held up the canary fails, health says so, and it comes back by itself", seconds=10)
def held_up(stage):
    data = stage.copy()
    patience = {"MARQUEE_CANARY__VISIBLE_MAX_MS": "300"}
    with stage.program.serve(data, environment={**stage.program.environment, **ON, **patience}) as server:
        client = server.client
        wait_for(lambda: canary_of(client)["measured"] >= 1, "a measurement")
        held = sqlite3.connect(data / "marquee.db", timeout=30, isolation_level=None)
        held.execute("BEGIN IMMEDIATE")  # no other writer gets in: nothing is stored
        try:
            # Shown all the same, until too much waits to be stored.
            shown = client.event("waiting", "1")
            assert not client.recommendations("waiting", min_offset=shown["offset"]).get("stale")
            for number in range(17):
                answer = client.post("/api/events", [
                    {"user_id": f"many-{number}", "movie_id": "1", "event_type": "click",
                     "event_id": uuid7()} for _ in range(1_000)])
                assert answer.status == 207, answer
            wait_for(lambda: canary_of(client)["failed_in_a_row"] >= 3, "three failures in a row")
            health = client.get("/api/health")
            assert health.status == 200 and health.json()["status"] == "degraded", health
            state = health.json()["dependencies"]["state"]
            assert state["status"] == "degraded" and state["detail"], state
            assert client.recommendations("anybody")["recommendations"]
            accepted = client.event("waiting", "1")
            assert len(client.history("waiting")) == 1, "what is shown can be read"
        finally:
            held.execute("ROLLBACK")
            held.close()
        wait_for(lambda: canary_of(client)["failed_in_a_row"] == 0, "a success")
        state = wait_for(lambda: client.get("/api/health").json(), "health")["dependencies"]["state"]
        assert state["status"] == "ok", state
        client.list_with("waiting", accepted["offset"])
        assert len(client.history("waiting")) == 2
        assert server.end() == 0
    assert_books_balance(stage.program, data, accepted_min=17_002)
