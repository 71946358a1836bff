"""The window within which a repeated event is recognised, at the door."""

import time

from cases import scenario
from client import uuid7

EMBEDDED_ONLY = ("is about the door's memory; a topic has none, its fold decides (topics/events.json, "
                 "cases/processes.py)")

MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def post(server, event_id, movie="1"):
    return server.client.post("/api/events", {"user_id": "window", "movie_id": movie,
                                              "event_type": "like", "event_id": event_id})


@scenario("an id older than seven days or more than five minutes ahead is refused and names the server's time", platform=True)
def outside_the_window(stage):
    with stage.program.serve(stage.copy()) as server:
        now = int(time.time() * 1000)
        for made in (now - 7 * DAY - MINUTE, now + 6 * MINUTE, 0):
            answer = post(server, uuid7(made))
            assert answer.status == 422, str(answer)
            error = next(each for each in answer.json()["errors"] if each["pointer"] == "/event_id")
            assert "server_time is 20" in error["detail"], error
        for made in (now - 7 * DAY + MINUTE, now + 4 * MINUTE):
            answer = post(server, uuid7(made))
            assert answer.status == 202, str(answer)


@scenario("a repeat within the window is known after a restart, its memory is bounded and shown")
def across_restarts(stage):
    data = stage.copy()
    old = uuid7(int(time.time() * 1000) - 6 * DAY)
    with stage.program.serve(data) as server:
        first = post(server, old).json()
        server.client.list_with("window", first["offset"])
        assert server.end() == 0  # which stores what was shown; the log's memory begins behind it
    for _ in range(2):
        with stage.program.serve(data) as server:
            lookups = server.client.metric("marquee_dedup_disk_lookups_total")
            again = post(server, old)
            assert again.status == 200 and again.json()["offset"] == first["offset"], str(again)
            assert server.client.metric("marquee_dedup_disk_lookups_total") == lookups + 1
            assert post(server, old, movie="2").status == 409
            held = server.client.metric("marquee_dedup_memory_events")
            assert held <= server.client.metric("marquee_dedup_memory_events_max"), held
