"""From events to positives: the rules of InteractionMatrixBuilder (src/models/interaction_matrix.h) in the
words of Spark SQL. tests/spark holds the two against each other.

A viewer's standing verdict on a film is that of the latest event that speaks of it. An undo takes back that
viewer's events of the id it names that came before it. Of ratings the newest alone counts; if it is neutral,
what another event said stands again. Every positive weighs 1.
"""

from pyspark.sql import functions as F

# src/domain/event.cpp
POSITIVE_RATING_MIN = 4.0
NEGATIVE_RATING_MAX = 2.0
POSITIVE_VIEW_MIN = 0.5
POSITIVE_TYPES = ("click", "like", "watchlist_add", "search_click")
NEGATIVE_TYPES = ("dislike", "not_interested")


def verdict():
    """1 positive, -1 negative, 0 a rating that is neither, null: says nothing."""
    kind, value = F.col("event_type"), F.col("value")
    return (F.when(kind == "rating",
                   F.when(F.coalesce(value, F.lit(0.0)) >= POSITIVE_RATING_MIN, 1)
                   .when(F.coalesce(value, F.lit(5.0)) <= NEGATIVE_RATING_MAX, -1).otherwise(0))
            .when((kind == "view") & (F.coalesce(value, F.lit(1.0)) >= POSITIVE_VIEW_MIN), 1)
            .when(kind.isin(*POSITIVE_TYPES), 1)
            .when(kind.isin(*NEGATIVE_TYPES), -1))


def standing(events):
    """Without what was undone."""
    undone = (events.where((F.col("event_type") == "undo") & F.col("undoes").isNotNull())
              .groupBy("user_id", F.col("undoes").alias("event_id"))
              .agg(F.max("place").alias("undone_at")))
    statements = events.withColumn("verdict", verdict()).where(F.col("verdict").isNotNull())
    return (statements.join(undone, ["user_id", "event_id"], "left")
            .where(F.col("undone_at").isNull() | (F.col("place") > F.col("undone_at"))))


def positives(events):
    """user_id, movie_id of every standing positive, once."""
    rating = F.col("event_type") == "rating"
    said = F.struct("place", "verdict")
    latest = standing(events).groupBy("user_id", "movie_id").agg(
        F.max(F.when(rating, said)).alias("rating"), F.max(F.when(~rating, said)).alias("other"))
    counts = F.col("rating").isNotNull() & (F.col("rating.verdict") != 0) & (
        F.col("other").isNull() | (F.col("rating.place") > F.col("other.place")))
    final = F.when(counts, F.col("rating.verdict")).otherwise(F.col("other.verdict"))
    return latest.where(final == 1).select("user_id", "movie_id")
