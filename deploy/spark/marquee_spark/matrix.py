"""Positives by numbers: ids ascending, as the artifact has its rows."""

from dataclasses import dataclass

import numpy
import pandas
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from .failure import Failed
from .interactions import positives


@dataclass
class Matrix:
    """`pairs` has columns user and item, int; both lists of ids lie on the driver, which also writes the
    artifact: some 0.5 GB for a million viewers at rank 64."""

    user_ids: list
    item_ids: list
    pairs: DataFrame
    interactions: int


def numbered(spark, ids, id_column, number_column):
    frame = pandas.DataFrame({id_column: ids, number_column: numpy.arange(len(ids), dtype=numpy.int32)})
    return spark.createDataFrame(frame)  # by Arrow: no Python worker has to start for it


def build_matrix(spark, events):
    found = positives(events).cache()
    ids = {column: sorted(row[0] for row in found.select(column).distinct().collect())
           for column in ("user_id", "movie_id")}
    if not ids["user_id"]:
        raise Failed("there is no positive event to train on: import a data set or collect events first")
    users = numbered(spark, ids["user_id"], "user_id", "user")
    items = numbered(spark, ids["movie_id"], "movie_id", "item")
    pairs = (found.join(users, "user_id").join(F.broadcast(items), "movie_id").select("user", "item").cache())
    interactions = pairs.count()
    found.unpersist()
    return Matrix(ids["user_id"], ids["movie_id"], pairs, interactions)
