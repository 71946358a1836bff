"""The DAGs on the platform profile: state in PostgreSQL, events in Kafka, lakehouse in the object store, training on
Spark; and a night that Marquee's own scheduler and Airflow both have in their plans."""

import json
import os
import re
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import common
from airflow_client import AirflowClient, until
from platform_stage import PlatformStage
from program import Program

sys.path.insert(0, str(common.ROOT / "tests/spark"))
from small_world import write_dataset  # noqa: E402

NIGHT, TRAINING = "batch_recommendation_processing", "model_training_dag"
STAGES = ("archive", "train", "evaluate", "generate", "publish", "invalidate")
SERVERS = ("AIRFLOW", "KAFKA", "POSTGRES", "REDIS", "S3", "SPARK")
SMALL = {"MARQUEE_TRAIN__RANK": "8", "MARQUEE_TRAIN__EPOCHS": "4"}
DONE, TAKEN, BUSY = 0, 5, 1


@unittest.skipUnless(all(f"STACK_{name}_URL" in os.environ for name in SERVERS), "tests/airflow/run starts them")
class PlatformDagsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.airflow = AirflowClient.of_stack()
        cls.scratch = Path(os.environ["MARQUEE_AIRFLOW_TEST_SCRATCH"]) / "platform"
        cls.program = Program(os.environ["MARQUEE_BIN"], SMALL)
        cls.stage = PlatformStage(cls.program, cls.scratch, str(write_dataset(cls.scratch / "set")))
        cls.data = cls.stage.base
        cls.program.must("import", "--data", cls.data, "--dataset", cls.stage.dataset)
        cls.use(cls.data)
        cls.start_own_scheduler()
        for dag in (NIGHT, TRAINING):
            until(f"{dag} is read", lambda dag=dag: cls.airflow.open("GET", f"/api/v2/dags/{dag}")[0] == 200)

    @classmethod
    def use(cls, data):
        """Airflow's tasks find it from now on. With settings of its own for the model's size."""
        with open(data / "marquee.toml", "a") as settings:
            settings.write("train.rank = 8\ntrain.epochs = 4\n")
        link = cls.scratch / "next"
        link.symlink_to(data)
        link.rename(cls.scratch.parent / "current")

    @classmethod
    def beside(cls, name):
        """Another process's directory in the same installation."""
        directory = cls.scratch / name
        directory.mkdir()
        settings = directory / "marquee.toml"
        settings.touch(0o600)
        settings.write_text((cls.data / "marquee.toml").read_text())
        return directory

    @classmethod
    def start_own_scheduler(cls):
        """Marquee's own, whose night is due when Airflow has certainly begun it."""
        now = datetime.now(timezone.utc)
        cls.due = (now + timedelta(seconds=130)).replace(second=0, microsecond=0)
        cls.day = (cls.due - timedelta(days=1)).strftime("%Y-%m-%d")
        cls.own = cls.program.serve(cls.beside("own"), "--set", f"scheduler.cron={cls.due.minute} {cls.due.hour} * * *")
        cls.addClassCleanup(cls.own.__exit__)

    def models(self):
        """{version: standing}"""
        listed = json.loads(self.program.must("models", "list", "--json", "--data", self.data))
        return {model["version"]: model["standing"] for model in listed["models"]}

    def states(self, dag, run):
        return {task: state for task, (state, _) in self.airflow.tasks(dag, run).items()}

    def test_1_a_night_is_made_on_the_platforms_services(self):
        self.airflow.unpause(NIGHT)
        self.airflow.trigger(NIGHT, "platform", f"{self.day}T02:00:30Z")
        self.assertEqual(self.airflow.wait(NIGHT, "platform"), "success", self.airflow.tasks(NIGHT, "platform"))
        self.assertEqual(self.states(NIGHT, "platform"), dict.fromkeys(STAGES, "success"))
        version = (datetime.fromisoformat(self.day) + timedelta(days=1)).strftime("als_%Y%m%d_0000")
        self.assertEqual(self.models()[version], "current")
        self.assertIn(f"models/{version}/manifest.json", "\n".join(self.stage.bucket.list(self.bucket_folder())))
        served = until("another process of the installation serves it", lambda: (
            listed := self.own.client.recommendations("u003", limit=5)) and listed["model_version"] == version and listed)
        self.assertEqual(len(served["recommendations"]), 5)

    def bucket_folder(self):
        return re.search(r's3://[^/]+/(\w+)', (self.data / "marquee.toml").read_text())[1]

    def test_2_a_model_is_trained_on_spark_and_put_into_service(self):
        before = self.models()
        self.airflow.unpause(TRAINING)
        self.airflow.trigger(TRAINING, "spark", conf={"engine": "spark", "k": 8, "iterations": 4, "promote": True})
        self.assertEqual(self.airflow.wait(TRAINING, "spark"), "success", self.airflow.tasks(TRAINING, "spark"))
        states = self.states(TRAINING, "spark")
        self.assertEqual((states["train_spark"], states["train_native"]), ("success", "skipped"))
        [version] = set(self.models()) - set(before)
        self.assertEqual(self.models()[version], "current")
        self.assertIn("batch_model_training", self.airflow.log(TRAINING, "spark", "train_spark", 1))
        until("it serves", lambda: self.own.client.recommendations("u003")["model_version"] == version)

    def test_3_what_airflow_has_begun_marquees_own_scheduler_leaves_to_it(self):
        models = self.models()

        def own_night():
            listed = self.own.client.get("/api/admin/runs", operator=True).json()["runs"]
            return next((run for run in listed if run["id"] == self.day and run["status"] == "cancelled"), None)

        self.assertIn("was begun by airflow", until("its own night was due", own_night, 240)["detail"])
        self.assertEqual(self.models(), models)

    def test_4_of_two_that_begin_a_night_in_the_same_moment_one_makes_it(self):
        places = {by: self.beside(by) for by in ("scheduler", "airflow")}

        def begin(by, day):
            return subprocess.run([self.program.path, "batch", "archive", "--run-id", day, "--logical-date", day, "--by", by,
                                   "--data", places[by]], env=self.program.environment, capture_output=True, check=False,
                                  text=True, timeout=120)

        with ThreadPoolExecutor(2) as both:
            for number in range(1, 6):
                day = f"2025-03-0{number}"
                first = list(both.map(lambda by, day=day: begin(by, day), places))
                codes = {by: done.returncode for by, done in zip(places, first)}
                self.assertEqual(list(codes.values()).count(DONE), 1, [done.stderr for done in first])
                [loser] = [by for by, code in codes.items() if code != DONE]
                self.assertIn(codes[loser], (TAKEN, BUSY))
                again = begin(loser, day)
                self.assertEqual(again.returncode, TAKEN, again.stderr)
                self.assertIn(f"run '{day}' was begun by", again.stderr)


if __name__ == "__main__":
    unittest.main()
