"""The streaming job on the real Spark, Kafka, PostgreSQL and MinIO, beside servers that leave the fold to it:

    tools/stack exec spark minio kafka postgres redis -- tests/spark/run streaming

MARQUEE_STREAMING_KILLS is how often the driver is killed (default 10).
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
import unittest
from pathlib import Path

from small_world import FILMS, PROGRAM, RANK, ROOT, write_dataset

sys.path.insert(0, str(ROOT / "tests/scenario"))
from client import uuid7  # noqa: E402
from fleet import Fleet, until  # noqa: E402
from kafka_producer import produce  # noqa: E402
from load import Ledger, Sender, Target  # noqa: E402
from load_checks import check_histories, finish  # noqa: E402
from platform_stage import PlatformStage  # noqa: E402
from program import Program  # noqa: E402
from spark_fleet import SparkFleet, clock_times  # noqa: E402

SERVERS = ("STACK_SPARK_URL", "STACK_S3_URL", "STACK_KAFKA_URL", "STACK_POSTGRES_URL", "STACK_REDIS_URL")
SCENARIO = json.loads((Path(__file__).parent / "streaming_events.json").read_text())
KILLS = int(os.environ.get("MARQUEE_STREAMING_KILLS", "10"))
IN_ONE_PROCESS = "local[2]"
LIVE = "live.factors = 0.9\nlive.neighbors = 0.3\nlive.like_weight = 2\n"  # none as by default


class CalmSender(Sender):
    """Some hundred events a second, so that the last job has caught up soon."""

    def run(self):
        while not self.stop.is_set():
            self.deliver(self.next_request())
            time.sleep(self.rng.uniform(0, 0.1))


def scenario_events():
    """The events of the file: each viewer does each step, with ids that are new in every run."""
    for step, event in enumerate(SCENARIO["steps"]):
        for viewer in range(SCENARIO["viewers"]):
            yield step, viewer, event


def send_scenario(client):
    ids = {}
    for step, viewer, event in scenario_events():
        same = event.get("again", event.get("conflicts"))
        ids[step, viewer] = ids[same, viewer] if same is not None else uuid7()
        fields = {"event_id": ids[step, viewer]}
        if "value" in event:
            fields["value"] = event["value"]
        if "undoes" in event:
            fields["undoes"] = ids[event["undoes"], viewer]
        client.event(f"scene-{viewer:02}", f"m{event['film']:03}", event["type"], **fields)


def send_foreign(fleet):
    """What no event can be made of, in every partition; how many."""
    right = json.dumps({"v": 1, "event_id": uuid7(), "user_id": "someone", "movie_id": "m001",
                        "event_type": "click", "ts": 1, "accepted_at": 1}).encode()
    foreign = [(b"someone", b"not JSON"), (b"sensor-7", b'{"v":1,"temperature":21.5}'), (None, None),
               (b"someone", b"x" * (2 << 20)), (b"another", right),
               (b"someone", right, (("fingerprint", b"what"),)), (b"\xff\xfe", b"\xff\xfe")]
    for partition in range(fleet.partitions):
        produce(os.environ["STACK_KAFKA_URL"], fleet.topic, partition, foreign)
    return fleet.partitions * len(foreign)


@unittest.skipUnless(all(name in os.environ for name in SERVERS), f"wants {' '.join(SERVERS)} of tools/stack exec")
class StreamingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        program = Program(PROGRAM, {"MARQUEE_TRAIN__RANK": RANK, "MARQUEE_TRAIN__EPOCHS": "4"})
        cls.stage = PlatformStage(program, Path(scratch.name) / "stage",
                                  str(write_dataset(Path(scratch.name) / "set")))
        cls.stage.prepare()

    def setUp(self):
        self.fleet = self.enterContext(SparkFleet(self.stage))

    def run_job(self, **options):
        job = self.fleet.job(**options)
        self.addCleanup(job.end)
        return job.ready()

    def test_the_scenario_gives_the_same_state_with_either_engine(self):
        self.fleet.settings += LIVE
        api = self.fleet.start("api1").client
        speed = self.fleet.start("speed1")
        job = self.run_job()
        send_scenario(api)
        poison = send_foreign(self.fleet)
        audit = self.fleet.settled("api1")
        self.assertEqual(audit["dead_lettered"], poison)
        self.assertEqual(audit["deduplicated"], 2 * SCENARIO["viewers"], "a repeat and a conflict of each viewer")
        self.assertEqual(audit["applied"], (len(SCENARIO["steps"]) - 2) * SCENARIO["viewers"])
        self.assertIn("the Spark job folds", speed.stderr)
        state = speed.client.get("/api/health").json()["dependencies"]["state"]
        self.assertEqual((state["status"], "the Spark job folds" in state["detail"]), ("ok", True), state)
        self.measure(api, job)
        listed = self.check_lists(api, job)
        by_spark = self.fleet.hash()
        job.end()

        with Fleet(self.stage) as native:
            native.settings += LIVE
            native.use_topic_of(self.fleet)
            there = native.start("api1").client
            native.start_all("speed1")
            native.settled("api1")
            self.assertEqual(SparkFleet.hash(native), by_spark)
            computed = there.recommendations("scene-00", 20)["recommendations"]
            self.assertEqual([film["movie_id"] for film in computed], listed, "what was made ahead and what is computed")

    def check_lists(self, api, job):
        """A list that was made ahead is used while it is of the viewer's version, and else it is not; what the
        first viewer got. Their event is the last of all: a list holds what all viewers' transitions said when it
        was made, and its viewer's version does not tell of those that came later."""
        behind = len(job.lines)
        for viewer in ("scene-01", "scene-00"):
            api.event(viewer, "m011", "like", event_id=uuid7())
            self.fleet.settled("api1")
        job.wait_for("[1-9][0-9]* lists made ahead", behind=behind)

        def versions():
            return dict(line.split("|") for line in self.stage.query(self.fleet.state, (
                "SELECT user_id, f.version = p.version FROM rec_feed f JOIN user_profiles p USING (user_id) "
                "WHERE user_id LIKE 'scene-0_'")).splitlines())

        until("the lists are of their viewers' versions", lambda: set(versions().values()) == {"t"})
        self.stage.query(self.fleet.state, "UPDATE rec_feed SET version = version - 1 WHERE user_id = 'scene-01'")
        name = "marquee_made_ahead_lists_total"
        listed = api.recommendations("scene-00", 20)
        self.assertEqual((api.metric(name, result="used"), api.metric(name, result="passed")), (1, 0), listed)
        api.recommendations("scene-01")
        self.assertEqual((api.metric(name, result="used"), api.metric(name, result="passed")), (1, 1))
        return [film["movie_id"] for film in listed["recommendations"]]

    def measure(self, api, job):
        """How long one event takes from its micro-batch's trigger on, against ten times what is wanted
        (`./dev bench micro_batch` says against what)."""
        times = clock_times(api, job, 12)
        medians = {name: round(statistics.median(each[name] for each in times)) for name in times[-1]}
        print(f"\n    one event, ms of its micro-batch: {json.dumps(medians)}", flush=True)
        self.assertLess(medians["stored"], 5000)
        self.assertLessEqual({"latestOffset", "walCommit", "queryPlanning", "handing_over", "read", "fold", "lists",
                              "commitOffsets"}, set(medians))

    def test_a_driver_killed_amid_its_batches_counts_nothing_twice_and_loses_nothing(self):
        api = self.fleet.start("api1")
        ledger, target = Ledger(on_kafka=True), Target()
        target.up(api.address, "api1")
        senders = [CalmSender(number, number, ledger, target, [f"m{film:03}" for film in range(FILMS)])
                   for number in range(2)]
        draw, replayed, position = random.Random(8), 0, self.position()
        for sender in senders:
            sender.start()
        for kill in range(KILLS):
            job = self.run_job(master=IN_ONE_PROCESS, arguments=("--no-lists",))
            job.wait_for(r"batch \d+: [1-9]\d* messages, read")
            # Before, amid or behind what the batch stores; every other time certainly not before.
            if kill % 2:
                until("a step is stored", lambda: self.position() > position)
            else:
                time.sleep(draw.uniform(0, 0.2))
            job.end()
            position = self.position()
            replayed += job.skipped()
        finish(senders)
        job = self.run_job(master=IN_ONE_PROCESS, arguments=("--no-lists",))
        audit = self.fleet.settled("api1")
        job.end()
        replayed += job.skipped()
        present = check_histories(api.client, ledger)
        self.assertEqual(audit["applied"], len(present))
        self.assertFalse([each for each in ledger.wrong if "conflict" not in each], ledger.wrong[:3])
        print(f"\n    {KILLS} kills: {audit['accepted']} messages, {audit['applied']} applied, "
              f"{replayed} handed over again", flush=True)
        self.assertGreater(replayed, 0, "no kill fell between the store and Spark's commit")
        self.fleet.hash()

    def position(self):
        """How much is folded, of all partitions."""
        return int(self.stage.query(self.fleet.state, "SELECT coalesce(sum(next_offset), 0) FROM cursors"))

    def test_two_jobs_do_not_fold_the_same_partition(self):
        self.fleet.start("api1")
        first = self.run_job(master=IN_ONE_PROCESS)
        second = self.run_job(master=IN_ONE_PROCESS)
        self.fleet.running["api1"].client.event("ann", "m001", "like")
        first.wait_for("is folded by another process now")
        self.assertEqual(first.process.wait(60), 1)
        self.fleet.settled("api1")
        second.end()


if __name__ == "__main__":
    unittest.main()
