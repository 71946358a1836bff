"""Which run of Marquee a DAG run stands for, and when there is nothing to do."""

import datetime
import json
import unittest

import common  # noqa: F401  (finds the DAGs' module)
from marquee_airflow.runs import Run, elsewhere, every_day_at, lakehouse, newer_in_service

AFTER = datetime.datetime(2025, 1, 3, 2, 0, 7, tzinfo=datetime.timezone.utc)
NIGHT = Run("2025-01-02", "2025-01-02")


def models(*found):
    return json.dumps({"models": [{"version": version, "standing": standing, "created_at": created,
                                   "manifest": {"run_id": run_id}}
                                  for version, standing, created, run_id in found]})


class EveryDayAtTest(unittest.TestCase):
    def test_a_time_is_a_crontab_expression_that_is_due_every_day(self):
        for time, expression in (("02:00", "0 2 * * *"), ("00:00", "0 0 * * *"), ("23:59", "59 23 * * *")):
            self.assertEqual(every_day_at(time), expression)

    def test_whatever_else_is_refused_by_the_settings_name(self):
        for time in ("", "2:00", "24:00", "02:60", "02:00 ", "02:00\n", "0 2 * * *", "@daily", "0٢:00"):
            with self.assertRaisesRegex(ValueError, "MARQUEE_AIRFLOW_NIGHT_TIME .*as 02:00"):
                every_day_at(time)


class RunTest(unittest.TestCase):
    def test_a_night_is_called_by_its_logical_date_whatever_its_hour(self):
        for hour in (0, 2, 23):
            run = Run.of_night(datetime.datetime(2025, 1, 2, hour), AFTER)
            self.assertEqual(run.options(), ["--run-id", "2025-01-02", "--logical-date", "2025-01-02"])
            self.assertTrue(run.is_night())

    def test_a_run_without_a_date_is_one_by_hand(self):
        run = Run.of_night(None, AFTER)
        self.assertEqual(run.options(), ["--run-id", "manual-20250103T020007Z"])
        self.assertFalse(run.is_night())


class ElsewhereTest(unittest.TestCase):
    def listed(self, status, run_id="2025-01-02"):
        return json.dumps({"runs": [{"id": run_id, "status": status}]})

    def test_it_is_what_marquee_says_of_this_run_and_of_no_other(self):
        for status in ("queued", "running", "succeeded", "failed", "cancelled", "refused"):
            self.assertEqual(elsewhere(NIGHT, self.listed(status)), status)
        self.assertIsNone(elsewhere(NIGHT, self.listed("succeeded", "2025-01-01")))


class NewerInServiceTest(unittest.TestCase):
    OURS = ("als_20250103_0000", "", "2025-01-03T00:00:00.000Z", "2025-01-02")

    def test_an_older_model_does_not_replace_a_newer_one(self):
        newer = ("als_20250201_0000", "current", "2025-02-01T00:00:00.000Z", "2025-01-31")
        self.assertEqual(newer_in_service(NIGHT, models(newer, self.OURS)), "als_20250201_0000")

    def test_a_newer_model_replaces_an_older_one_and_itself(self):
        older = ("als_20250102_0000", "current", "2025-01-02T00:00:00.000Z", "2025-01-01")
        self.assertIsNone(newer_in_service(NIGHT, models(self.OURS, older)))
        self.assertIsNone(newer_in_service(NIGHT, models((self.OURS[0], "current", *self.OURS[2:]))))
        self.assertIsNone(newer_in_service(NIGHT, models(self.OURS)))


class LakehouseTest(unittest.TestCase):
    def shown(self, objects):
        return json.dumps({"objects": {"value": objects}, "data_dir": {"value": "/var/lib/marquee"}})

    def test_it_is_that_of_the_settings_and_else_in_the_data_directory(self):
        self.assertEqual(lakehouse(self.shown("file:")), "file:/var/lib/marquee/lakehouse")
        for other in ("file:/mnt/lakehouse", "s3://lakehouse?endpoint=http://minio:9000"):
            self.assertEqual(lakehouse(self.shown(other)), other)


if __name__ == "__main__":
    unittest.main()
