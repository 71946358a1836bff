"""Reads imported history and archived days: what their indexes name and nothing else, each file's SHA-256
checked first."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from . import offsets
from .failure import DAMAGED, Failed
from .run_record import HISTORY

ARCHIVE = "archived-events/archive.json"
MOVES = "archived-events/moves.json"
READ = ("event_id string, user_id string, movie_id string, event_type string, value double, undoes string, "
        "ts timestamp, offset string")
RESERVED_PREFIX = "marquee:"  # viewers of the server itself are in no model (src/domain/ids.h)


@dataclass
class Events:
    """`frame` has a column `place` that orders each viewer's events as the fold has them."""

    frame: DataFrame
    history_events: int
    log_events: int
    log_end: str  # up to here the log was read: what of the run's part of it is archived
    not_archived: bool  # the run reads further


def check_files(spark, lakehouse, files):
    """One pass over the bytes, by the workers, before anybody believes them."""
    missing = [file["key"] for file in files if not file.get("sha256")]
    if missing:
        raise Failed(f"{missing[0]} has no SHA-256 in its index: restore it from a backup", DAMAGED)
    paths = [lakehouse.path(file["key"]) for file in files]
    try:
        found = spark.read.format("binaryFile").load(paths).select(
            "path", F.sha2("content", 256).alias("sha256")).collect()
    except Exception as error:  # a file that the index names is not there
        raise Failed(f"a file of archived-events cannot be read ({str(error).splitlines()[0]}): restore it "
                     "from a backup", DAMAGED) from error
    sums = {row.path.rpartition("/archived-events/")[2]: row.sha256 for row in found}
    for file in files:
        if sums.get(file["key"].removeprefix("archived-events/")) != file["sha256"]:
            raise Failed(f"{file['key']} is missing or differs from its SHA-256: restore it from a backup",
                         DAMAGED)


def rows_of(spark, lakehouse, files):
    if not files:
        return spark.createDataFrame(spark.sparkContext.emptyRDD(), READ)
    return spark.read.schema(READ).parquet(*(lakehouse.path(file["key"]) for file in files))


def history_place():
    """Files and rows of imported history stand in the order of ts, user, film, event (history.md)."""
    return F.struct(F.lit(-1).alias("epoch"), F.lit(0).alias("partition"),
                    F.unix_millis("ts").alias("sequence"), F.col("movie_id").alias("movie"),
                    F.col("event_id").alias("event"))


def log_place(moves):
    """What came before a move of the log comes first, whichever partition it stands in (archive.md)."""
    partition, sequence = offsets.partition_of(F.col("offset")), offsets.sequence_of(F.col("offset"))
    epoch = sum((F.when(offsets.lies_before(partition, sequence, move), 0).otherwise(1) for move in moves),
                F.lit(0))
    return F.struct(epoch.alias("epoch"), partition.alias("partition"), sequence.alias("sequence"),
                    F.lit("").alias("movie"), F.lit("").alias("event"))


def read_events(spark, lakehouse, run):
    history = lakehouse.json(HISTORY, 1) or {"files": []}
    archive = lakehouse.json(ARCHIVE, 2) or {"files": [], "archived_until": ""}
    moves = lakehouse.json(MOVES, 1) or {"moves": []}
    wanted = offsets.parse_cursor(run.log_end)
    end = offsets.covered(wanted, offsets.parse_cursor(archive["archived_until"]))
    files = history["files"] + archive["files"]
    if files:
        check_files(spark, lakehouse, files)
    partition, sequence = offsets.partition_of(F.col("offset")), offsets.sequence_of(F.col("offset"))
    of_history = rows_of(spark, lakehouse, history["files"]).withColumn("place", history_place())
    of_log = rows_of(spark, lakehouse, archive["files"]).where(
        offsets.lies_before(partition, sequence, end)).withColumn(
            "place", log_place([offsets.parse_cursor(move["at"]) for move in moves["moves"]]))
    both = of_history.withColumn("imported", F.lit(True)).unionByName(
        of_log.withColumn("imported", F.lit(False)))
    both = both.where(~F.col("user_id").startswith(RESERVED_PREFIX)).drop("ts", "offset")
    counts = {row.imported: row["count"] for row in both.groupBy("imported").count().collect()}
    behind = any(end.get(partition, 0) < next_ for partition, next_ in wanted.items())
    return Events(both, counts.get(True, 0), counts.get(False, 0), offsets.cursor_text(end), behind)
