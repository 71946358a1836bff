"""Where the time of a micro-batch goes: the driver's own steps beside those that Spark counts."""

import contextlib
import time
from datetime import datetime

# What Spark counts of a batch, in the order in which it happens; `addBatch` is where the driver's steps lie.
BEFORE = ("latestOffset", "walCommit", "getBatch", "queryPlanning")
AFTER = ("commitOffsets",)


def milliseconds(seconds):
    return round(1000 * seconds)


class BatchTimes:
    """Of one micro-batch, begun when Spark hands it over."""

    def __init__(self):
        self.steps = {}  # name: seconds, in the order in which they were made
        self.stored_at = None

    @contextlib.contextmanager
    def step(self, name):
        begin = time.monotonic()
        try:
            yield
        finally:
            self.steps[name] = time.monotonic() - begin

    def stored(self):
        """The events can be seen from now on."""
        self.stored_at = time.time()

    def beside(self, progress):
        """{step: ms}, with what Spark tells of the same batch. `stored` is from the trigger until the events
        could be seen, `done` until Spark had written its commit; the others are parts of `done`, and what they
        leave of it is Spark's own."""
        took = progress["durationMs"]
        trigger = datetime.fromisoformat(progress["timestamp"].replace("Z", "+00:00")).timestamp()
        times = {} if self.stored_at is None else {"stored": milliseconds(self.stored_at - trigger)}
        times["done"] = took["triggerExecution"]
        times.update({name: took[name] for name in BEFORE if name in took})
        times["handing_over"] = max(0, took.get("addBatch", 0) - milliseconds(sum(self.steps.values())))
        times.update({name: milliseconds(seconds) for name, seconds in self.steps.items()})
        times.update({name: took[name] for name in AFTER if name in took})
        return times
