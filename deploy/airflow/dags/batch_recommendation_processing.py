"""The nightly run: archive, train, evaluate (the gate), generate, publish, invalidate.

Each task is a stage of `marquee batch`, so settings come from the environment of the scheduler
(MARQUEE_*, MARQUEE_BIN the program). It is due at 02:00 UTC, or at MARQUEE_AIRFLOW_NIGHT_TIME. The logical date
is the day that is over then, and is the run's id: whatever is repeated gives the same bytes.
docs/AIRFLOW_3X_MIGRATION_GUIDE.md.
"""

import datetime

from airflow.sdk import DAG
from airflow.timetables.interval import CronDataIntervalTimetable

from marquee_airflow.tasks import DEFAULTS, EVERY_NIGHT, NightOperator, PublishOperator


def minutes(count):
    return datetime.timedelta(minutes=count)


with DAG(
    "batch_recommendation_processing",
    description="the nightly run: from the day's events to lists in service",
    doc_md=__doc__,
    # Not a plain cron string: Airflow 3 would take the tick for the logical date, not the day before.
    schedule=CronDataIntervalTimetable(EVERY_NIGHT, timezone="UTC"),
    start_date=datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc),
    catchup=False,
    max_active_runs=1,  # one batch command works on a directory at a time
    default_args=DEFAULTS,
    tags=["marquee", "batch"],
):
    archive = NightOperator(task_id="archive", stage_name="archive", execution_timeout=minutes(60))
    train = NightOperator(task_id="train", stage_name="train", execution_timeout=minutes(240))
    evaluate = NightOperator(task_id="evaluate", stage_name="evaluate", options=["--gate"])
    generate = NightOperator(task_id="generate", stage_name="generate")
    publish = PublishOperator(task_id="publish", stage_name="publish", execution_timeout=minutes(60))
    invalidate = NightOperator(task_id="invalidate", stage_name="invalidate", execution_timeout=minutes(10))
    archive >> train >> evaluate >> generate >> publish >> invalidate
