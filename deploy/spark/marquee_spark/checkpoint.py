"""Spark's checkpoint of the stream, and whether it fits the position that is stored with the state.

The state's position decides what is folded. A checkpoint only says where Spark goes on, so one that is not
about the present state (restored from a backup, rebuilt, folded on by the servers meanwhile) is left aside
and a new one is begun at the position: ROOT/1, ROOT/2, …"""

import json

from py4j.protocol import Py4JJavaError

from .failure import first_line

ROOT = "checkpoints/streaming_recommendations"


def offsets_in(text, topic):
    """{partition: offset} of a line of Spark's offset log; None when it is of something else."""
    try:
        return {int(partition): int(offset) for partition, offset in json.loads(text)[topic].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def parse_log(data, topic):
    """Of a file offsets/N or sources/0/0: its last line is the place (after 'v1' and metadata)."""
    lines = [line for line in data.decode(errors="replace").lstrip("\0").splitlines() if line.strip()]
    return offsets_in(lines[-1], topic) if lines and lines[0] == "v1" else None


def fits(begin, end, stored):
    """Whether a batch [begin, end) that Spark goes on with reaches what is folded next, and passes nothing
    over that is not folded."""
    if begin is None or end is None or not set(stored) == set(begin) == set(end):
        return False
    return all(begin[each] <= at <= end[each] for each, at in stored.items())


class Checkpoints:
    """The numbered folders under ROOT, through Hadoop's file system."""

    def __init__(self, spark, lakehouse):
        self.jvm = spark._jvm
        self.root = lakehouse.path(ROOT)
        self.files = self._path("").getFileSystem(spark._jsc.hadoopConfiguration())

    def _path(self, key):
        return self.jvm.org.apache.hadoop.fs.Path(f"{self.root}/{key}" if key else self.root)

    def _numbers(self, key):
        try:
            names = [each.getPath().getName() for each in self.files.listStatus(self._path(key))]
        except Py4JJavaError as error:
            if "FileNotFoundException" in first_line(error):
                return []
            raise
        return sorted(int(name) for name in names if name.isdigit())

    def _read(self, key, topic):
        try:
            stream = self.files.open(self._path(key))
        except Py4JJavaError as error:
            if "FileNotFoundException" in first_line(error):
                return None
            raise
        try:
            return parse_log(bytes(self.jvm.org.apache.commons.io.IOUtils.toByteArray(stream)), topic)
        finally:
            stream.close()

    def _going_on(self, number, topic):
        """[begin, end) of what Spark does next with this checkpoint."""
        planned, committed = self._numbers(f"{number}/offsets"), self._numbers(f"{number}/commits")
        if not planned:
            begin = self._read(f"{number}/sources/0/0", topic)
            return begin, begin
        end = self._read(f"{number}/offsets/{planned[-1]}", topic)
        if planned[-1] in committed:
            return end, end
        before = f"{number}/offsets/{planned[-2]}" if len(planned) > 1 else f"{number}/sources/0/0"
        return self._read(before, topic), end

    def choose(self, topic, stored):
        """(path, whether Spark goes on with it). Older ones are removed."""
        numbers = self._numbers("")
        last = numbers[-1] if numbers else 0
        goes_on = bool(numbers) and fits(*self._going_on(last, topic), stored)
        chosen = last if goes_on else last + 1
        for number in numbers:
            if number != chosen:
                self.files.delete(self._path(str(number)), True)
        return f"{self.root}/{chosen}", goes_on
