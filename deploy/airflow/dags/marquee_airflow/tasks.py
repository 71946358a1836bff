"""Stages of Marquee as tasks of Airflow."""

import datetime
import os

from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
from airflow.sdk import BaseOperator

from marquee_airflow import runs, stage

# When the nightly run is due.
EVERY_NIGHT = runs.every_day_at(os.environ.get("MARQUEE_AIRFLOW_NIGHT_TIME", "02:00"))
# Of every task. The delay doubles with each try, up to ten minutes.
DEFAULTS = {
    "owner": os.environ.get("MARQUEE_AIRFLOW_OWNER", "recommendations"),
    "retries": int(os.environ.get("MARQUEE_AIRFLOW_RETRIES", "5")),
    "retry_delay": datetime.timedelta(seconds=float(os.environ.get("MARQUEE_AIRFLOW_RETRY_DELAY_S", "60"))),
    "retry_exponential_backoff": True,
    "max_retry_delay": datetime.timedelta(minutes=10),
    "execution_timeout": datetime.timedelta(hours=2),
}


def run_of(context):
    """The run of Marquee that the DAG run stands for: a logical date is in UTC."""
    dag_run = context["dag_run"]
    if context["dag"].dag_id == "model_training_dag":
        return runs.Run.by_hand(dag_run.run_after)
    return runs.Run.of_night(dag_run.logical_date, dag_run.run_after)


class StageOperator(BaseOperator):
    """`marquee batch STAGE` for the run that the DAG run stands for. Retries what may pass; fails for
    good what would not, the gate's no among them."""

    template_fields = ()

    def __init__(self, stage_name, options=None, **arguments):
        super().__init__(**arguments)
        self.stage_name, self.options = stage_name, options
        self._stage = None

    def command(self, context, run):
        options = self.options(context["params"]) if callable(self.options) else self.options or []
        return [stage.program(), "batch", self.stage_name, *run.options(), *options]

    def look_first(self, run):
        """Raises when there is nothing to do, or not yet."""

    def execute(self, context):
        run = run_of(context)
        try:
            self.look_first(run)
            self._stage = stage.Stage(self.command(context, run))
            self.log.info("run %s: %s", run.id, " ".join(self._stage.command))
            stage.judge(f"{self.stage_name} of run {run.id}", self._stage.run(self.log.info))
        except stage.StageEnded as ended:
            raise AirflowFailException(str(ended)) from ended
        except stage.StageFailed as failed:
            raise AirflowException(str(failed)) from failed
        return run.id

    def on_kill(self):
        if self._stage is not None:
            self._stage.stop()


class NightOperator(StageOperator):
    """A stage of the nightly run: not made again when Marquee's own scheduler has made that night, and
    not beside it. `--by` keeps them apart where both begin in the same moment; one that failed there is gone on
    with, as by a human."""

    takes_over = False

    def command(self, context, run):
        by = ["--by", "airflow"] if run.is_night() and not self.takes_over else []
        return [*super().command(context, run), *by]

    def look_first(self, run):
        if not run.is_night():
            return
        state = runs.elsewhere(run, stage.ask("runs", "list", "--json", "--limit", "1000"))
        if state == "succeeded":
            raise AirflowSkipException(f"Marquee's own scheduler has made the run {run.id} already")
        self.takes_over = state in ("failed", "refused", "cancelled")
        if state in ("queued", "running"):
            raise stage.StageFailed(f"the run {run.id} is {state} in Marquee's own scheduler: waiting. One of "
                                    "the two should have the nights: scheduler.enabled = false, or pause this")


class PublishOperator(NightOperator):
    """Puts the model into service, unless a newer one is."""

    def look_first(self, run):
        super().look_first(run)
        newer = runs.newer_in_service(run, stage.ask("models", "list", "--json"))
        if newer is not None:
            raise AirflowSkipException(f"{newer} in service is newer than the model of run {run.id}: it stays")


class SparkTrainOperator(StageOperator):
    """The stage `train` as a job on Spark (deploy/spark), on the lakehouse of the other stages' settings."""

    def command(self, context, run):
        objects = runs.lakehouse(stage.ask("config", "show", "--json"))
        return [os.environ.get("MARQUEE_SPARK_SUBMIT", "spark-submit"), "batch_model_training.py",
                "--run-id", run.id, "--objects", objects]
