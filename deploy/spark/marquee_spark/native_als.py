"""The native trainer's half-steps, spread: the rows of one side lie in blocks at the workers, the other
side's vectors and the rows' own are broadcast, the driver gathers what is solved.

Rows are independent and each is moved by the same C++ in the same order, so the model has the bits of
`marquee batch train`, for any number of workers. Both sides and the gathered vectors must fit into a
worker and into the driver: 0.26 GB for a million rows of rank 64.
"""

import time

import numpy
import pandas

from . import native
from .worker_path import leave_out_jars

BLOCK = "numbers binary, starts binary, columns binary"


def block_of(rows, columns):
    """One line of BLOCK from pairs sorted by row, then column."""
    first = numpy.flatnonzero(numpy.concatenate(([True], rows[1:] != rows[:-1])))
    starts = numpy.append(first, len(rows)).astype(numpy.uint64)
    return pandas.DataFrame({"numbers": [rows[first].astype(numpy.uint32).tobytes()],
                             "starts": [starts.tobytes()],
                             "columns": [columns.astype(numpy.uint32).tobytes()]})


def blocks_of(pairs, row, column, partitions):
    """A block a partition, of about as many pairs each; every row whole in one of them. An RDD: its jobs
    have no plan to make, and there are two an epoch."""

    def gather(frames):
        frames = [frame for frame in frames if len(frame)]
        if frames:
            whole = pandas.concat(frames)
            yield block_of(whole[row].to_numpy(), whole[column].to_numpy())

    return (pairs.select(row, column).repartitionByRange(partitions, row).sortWithinPartitions(row, column)
            .mapInPandas(gather, BLOCK).rdd.map(tuple).cache())


def solver(parameters, shared):
    """`shared` is a broadcast of (fixed vectors, their gramian, vectors to improve or None to solve exactly)."""

    def solve(blocks):
        leave_out_jars()
        fixed, gramian, before = shared.value
        for raw_numbers, raw_starts, raw_columns in blocks:
            numbers, starts, columns = (numpy.frombuffer(raw, kind) for raw, kind in (
                (raw_numbers, numpy.uint32), (raw_starts, numpy.uint64), (raw_columns, numpy.uint32)))
            if before is None:
                solved = native.half_step(parameters, starts, columns, fixed, gramian)
            else:
                solved = native.improve(parameters, starts, columns, fixed, gramian, before[numbers])
            yield raw_numbers, solved.tobytes()

    return solve


def half_step(spark, parameters, blocks, rows, fixed, before=None):
    """All vectors of the side whose rows are `blocks`; each of its `rows` has a pair."""
    broadcast = spark.sparkContext.broadcast((fixed, native.gramian(fixed), before))
    try:
        parts = blocks.mapPartitions(solver(parameters, broadcast)).collect()
    finally:
        broadcast.unpersist()
    solved = numpy.full((rows, parameters.rank), numpy.nan, numpy.float32)
    for numbers, vectors in parts:
        numbers = numpy.frombuffer(numbers, numpy.uint32)
        solved[numbers] = numpy.frombuffer(vectors, numpy.float32).reshape(len(numbers), parameters.rank)
    return solved


class NativeAls:
    """`pairs` has columns user and item; `item_ids` decides where training starts."""

    def __init__(self, spark, pairs, user_count, item_ids, parameters):
        partitions = spark.sparkContext.defaultParallelism
        self.spark, self.parameters = spark, parameters
        self.user_count, self.item_count = user_count, len(item_ids)
        self.by_user = blocks_of(pairs, "user", "item", partitions)
        self.by_item = blocks_of(pairs, "item", "user", partitions)
        self.items = native.initial_vectors(parameters, item_ids)
        self.users = numpy.zeros((user_count, parameters.rank), numpy.float32)

    def prepare(self):
        """Makes the blocks, which else the first epoch would."""
        return self.by_user.count() + self.by_item.count()

    def epoch(self):
        self.users = half_step(self.spark, self.parameters, self.by_user, self.user_count, self.items, self.users)
        self.items = half_step(self.spark, self.parameters, self.by_item, self.item_count, self.users, self.items)

    def train(self, on_epoch=lambda epoch, seconds: None):
        for epoch in range(self.parameters.epochs):
            begin = time.monotonic()
            self.epoch()
            on_epoch(epoch + 1, time.monotonic() - begin)
        # Lists use these viewers' vectors and live requests fold in, exactly, against the final films'.
        self.users = half_step(self.spark, self.parameters, self.by_user, self.user_count, self.items)
        return self.users, self.items
