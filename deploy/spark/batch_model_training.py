"""Trains a run's model with Spark MLlib's implicit ALS, in the place of `marquee batch train`:

    marquee batch archive --run-id ID [--logical-date D]
    ./dev spark-submit batch_model_training.py --run-id ID [--objects file:DIR/lakehouse]
    marquee batch evaluate --run-id ID; marquee batch generate --run-id ID; marquee batch publish --run-id ID

Reads archived-events/, writes models/VERSION/, see README.md. Exit codes: 0, 1 failed, 2 usage, 4 damaged.
"""

import math

import numpy
import pyspark
from pyspark.ml.recommendation import ALS
from pyspark.sql import functions as F

from marquee_spark import failure, job

# How the parameters of src/models/factor_model.h become those of MLlib. Ours:
#
#   L = sum over positives (1 - x.y)^2 + a0 * sum over all pairs (x.y)^2 + ridges
#       ridge of a viewer  l * (n_u + a0 * |films|)^v, of a film  l * (n_i + a0 * |viewers|)^v
#
# MLlib's (Hu, Koren, Volinsky 2008), with confidence 1 + alpha for a positive and 1 for any other pair:
#
#   L = sum over positives (1 + alpha) (1 - x.y)^2 + sum over the others (x.y)^2
#       + regParam * (sum of n_u * |x|^2 + sum of n_i * |y|^2)
#
# Divide ours by a0 and take alpha = 1 / a0. Completing the square, MLlib's positives cost
# alpha * (c - x.y)^2 + (x.y)^2 with c = 1 + a0: the same objective, with a target of c in the place of 1. Its
# optimum is ours with every vector longer by sqrt(c), if MLlib's ridges are ours times c / a0. So vectors are
# divided by sqrt(c) at the end; then what a server folds in live agrees with them.
#
# MLlib scales ridges by n alone (as in ALS for ratings, Zhou et al. 2008), has no v, and has one regParam
# for both sides. Ours is nearly the same for everyone, since a0 * |films| is far above most n_u. regParam is
# what gives the average positive the ridge that it has with ours: where n is a viewer's count,
#
#   regParam * m = c / a0 * l * (m + a0 * |films|)    m = sum of n^2 / sum of n, the n that a positive meets
#
# and the same for films; the geometric mean of the two. (The n of the average viewer instead is a third to a
# sixth of m and costs 0.010 of NDCG@100 more.) Those with few positives are held less than with ours, those
# with many more. What that costs is measured: bench/results/spark.md.


def alpha_of(parameters):
    if not parameters.unobserved_weight > 0:
        raise failure.Failed("train.unobserved_weight is 0: MLlib has no such objective; train natively")
    return 1 / parameters.unobserved_weight


def met_by_a_positive(counts):
    counts = numpy.asarray(counts, numpy.float64)
    return float((counts ** 2).sum() / counts.sum())


def regularization_of(parameters, user_counts, item_counts):
    if parameters.regularization_exp != 1:
        raise failure.Failed(f"train.regularization_exp is {parameters.regularization_exp}: MLlib knows 1 only; "
                             "train natively")
    weight = parameters.unobserved_weight
    of_users = 1 + weight * len(item_counts) / met_by_a_positive(user_counts)
    of_items = 1 + weight * len(user_counts) / met_by_a_positive(item_counts)
    return (1 + weight) / weight * parameters.regularization * math.sqrt(of_users * of_items)


def vectors_of(frame, rows, rank):
    """The vectors of `frame`, by number; a number without a vector is a broken model."""
    found = numpy.full((rows, rank), numpy.nan, numpy.float32)
    vectors = frame.toPandas()
    found[vectors["id"].to_numpy()] = numpy.stack(vectors["features"].to_numpy())
    return found


def estimator(parameters, matrix, parallelism, epochs):
    blocks = max(parallelism, math.ceil(matrix.interactions / 5_000_000))
    return ALS(rank=parameters.rank, maxIter=epochs, implicitPrefs=True, alpha=alpha_of(parameters),
               regParam=regularization_of(parameters, matrix.user_counts, matrix.item_counts),
               seed=parameters.seed % 2**63, userCol="user", itemCol="item", ratingCol="weight",
               numUserBlocks=blocks, numItemBlocks=blocks)


def train(spark, matrix, parameters, steps):
    als = estimator(parameters, matrix, spark.sparkContext.defaultParallelism, parameters.epochs)
    model = als.fit(matrix.pairs.withColumn("weight", F.lit(1.0)))
    scale = numpy.float32(1 / math.sqrt(1 + parameters.unobserved_weight))
    users = vectors_of(model.userFactors, len(matrix.user_ids), parameters.rank) * scale
    items = vectors_of(model.itemFactors, len(matrix.item_ids), parameters.rank) * scale
    steps.done("train", f"{parameters.epochs} epochs of MLlib, alpha {als.getAlpha():g}, "
               f"regParam {als.getRegParam():.6g}")
    return users, items, {"mllib_alpha": als.getAlpha(), "mllib_reg_param": als.getRegParam()}


if __name__ == "__main__":
    failure.end("batch_model_training",
                lambda: job.run_training(__file__, __doc__, train, f"pyspark-{pyspark.__version__}"))
