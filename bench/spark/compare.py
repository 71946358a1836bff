"""Runs both training jobs of deploy/spark in one Spark session and times an epoch of each; run by ./run.

    compare.py LAKEHOUSE_URI...     lakehouses as marquee_bench_spark split makes them
"""

import sys
import time
from pathlib import Path

from pyspark.sql import functions as F

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "deploy/spark"))
import batch_model_training  # noqa: E402
import native_training  # noqa: E402
from marquee_spark import job  # noqa: E402
from marquee_spark.native_als import NativeAls  # noqa: E402

EPOCHS = 5  # timed; MLlib's are what 1 + EPOCHS take beyond 1, so that its preparation does not count


def mllib_epoch_s(spark, matrix, parameters):
    pairs = matrix.pairs.withColumn("weight", F.lit(1.0)).cache()
    pairs.count()
    seconds = {}
    for epochs in (1, 1, 1 + EPOCHS):  # the first warms up
        begin = time.monotonic()
        batch_model_training.estimator(parameters, matrix, spark.sparkContext.defaultParallelism,
                                       epochs).fit(pairs)
        seconds[epochs] = time.monotonic() - begin
    pairs.unpersist()
    return (seconds[1 + EPOCHS] - seconds[1]) / EPOCHS


def native_epoch_s(spark, matrix, parameters):
    model = NativeAls(spark, matrix.pairs, len(matrix.user_ids), matrix.item_ids, parameters)
    model.prepare()
    seconds = []
    for _ in range(1 + EPOCHS):
        begin = time.monotonic()
        model.epoch()
        seconds.append(time.monotonic() - begin)
    return sum(seconds[1:]) / EPOCHS


def timed(job_, epoch_s, name):
    """The job's train(), with the time of an epoch measured before it."""

    def train(spark, matrix, parameters, steps):
        seconds = epoch_s(spark, matrix, parameters)
        steps.done("bench", f"{name}: {seconds:.3f} s an epoch of {matrix.interactions} positives, rank "
                   f"{parameters.rank}, {spark.sparkContext.defaultParallelism} cores")
        return job_.train(spark, matrix, parameters, steps)

    return train


def main(uris):
    spark = job.session("compare")
    steps = job.Steps()
    for uri in uris:
        print(uri, flush=True)
        job.train_run(spark, uri, "batch_model_training",
                      timed(batch_model_training, mllib_epoch_s, "MLlib"), "bench", steps)
        job.train_run(spark, uri, "native_training",
                      timed(native_training, native_epoch_s, "native half-steps"), "bench", steps)
    spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
