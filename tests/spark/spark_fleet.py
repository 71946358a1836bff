"""Servers that leave the fold to the Spark job, on real services; and how long that job takes for an event."""

import random
import re
import sys

from small_world import FILMS, ROOT

sys.path.insert(0, str(ROOT / "tests/scenario"))
from fleet import Fleet, until  # noqa: E402
from streaming_job import STORED, StreamingJob  # noqa: E402


class SparkFleet(Fleet):
    """Servers with speed.engine = "spark", and jobs that fold for them."""

    def __init__(self, stage):
        super().__init__(stage)
        self.settings += 'speed.engine = "spark"\n'

    def environment(self):
        objects = re.search(r'objects = "(\S+)"', self.settings)[1]
        access, secret = self.stage.bucket.keys
        return {"MARQUEE_EVENTS": self._events(), "MARQUEE_STATE": self.state, "MARQUEE_OBJECTS": objects,
                "AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret}

    def job(self, arguments=(), **options):
        """With the settings file of a server, too."""
        file = self.directory("api1") / "marquee.toml"
        return StreamingJob(self.environment(), arguments=("--config", file, *arguments), **options)

    def hash(self):
        """Of the stored state, once the program has folded everything anew and reached the same."""
        said = self.stage.program.must("rebuild", "--verify", "--data", self.directory("api1"))
        return re.search(r"state verified: (\w+)", said)[1]


def clock_times(api, job, events):
    """{step: ms} of micro-batches of one event each, one behind the other."""
    times = []
    for _ in range(events):
        behind = len(job.lines)
        api.event("clock", f"m{random.randrange(FILMS):03}", "click")
        number = int(STORED.search(job.wait_for(STORED, behind=behind))[1])
        times.append(until(f"Spark has counted micro-batch {number}", lambda: job.times().get(number)))
    return times
