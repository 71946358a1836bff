"""Moving everything between profiles: the same state, lists and histories, and nothing counted twice."""

import json
import signal
import subprocess
import time
import uuid

from cases import scenario
from cases.receipts import eventually_applied, receipt
from cases.start import FAILED, USAGE, assert_refuses
from client import uuid7

EMBEDDED_ONLY = "has no service on either side"

VIEWERS = [str(number) for number in range(1, 47)] + ["mover", "other", "late", "nobody"]
ACTIVE = ["mover", "other", "late"]


def embedded(stage):
    """A data directory without settings, on either stage."""
    return stage.scratch / f"embedded-{uuid.uuid4().hex[:8]}"


def filled(stage):
    """An embedded directory with a data set and a model in service."""
    data = embedded(stage)
    stage.program.must("import", "--data", data, "--dataset", stage.dataset)
    stage.program.must("batch", "run", "--data", data)
    return data


def migrate(stage, source, target):
    told = json.loads(stage.program.must("migrate-data", "--json", "--from", source, "--to", target))
    assert verified(stage, target) == told["state_hash"], told
    assert verified(stage, source) == told["state_hash"], told
    assert_books_balance(stage, target)
    return told


def verified(stage, data):
    return stage.program.must("rebuild", "--verify", "--data", data).split("state verified: ")[1].strip()


def assert_books_balance(stage, data, accepted_min=0):
    """On either profile."""
    audit = stage.program.audit(data)
    assert audit["holds"] is True and audit["accepted"] >= accepted_min, audit
    verified(stage, data)


def act(client, users=("mover", "other")):
    """Events of every kind of outcome; the ids of those that were accepted."""
    sent = {}
    for user in users:
        shown = client.recommendations(user, 20)
        films = [row["movie_id"] for row in shown["recommendations"]]
        for number, movie in enumerate(films[:6]):
            event = client.event(user, movie, ("like", "click", "watchlist_add")[number % 3],
                                 list_id=shown["list_id"], position=number + 1)
            sent[event["event_id"]] = (user, movie, ("like", "click", "watchlist_add")[number % 3],
                                       shown["list_id"], number + 1, event["offset"])
        undo = client.event(user, films[0], "undo", undoes=list(sent)[-6])
        told = eventually_applied(client, user, undo["event_id"])
        assert told["status"] == "applied", told
    return sent


def again(client, event_id, sent):
    user, movie, kind, list_id, position, _ = sent[event_id]
    return client.event(user, movie, kind, event_id=event_id, list_id=list_id, position=position)


def seen(client):
    """What viewers and operators can see that must not change."""
    lists = {user: [(row["movie_id"], row["score"])
                    for row in client.recommendations(user, 20)["recommendations"]]
             for user in VIEWERS}
    histories = {user: client.history(user) for user in [*ACTIVE, "1", "2"]}
    profiles = {user: client.get(f"/api/users/{user}/profile").json() for user in ["mover", "1"]}
    models = client.get("/api/admin/models", operator=True).json()
    films = client.get("/api/movies?limit=50").json()
    return {"lists": lists, "histories": histories, "profiles": profiles, "models": models,
            "films": films}


def seen_by_a_fresh_server(stage, data):
    with stage.program.serve(data) as server:
        found = seen(server.client)
        assert server.end() == 0
    return found


def assert_same(before, after):
    for what in before:
        if before[what] == after[what]:
            continue
        if not isinstance(before[what], dict):
            raise AssertionError(f"{what}: {after[what]} was {before[what]}")
        for key in before[what]:
            assert before[what][key] == after[what][key], \
                f"{what} of {key}: {after[what][key]} was {before[what][key]}"


def assert_first_is_known(client, sent):
    """Each event's receipt names its first offset, and the same id again changes nothing."""
    for event_id, (user, *_, offset) in sent.items():
        told = receipt(client, user, event_id).json()
        assert (told["status"], told["offset"]) == ("applied", offset), (told, offset)


def assert_repeat_counts_once(client, sent, at_the_door):
    event_id = next(iter(sent))
    user, *_, offset = sent[event_id]
    before = len(client.history(user))
    told = again(client, event_id, sent)
    if at_the_door:
        assert (told["status"], told["offset"]) == ("duplicate", offset), (told, offset)
    deadline = time.monotonic() + 60
    while True:  # the fold decides where the door cannot know
        kept = receipt(client, user, event_id).json()
        if kept["status"] == "duplicate" or at_the_door or time.monotonic() > deadline:
            break
        time.sleep(0.05)
    assert kept["offset"] == offset, (kept, offset)
    assert at_the_door or kept["status"] == "duplicate", kept
    assert len(client.history(user)) == before


@scenario("embedded to embedded: the same hash, lists, histories and receipts, and events go on")
def between_directories(stage):
    source, target = filled(stage), embedded(stage)
    with stage.program.serve(source) as server:
        sent = act(server.client)
        server.end(signal.SIGKILL)  # perhaps not all of it is folded
    told = migrate(stage, source, target)
    before = seen_by_a_fresh_server(stage, source)
    with stage.program.serve(target) as server:
        assert_same(before, seen(server.client))
        assert_first_is_known(server.client, sent)
        assert_repeat_counts_once(server.client, sent, at_the_door=True)
        conflict = server.client.post("/api/events", {
            "user_id": "mover", "movie_id": "1", "event_type": "click", "event_id": next(iter(sent))})
        assert conflict.status == 409, conflict
        more = server.client.event("mover", "1")
        assert more["offset"] == told["at"], (more, told)
        assert eventually_applied(server.client, "mover", more["event_id"])["status"] == "applied"
        assert server.end() == 0
    verified(stage, target)
    assert_books_balance(stage, target, accepted_min=len(sent) + 1)
    stage.program.must("rebuild", "--data", target)
    stage.program.must("batch", "run", "--data", target)
    with stage.program.serve(source) as server:  # stays as it was
        assert_same({"histories": before["histories"]}, seen(server.client))


@scenario("a migration is refused in one line where it could do harm, and leaves nothing")
def refused(stage):
    source, target = stage.copy(), embedded(stage)

    def tried(from_, to, code, says):
        assert_refuses(stage.program.run("migrate-data", "--from", from_, "--to", to), code, says)

    tried(source, source, USAGE, "both name")
    tried(embedded(stage), target, FAILED, "")
    assert not target.exists(), "a directory was made for nothing"
    tried(source, stage.copy(), FAILED, "holds objects already")
    with stage.program.serve(source) as server:
        tried(source, target, FAILED, str(source))
        assert server.end() == 0
    assert_refuses(stage.program.run("migrate-data", "--from", source), USAGE, "--to")
    migrate(stage, source, target)
    tried(source, target, FAILED, "already")


@scenario("kill -9 of a migration leaves a mark, and the same again starts over and is whole")
def killed(stage):
    source = stage.copy()
    with stage.program.serve(source) as server:
        act(server.client)
        assert server.end() == 0
    target = embedded(stage)
    interrupted = 0
    for delay in (0.05, 0.1, 0.2, 0.4, 0.8):
        process = subprocess.Popen([stage.program.path, "migrate-data", "--from", source, "--to", target],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=stage.program.environment)
        time.sleep(delay)
        process.kill()
        process.wait()
        if not (target / "migration.unfinished").exists():
            continue
        interrupted += 1
        for command in (("serve", "--port", 0), ("audit",), ("import", "--dataset", "synthetic"),
                        ("rebuild",)):
            assert_refuses(stage.program.run(*command, "--data", target), FAILED, "migrate-data --from")
        assert_refuses(stage.program.run("migrate-data", "--from", stage.copy(), "--to", target),
                       FAILED, "run that again")
    if (target / "migration.unfinished").exists() or not (target / "marquee.db").exists():
        migrate(stage, source, target)
    assert interrupted > 0 or (target / "marquee.db").exists()
    assert_same(seen_by_a_fresh_server(stage, source), seen_by_a_fresh_server(stage, target))


@scenario("there and back: embedded to platform to embedded, with events at every place", platform=True)
def there_and_back(stage):
    if not stage.program.on_kafka:
        return
    first, platform, last = filled(stage), stage.empty(), embedded(stage)
    with stage.program.serve(first) as server:
        sent = act(server.client)
        assert server.end() == 0
    on_first = seen_by_a_fresh_server(stage, first)
    moved = migrate(stage, first, platform)
    assert_same(on_first, seen_by_a_fresh_server(stage, platform))
    with stage.program.serve(platform) as server:
        assert_first_is_known(server.client, sent)
        assert_repeat_counts_once(server.client, sent, at_the_door=False)
        del sent[next(iter(sent))]  # its receipt says now that it was repeated
        later = act(server.client, ("mover", "late"))
        assert all(entry[-1].startswith("k:") for entry in later.values()), later
        assert server.end() == 0
    verified(stage, platform)
    assert_books_balance(stage, platform, accepted_min=len(sent) + len(later))
    on_platform = seen_by_a_fresh_server(stage, platform)
    back = migrate(stage, platform, last)
    assert back["at"].startswith(moved["at"] + ",k:"), (moved["at"], back["at"])
    assert_same(on_platform, seen_by_a_fresh_server(stage, last))
    with stage.program.serve(last) as server:
        assert_first_is_known(server.client, {**sent, **later})
        assert_repeat_counts_once(server.client, sent, at_the_door=True)
        assert_repeat_counts_once(server.client, later, at_the_door=True)
        more = server.client.event("late", "1")
        assert more["offset"] == moved["at"], (more, moved)
        assert eventually_applied(server.client, "late", more["event_id"])["status"] == "applied"
        assert server.end() == 0
    hash_before = verified(stage, last)
    assert_books_balance(stage, last, accepted_min=len(sent) + len(later) + 1)
    stage.program.must("rebuild", "--data", last)
    assert verified(stage, last) == hash_before
    stage.program.must("batch", "run", "--data", last)
    assert_refuses(stage.program.run("migrate-data", "--from", last, "--to", stage.empty()),
                   FAILED, "its topic ends at")


@scenario("platform to embedded: all that came through the topic is there, and the door knows it",
          platform=True)
def off_the_platform(stage):
    if not stage.program.on_kafka:
        return
    source, target = stage.copy(), embedded(stage)
    with stage.program.serve(source) as server:
        sent = act(server.client)
        assert server.end() == 0
    before = seen_by_a_fresh_server(stage, source)
    migrate(stage, source, target)
    assert_same(before, seen_by_a_fresh_server(stage, target))
    with stage.program.serve(target) as server:
        assert_first_is_known(server.client, sent)
        assert_repeat_counts_once(server.client, sent, at_the_door=True)
        assert server.client.event("mover", "1", event_id=uuid7())["offset"] == "e:0"
        assert server.end() == 0
    verified(stage, target)
    assert_books_balance(stage, target, accepted_min=len(sent) + 1)
