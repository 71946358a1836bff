"""What an answer to an event promises: its receipt at any moment, and its effect on request."""

import threading
import time
import urllib.parse

from cases import scenario
from client import uuid7


def receipt(client, user, event_id):
    return client.get(f"/api/events/{event_id}?" + urllib.parse.urlencode({"user_id": user}))


def sequence(offset):
    return int(offset.rpartition(":")[2])


def eventually_applied(client, user, event_id):
    """On a directory at once; where others fold too, a member has to join them first."""
    deadline = time.monotonic() + 60
    while True:
        told = receipt(client, user, event_id).json()
        if told["status"] != "logged" or time.monotonic() > deadline:
            return told
        time.sleep(0.05)


@scenario("an acknowledged event has a receipt at every moment from then on", platform=True)
def at_every_moment(stage):
    """The moment between log and state is the one that could be missed."""
    with stage.program.serve(stage.copy()) as server:
        problems = []

        def act(user):
            try:
                for number in range(150):
                    accepted = server.client.event(user, str(number % 40 + 1), "click")
                    deadline = time.monotonic() + 60
                    while True:
                        answer = receipt(server.client, user, accepted["event_id"])
                        # A PostgreSQL that is later than 30 ms says so; it never says that there is none.
                        is_late = answer.status == 503 and "took longer than it may" in answer.json()["detail"]
                        if is_late and time.monotonic() < deadline:
                            continue
                        assert answer.status == 200, f"acknowledged, then {answer}"
                        told = answer.json()
                        assert told["offset"] == accepted["offset"], (told, accepted)
                        assert told["status"] in ("logged", "applied"), told
                        if told["status"] == "applied":
                            break
            except Exception as error:
                problems.append(error)

        threads = [threading.Thread(target=act, args=(f"receipt-{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems, problems[0]


@scenario("a list asked for with an event's offset includes the event or says that it is stale", platform=True)
def reads_your_writes(stage):
    with stage.program.serve(stage.copy()) as server:
        for number in range(1, 60):
            offset = server.client.event("writer", str(number))["offset"]
            listed = server.client.recommendations("writer", min_offset=offset)
            if listed.get("stale"):
                continue
            assert sequence(listed["offset"]) >= sequence(offset), listed  # of one partition
        ahead = server.client.recommendations("writer",
                                              min_offset=offset.rpartition(":")[0] + ":999999999")
        assert ahead["stale"] is True, ahead


@scenario("a receipt is the viewer's own, and outlives a restart", platform=True)
def own_and_lasting(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        mine = server.client.event("me", "1", event_id=uuid7())
        assert receipt(server.client, "you", mine["event_id"]).status == 404
    with stage.program.serve(data) as server:
        told = eventually_applied(server.client, "me", mine["event_id"])
        assert told["status"] == "applied" and told["offset"] == mine["offset"], told
        assert told["accepted_at"] <= told["applied_at"], told
