"""Trains a run's model with the native trainer's half-steps at Spark's workers, in the place of
`marquee batch train`; the same bytes of vectors on the same kind of CPU:

    marquee batch archive --run-id ID [--logical-date D]
    ./dev spark-submit native_training.py --run-id ID [--objects file:DIR/lakehouse]

Wants libmarquee_c.so (spark-submit --files, or MARQUEE_C_LIBRARY). Exit codes: 0, 1 failed, 2 usage,
4 damaged.
"""

import os

from marquee_spark import failure, job, native
from marquee_spark.native_als import NativeAls


def train(spark, matrix, parameters, steps):
    if not os.path.exists(native.path()):
        raise failure.Failed(f"{native.LIBRARY} is not here: build it (tools/build release) and give it by --files")
    model = NativeAls(spark, matrix.pairs, len(matrix.user_ids), matrix.item_ids, parameters)
    steps.done("blocks", f"{model.prepare()} blocks of rows")
    users, items = model.train(lambda epoch, seconds: steps.done(
        "train", f"epoch {epoch} of {parameters.epochs}"))
    return users, items, {}


if __name__ == "__main__":
    failure.end("native_training",
                lambda: job.run_training(__file__, __doc__, train, "libmarquee_c"))
