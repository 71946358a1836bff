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
    """`pairs` has columns user and item, int; `user_counts` and `item_counts` are the positives of each.
    What goes by id lies on the driver, which also writes the artifact: some 0.5 GB for a million viewers at
    rank 64."""

    user_ids: list
    item_ids: list
    user_counts: numpy.ndarray
    item_counts: numpy.ndarray
    pairs: DataFrame

    @property
    def interactions(self):
        return int(self.user_counts.sum())


def counted(found, id_column):
    """Ids, ascending by byte, with the number of rows of each."""
    frame = found.groupBy(id_column).count().toPandas().sort_values(id_column)
    return frame[id_column].tolist(), frame["count"].to_numpy(numpy.int64)


def numbered(spark, ids, id_column, number_column):
    frame = pandas.DataFrame({id_column: ids, number_column: numpy.arange(len(ids), dtype=numpy.int32)})
    return spark.createDataFrame(frame)  # by Arrow: no Python worker has to start for it


def build_matrix(spark, events):
    found = positives(events).cache()
    user_ids, user_counts = counted(found, "user_id")
    if not user_ids:
        raise Failed("there is no positive event to train on: import a data set or collect events first")
    item_ids, item_counts = counted(found, "movie_id")
    users = numbered(spark, user_ids, "user_id", "user")
    items = numbered(spark, item_ids, "movie_id", "item")
    pairs = found.join(users, "user_id").join(F.broadcast(items), "movie_id").select("user", "item")
    return Matrix(user_ids, item_ids, user_counts, item_counts, pairs)
