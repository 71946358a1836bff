"""Many processes on Kafka, PostgreSQL, Redis and MinIO: api, speed and scheduler share the load, and what
one of them knows the others show."""

import contextlib
import signal
import time

from cases import scenario
from cases.scheduler import STAGES, becomes, names, stages_that
from cases.stream import Follower
from client import uuid7
from fleet import SESSION_S, Fleet, until
from load import Ledger, Sender, Target
from load_checks import check_answers, check_histories, finish

PROCESSES = ("api1", "api2", "speed1", "speed2")
VIEWERS = [f"viewer-{number}" for number in range(24)]  # enough for each partition to have some


def send_everywhere(apis, movie="1"):
    """One event of each viewer; {viewer: offset}. The viewers are in every partition."""
    offsets = {user: apis[number % len(apis)].event(user, movie, "click")["offset"]
               for number, user in enumerate(VIEWERS)}
    partitions = {offset.split(":")[1] for offset in offsets.values()}
    assert len(partitions) == 4, f"the viewers are in the partitions {partitions} alone"
    return offsets


@scenario("one viewer's events stay in order whichever api takes them, and each api shows the other's",
          platform=True, embedded=False)
def order(stage):
    with Fleet(stage) as fleet:
        fleet.start_all(*PROCESSES)
        apis = [fleet.running["api1"].client, fleet.running["api2"].client]
        sent = []
        for number in range(60):
            here, other = apis[number % 2], apis[(number + 1) % 2]
            sent.append(uuid7())
            offset = here.event("both", str(number + 1), "click", event_id=sent[-1])["offset"]
            if number % 5:
                continue
            listed = other.list_with("both", offset)
            assert listed["offset"] == offset, (offset, listed)
            assert str(number + 1) not in [each["movie_id"] for each in listed["recommendations"]]
        for api in apis:
            api.list_with("both", offset)
            assert [row["event_id"] for row in api.history("both")] == sent[::-1]
        again = apis[1].event("both", "1", "click", event_id=sent[0])
        assert again["status"] == "accepted", "no door knows what another took"
        fleet.settled("api1")
        receipt = apis[0].get(f"/api/events/{sent[0]}?user_id=both").json()
        assert receipt["status"] == "duplicate", receipt
        fleet.check_books(PROCESSES)
        audit = fleet.audit("speed1")
        assert (audit["applied"], audit["deduplicated"], audit["received"]) == (60, 1, 0), audit
        assert sum(fleet.audit(name)["accepted_by_this_process"] for name in PROCESSES) == audit["accepted"]
        fleet.end_all()
        fleet.check_books(PROCESSES)


@scenario("who follows at one api hears of what another took, and comes back at either without a loss",
          platform=True, embedded=False)
def follow(stage):
    with Fleet(stage) as fleet:
        fleet.start_all(*PROCESSES)
        apis = [fleet.running["api1"].client, fleet.running["api2"].client]
        path, seen, missed = "/api/users/7/stream", None, None
        for number in range(6):
            here, other = apis[number % 2], apis[(number + 1) % 2]
            headers = {"Last-Event-ID": seen} if seen else {}
            with contextlib.closing(Follower(here, path, headers)) as follower:
                if missed:
                    assert follower.until("list_changed")["id"] == missed
                offset = other.event("7", str(number + 1))["offset"]
                assert follower.until("list_changed")["id"] == offset
            seen, missed = offset, here.event("7", str(100 + number))["offset"]
        fleet.end_all()


@scenario("a speed process that is killed leaves its partitions to the other, and nothing counts twice",
          platform=True, embedded=False)
def takeover(stage):
    with Fleet(stage) as fleet:
        fleet.start_all(*PROCESSES)
        with under_load(fleet) as ledger:
            time.sleep(1)
            assert fleet.kill("speed1") == -signal.SIGKILL
            killed_at = time.monotonic()
            until("the other has every partition", fleet.is_shared_out, 10 * SESSION_S)
            api = fleet.running["api2"].client
            for user, offset in send_everywhere([api], "2").items():
                api.list_with(user, offset)
            took = time.monotonic() - killed_at
        check_after_load(fleet, ledger, ("api1", "api2", "speed2"))
        print(f"  every partition was folded again {took:.1f} s after the kill, "
              f"of which the session takes {SESSION_S} s", flush=True)
        fleet.end_all()


@scenario("a speed process that was paused finds its partitions folded by another, and stores nothing over it",
          platform=True, embedded=False)
def fence(stage):
    with Fleet(stage) as fleet:
        fleet.start_all(*PROCESSES)
        paused = fleet.running["speed1"]
        with under_load(fleet) as ledger:
            for _ in range(2):
                time.sleep(1)
                paused.process.send_signal(signal.SIGSTOP)
                try:
                    until("the other has every partition",
                          lambda: fleet.share("speed2") == [0, 1, 2, 3], 10 * SESSION_S)
                    time.sleep(1)
                finally:
                    paused.process.send_signal(signal.SIGCONT)
                until("it is a member again", fleet.is_shared_out, 10 * SESSION_S)
        check_after_load(fleet, ledger, PROCESSES)
        assert paused.client.get("/api/health").json()["dependencies"]["state"]["status"] == "ok"
        fleet.end_all()


@contextlib.contextmanager
def under_load(fleet, senders=3):
    """Clients on every api while the block runs; what they were told."""
    ledger, target = Ledger(on_kafka=True), Target()
    for name in ("api1", "api2"):
        target.up(fleet.running[name].address, name)
    movies = [str(number) for number in range(1, 60)]
    threads = [Sender(number, number, ledger, target, movies) for number in range(senders)]
    for thread in threads:
        thread.start()
    try:
        yield ledger
    finally:
        finish(threads)
        target.end()


def check_after_load(fleet, ledger, names):
    """Every acknowledged event stands once, in order; the sum holds wherever one asks. Returns all events
    of the load that are there."""
    settled = fleet.settled("api1")
    check_answers(ledger)
    for name in ("api1", "api2"):
        present = check_histories(fleet.running[name].client, ledger)
    others = settled["applied"] - len(present)
    assert others in (0, len(VIEWERS)), f"{others} events are applied that are in no history: {settled}"
    fleet.check_books(names)
    return present


@scenario("the scheduler's run puts a model into service, and every api serves it", platform=True, embedded=False)
def nightly(stage):
    with Fleet(stage) as fleet:
        fleet.start_all("api1", "api2", "speed1")
        apis = [fleet.running["api1"].client, fleet.running["api2"].client]
        before = {api.recommendations("1")["model_version"] for api in apis}
        assert len(before) == 1, before
        send_everywhere(apis)
        fleet.start("scheduler", "--set", "scheduler.enabled=false")
        program, night = stage.program, fleet.directory("scheduler")
        until("a run is queued", lambda: program.run("runs", "trigger", "--data", night).returncode == 0)

        def all_serve_another():
            now = {api.recommendations("1")["model_version"] for api in apis}
            return len(now) == 1 and now != before

        until("both apis serve another model", all_serve_another, 240)
        shown = program.must("runs", "list", "--data", fleet.directory("api1"))
        assert "succeeded" in until("the run succeeds", lambda: (
            text := program.must("runs", "list", "--data", fleet.directory("api1"))).count("succeeded") and text), shown
        fleet.check_books(("api1", "api2", "speed1", "scheduler"))
        fleet.end_all()


@scenario("of two schedulers one makes the runs, and the other from when that is killed", platform=True, embedded=False,
          seconds=40)
def one_scheduler(stage):
    with Fleet(stage) as fleet:
        script = stages_that(stage, "sleep 0.2")
        left = {name: fleet.start(name, *script) for name in ("scheduler1", "scheduler2")}

        def asked(name):
            return left[name].client.post("/api/admin/runs", {"pipeline": "batch", "params": {}}, operator=True)

        def taken():
            """(who took it, the run's id)"""
            return next(((name, answer.json()["id"]) for name in left if (answer := asked(name)).status == 202), None)

        first, run_id = until("one takes a run", taken)
        [other] = set(left) - {first}
        refused = asked(other)
        assert refused.status == 503 and "holds the lease" in refused.text, refused
        becomes(stage, fleet.directory(first), run_id, "succeeded")
        assert (names(fleet.directory(first)), names(fleet.directory(other))) == (STAGES, [])
        fleet.kill(first)
        del left[first]
        _, run_id = until("the other has the lease", taken, 120)
        becomes(stage, fleet.directory(other), run_id, "succeeded")
        assert names(fleet.directory(other)) == STAGES
        fleet.end_all()
