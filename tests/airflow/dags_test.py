"""The DAGs on a real Airflow: nights that go well, are killed, refused, made elsewhere, made again."""

import os
import signal
import time
import unittest
from datetime import datetime, timedelta, timezone

import common  # noqa: F401  (finds what scenarios are made of)
from airflow_client import AirflowClient, until
from world import SMALL, World, processes

NIGHT, TRAINING = "batch_recommendation_processing", "model_training_dag"
STAGES = ("archive", "train", "evaluate", "generate", "publish", "invalidate")
LONG = "[train]\nrank = 64\nepochs = 100\n"
NONSENSE = "[train]\nrank = 1\nepochs = 1\nregularization = 900\n"


def at_two(day):
    return f"{day}T02:00:00Z"


@unittest.skipUnless("STACK_AIRFLOW_URL" in os.environ, "tests/airflow/run starts Airflow")
class DagsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.airflow = AirflowClient.of_stack()
        cls.world = World(os.environ["MARQUEE_AIRFLOW_TEST_SCRATCH"])
        cls.start_own_scheduler()
        until("both DAGs are read", lambda: cls.airflow.call("GET", "/api/v2/dags")["total_entries"] == 2)
        cls.airflow.unpause(TRAINING)
        # The schedule makes the newest night at once, which must not come between those of the tests. The next is
        # due in 23 hours: tests/airflow/run chose the time.
        newest = cls.world.directory()
        cls.airflow.unpause(NIGHT)
        runs = until("the newest night is due", lambda: cls.airflow.call(
            "GET", f"/api/v2/dags/{NIGHT}/dagRuns")["dag_runs"])
        cls.newest = runs[0]["dag_run_id"]
        cls.newest_state = cls.airflow.wait(NIGHT, cls.newest)
        cls.newest_models = cls.world.models(newest)

    @classmethod
    def start_own_scheduler(cls):
        """Marquee's own, on a directory of its own; its night is due within a minute, and looked at last."""
        cls.own = cls.world.directory()
        now = datetime.now(timezone.utc)
        due = now + timedelta(seconds=75 if now.second > 45 else 60)
        cls.own_night = (due - timedelta(days=1)).strftime("%Y-%m-%d")
        cls.own_server = cls.world.program.serve(
            cls.own, "--set", f"scheduler.cron={due.minute} {due.hour} * * *")
        cls.addClassCleanup(cls.own_server.__exit__)

    def night(self, name, day, within_s=240):
        """The final state of a night that is triggered."""
        self.airflow.trigger(NIGHT, name, at_two(day))
        return self.airflow.wait(NIGHT, name, within_s)

    def states(self, name):
        return {task: state for task, (state, _) in self.airflow.tasks(NIGHT, name).items()}

    def test_0_the_schedule_makes_the_day_that_was_over_when_the_night_was_due(self):
        self.assertEqual(self.newest_state, "success", self.airflow.tasks(NIGHT, self.newest))
        at = os.environ["MARQUEE_AIRFLOW_NIGHT_TIME"]
        now = datetime.now(timezone.utc)
        due = now if now.strftime("%H:%M") >= at else now - timedelta(days=1)
        self.assertEqual(self.airflow.run(NIGHT, self.newest)["run_after"][:16], due.strftime(f"%Y-%m-%dT{at}"))
        [(version, standing)] = self.newest_models.items()
        self.assertEqual((version, standing), (due.strftime("als_%Y%m%d_0000"), "current"))

    def test_1_the_page_is_below_admin(self):
        status, page = self.airflow.open("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn('<base href="/admin/"', page)
        self.assertEqual(self.airflow.open("GET", "/auth/login")[0], 200)
        self.assertEqual(AirflowClient.open(_stranger(self.airflow), "GET", "/api/v2/dags")[0], 401)

    def test_2_dags_test_makes_a_night_without_events(self):
        data = self.world.directory()
        with self.airflow.paused(NIGHT):
            done = self.world.dags_test(NIGHT, "2025-01-01")
        self.assertEqual(done.returncode, 0, (done.stdout + done.stderr)[-4000:])
        self.assertIn("0 days with 0 events", done.stdout + done.stderr)
        self.assertEqual(self.world.models(data), {"als_20250102_0000": "current"})
        self.assertEqual(self.world.archived_days(data), [])

    def test_3_a_triggered_night_reaches_the_running_server(self):
        data = self.world.directory()
        with self.world.serve(data) as server:
            self.assertEqual(self.night("well", "2025-01-05"), "success")
            self.assertEqual(self.states("well"), dict.fromkeys(STAGES, "success"))
            self.assertIn("epochs, loss", self.airflow.log(NIGHT, "well", "train", 1))
            listed = server.client.get("/api/recommendations?user_id=1").json()
            self.assertEqual(listed["model_version"], "als_20250106_0000")

    def test_4_a_killed_stage_and_a_killed_task_resume(self):
        data = self.world.directory(LONG)
        self.airflow.trigger(NIGHT, "killed", at_two("2025-01-06"))
        stage = "batch", "train", "--run-id", "2025-01-06"
        [(child, _)] = until("train runs", lambda: processes(*stage))
        os.kill(child, signal.SIGKILL)
        [(again, task)] = until("train runs again",
                                lambda: [found for found in processes(*stage) if found[0] != child])
        os.kill(task, signal.SIGKILL)
        until("the stage ends with its task", lambda: again not in [pid for pid, _ in processes(*stage)], 30)
        self.assertEqual(self.airflow.wait(NIGHT, "killed"), "success")
        self.assertGreaterEqual(self.airflow.tasks(NIGHT, "killed")["train"][1], 3)
        self.assertIn("SIGKILL", self.airflow.log(NIGHT, "killed", "train", 1))
        self.assertEqual(self.world.current(data), ["als_20250107_0000"])

    def test_5_the_gates_no_ends_the_night_at_once(self):
        data = self.world.directory("[train]\nrank = 16\nepochs = 6\n")
        self.world.program.must("batch", "run", "--data", data, "--run-id", "good", "--logical-date", "2025-01-01")
        good = self.world.current(data)
        (data / "marquee.toml").write_text(NONSENSE)
        self.assertEqual(self.night("refused", "2025-01-07"), "failed")
        tasks = self.airflow.tasks(NIGHT, "refused")
        self.assertEqual(tasks["evaluate"], ("failed", 1), "not tried again")
        self.assertEqual([tasks[name][0] for name in STAGES[3:]], ["upstream_failed"] * 3)
        self.assertIn("old model stays", self.airflow.log(NIGHT, "refused", "evaluate", 1))
        self.assertEqual(self.world.current(data), good)

    def test_6_a_backfill_of_three_days_gives_three_archives_and_one_model_in_service(self):
        data, days = self.world.directory(), ["2025-02-01", "2025-02-02", "2025-02-03"]
        self.world.live_through(data, days)
        self.airflow.call("POST", "/api/v2/backfills", {
            "dag_id": NIGHT, "from_date": days[0] + "T00:00:00Z", "to_date": days[2] + "T23:59:59Z",
            "max_active_runs": 1, "run_backwards": False, "dag_run_conf": {}})
        runs = until("three nights", lambda: self.backfilled(3), 300)
        self.assertEqual([run["state"] for run in runs], ["success"] * 3)
        self.assertEqual(self.world.archived_days(data), days)
        models = self.world.models(data)
        self.assertEqual(len(models), 3)
        self.assertEqual(models["als_20250204_0000"], "current")
        # Made again, the first night changes nothing: a newer model serves.
        self.airflow.call("POST", f"/api/v2/dags/{NIGHT}/clearTaskInstances", {
            "dry_run": False, "dag_run_id": runs[0]["dag_run_id"], "only_failed": False,
            "reset_dag_runs": True})
        first = runs[0]["dag_run_id"]
        until("it runs again", lambda: self.airflow.tasks(NIGHT, first)["archive"][1] == 2)
        self.assertEqual(self.airflow.wait(NIGHT, first), "success")
        self.assertEqual(self.states(first)["publish"], "skipped")
        self.assertEqual(self.world.models(data), models)

    def backfilled(self, count):
        found = self.airflow.call("GET", f"/api/v2/dags/{NIGHT}/dagRuns?run_type=backfill")["dag_runs"]
        found = [run for run in found if run["run_type"] == "backfill"]
        ended = [run for run in found if run["state"] in ("success", "failed")]
        return sorted(ended, key=lambda run: run["logical_date"]) if len(ended) == count else None

    def test_7_a_night_that_marquee_made_itself_is_not_made_again(self):
        until("its own scheduler has made the night", lambda: [
            run for run in self.own_server.client.get("/api/admin/runs", operator=True).json()["runs"]
            if (run["id"], run["status"]) == (self.own_night, "succeeded")], 300)
        models = self.world.models(self.own)
        self.world.use(self.own)
        # A second at which no schedule has a night: of two runs with one logical date the second is refused.
        self.airflow.trigger(NIGHT, "second", self.own_night + "T03:00:30Z")
        self.assertEqual(self.airflow.wait(NIGHT, "second"), "success")
        self.assertEqual(self.states("second"), dict.fromkeys(STAGES, "skipped"))
        self.assertEqual(self.world.models(self.own), models)

    def test_8_training_takes_the_forms_parameters_and_promotes_by_choice(self):
        data = self.world.directory(SMALL)
        self.airflow.trigger(TRAINING, "kept", conf={"k": 4, "iterations": 1})
        self.assertEqual(self.airflow.wait(TRAINING, "kept"), "success")
        self.assertEqual(self.airflow.tasks(TRAINING, "kept")["promote"][0], "skipped")
        [(version, standing)] = self.world.models(data).items()
        self.assertEqual(standing, "", "registered, and not in service")
        self.assertIn('"rank":4', self.world.program.must("models", "show", version, "--json", "--data", data)
                      .replace(" ", ""))
        time.sleep(1)  # a run by hand is called by its second
        self.airflow.trigger(TRAINING, "promoted", conf={"k": 4, "iterations": 2, "promote": True})
        self.assertEqual(self.airflow.wait(TRAINING, "promoted"), "success")
        self.assertEqual(len(self.world.current(data)), 1)

    def test_9_a_missing_bucket_is_a_clear_end_and_publishes_nothing(self):
        data = self.world.directory()
        bucket = os.environ["STACK_S3_URL"].replace("s3://", "s3://no-such-", 1)
        with self.airflow.paused(NIGHT):
            done = self.world.dags_test(
                NIGHT, "2025-01-01", MARQUEE_OBJECTS=bucket,
                MARQUEE_AIRFLOW_RETRIES="0",  # stored with the DAG, for other runs too: so this comes last
                AWS_ACCESS_KEY_ID=os.environ["STACK_S3_ACCESS_KEY"],
                AWS_SECRET_ACCESS_KEY=os.environ["STACK_S3_SECRET_KEY"])
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no-such-", done.stdout + done.stderr)
        self.assertEqual(self.world.models(data), {})


def _stranger(client):
    """The same address, nobody logged in."""
    stranger = object.__new__(AirflowClient)
    stranger.url, stranger.token = client.url, None
    return stranger


if __name__ == "__main__":
    unittest.main()
