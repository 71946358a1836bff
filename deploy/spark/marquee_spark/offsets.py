"""Places in the event log as text: 'e:17' of the embedded log, 'k:3:99' of partition 3 of a topic."""

from pyspark.sql import functions as F

from .failure import DAMAGED, Failed

EMBEDDED = -1  # the partition of the embedded log


def parse_cursor(text):
    """{partition: next sequence} of 'e:17,k:3:99'; nothing of ''."""
    cursor = {}
    try:
        for part in filter(None, text.split(",")):
            kind, *numbers = part.split(":")
            partition, sequence = {"e": (EMBEDDED, *numbers), "k": numbers}[kind]
            cursor[int(partition)] = int(sequence)
    except (KeyError, ValueError) as error:
        raise Failed(f"'{text}' is no place in a log", DAMAGED) from error
    return cursor


def cursor_text(cursor):
    return ",".join(f"e:{next_}" if partition == EMBEDDED else f"k:{partition}:{next_}"
                    for partition, next_ in sorted(cursor.items()))


def covered(wanted, archived):
    """Of what a run wants, what the archive has: in each partition up to the smaller."""
    return {partition: min(next_, archived[partition]) for partition, next_ in wanted.items()
            if archived.get(partition, 0) > 0}


def partition_of(column):
    return F.when(column.startswith("e:"), F.lit(EMBEDDED)).otherwise(
        F.split(column, ":").getItem(1).cast("int"))


def sequence_of(column):
    return F.element_at(F.split(column, ":"), -1).cast("long")


def lies_before(partition, sequence, cursor):
    """Whether an offset is included in `cursor`."""
    included = F.lit(False)
    for number, next_ in cursor.items():
        included = included | ((partition == number) & (sequence < next_))
    return included
