"""What a training job does besides training: arguments, run, events, artifact."""

import argparse
import os
import time
from pathlib import Path

from pyspark.sql import SparkSession

from . import artifact
from .events import read_events
from .failure import USAGE, Failed
from .lakehouse import open_lakehouse
from .matrix import build_matrix
from .run_record import load_run


def parse(name, text, arguments=None):
    parser = argparse.ArgumentParser(prog=name, description=text)
    parser.add_argument("--run-id", required=True, help="the run that marquee batch archive began")
    parser.add_argument("--objects", default=os.environ.get("MARQUEE_OBJECTS"),
                        help="lakehouse: file:DIR or s3://BUCKET?endpoint=…; default $MARQUEE_OBJECTS")
    options = parser.parse_args(arguments)
    if not options.objects:
        raise Failed("--objects or MARQUEE_OBJECTS is required: where is the lakehouse?", USAGE)
    return options


class Steps:
    """A line a step, as the task log of a scheduler shows it."""

    def __init__(self):
        self.begin = time.monotonic()

    def done(self, step, text):
        now = time.monotonic()
        print(f"{step} ({now - self.begin:.1f} s): {text}", flush=True)
        self.begin = now


def session(name):
    spark = SparkSession.builder.appName(name).getOrCreate()
    # The default of 200 is for data a thousand times as large; adaptive execution joins what is small.
    parallelism = spark.sparkContext.defaultParallelism
    spark.conf.set("spark.sql.shuffle.partitions", max(2 * parallelism, 4))
    return spark


def train_run(spark, objects, run_id, train, program, steps):
    """`train(spark, matrix, parameters, steps)` answers (users, items, extra parameters)."""
    lakehouse = open_lakehouse(spark, objects)
    run = load_run(lakehouse, run_id)
    if artifact.is_stored(lakehouse, run):
        steps.done("train", f"{run.version} is stored already by run {run.run_id}: left as it is")
        return
    events = read_events(spark, lakehouse, run)
    steps.done("check", "every file of archived-events is whole")
    matrix = build_matrix(spark, events.frame)
    steps.done("read", f"{events.history_events} events of history, {events.log_events} of the log, "
               f"{matrix.interactions} positives of {len(matrix.user_ids)} viewers")
    if events.not_archived:
        steps.done("read", f"the run reads the log up to {run.log_end}, the archive ends at "
                   f"'{events.log_end}': what is not archived yet is not trained on")
    users, items, extra = train(spark, matrix, run.parameters, steps)
    artifact.store_model(lakehouse, run, events, matrix, users, items, program, extra)
    steps.done("store", f"{run.version}: {len(matrix.user_ids)} viewers, {len(matrix.item_ids)} films")


def run_training(path, text, train, program):
    """A job from its command line on."""
    name = Path(path).stem
    options = parse(name, text)
    steps = Steps()
    spark = session(name)
    try:
        steps.done("start", f"Spark {spark.version} on {spark.sparkContext.master}")
        train_run(spark, options.objects, options.run_id, train, program, steps)
    finally:
        spark.stop()
