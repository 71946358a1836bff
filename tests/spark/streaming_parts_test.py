"""What the streaming job is made of, without a cluster: its settings, its place in the topic, its arrays."""

import ctypes
import json
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy
import pyarrow
import pyarrow.parquet
import small_world  # noqa: F401  (finds marquee_spark)

from marquee_spark import batch_times, checkpoint, failure, lakehouse, model_arrays, native_stream, streaming, topic


class TopicTest(unittest.TestCase):
    def test_the_setting_events_is_read_as_the_servers_read_it(self):
        plain = topic.parse_topic("kafka://127.0.0.1:29092,other/movie-events?group=g&partitions=8")
        self.assertEqual((plain.brokers, plain.name), ("127.0.0.1:29092,other:9092", "movie-events"))
        self.assertEqual(plain.client, {"security.protocol": "PLAINTEXT"})

    def test_users_and_tls_reach_the_client_in_java(self):
        secure = topic.parse_topic("kafka://me:a%22b@h:1/t?tls=true&sasl_mechanism=SCRAM-SHA-256&ca_file=/ca.pem")
        self.assertEqual(secure.client["security.protocol"], "SASL_SSL")
        self.assertEqual(secure.client["ssl.truststore.location"], "/ca.pem")
        self.assertIn('ScramLoginModule required username="me" password="a\\"b";', secure.client["sasl.jaas.config"])

    def test_what_is_no_topic_is_refused_without_its_password(self):
        for uri in ("file:events", "kafka://h:1", "kafka:///t"):
            with self.assertRaises(failure.Failed) as refused:
                topic.parse_topic(uri)
            self.assertEqual(refused.exception.code, failure.USAGE)


class SettingsTest(unittest.TestCase):
    def complete(self, arguments=(), environment=None, **settings):
        """Beside a program whose settings are these."""
        known = {"speed.batch_interval_s": "5", "events": "kafka://h/t", "state": "postgresql://h/d", "objects": "file:/x",
                 **settings}
        options = streaming.parse("", [*arguments], environment or {})
        return streaming.complete(options, SimpleNamespace(text={**known, **dict(options.assigned)}.__getitem__))

    def test_the_interval_is_that_of_the_settings_unless_the_job_is_told_another(self):
        self.assertEqual(self.complete().interval, 5)
        alias = {"SPARK_STREAMING_BATCH_INTERVAL": "2"}
        self.assertEqual(self.complete(environment=alias).interval, 2)
        self.assertEqual(self.complete(["--interval", "0.5"], alias).interval, 0.5)
        for wrong in ("-1", "soon", "1e9", "nan"):
            with self.assertRaises(failure.Failed):
                self.complete(["--interval", wrong])

    def test_the_command_line_changes_settings_as_the_programs_does(self):
        options = streaming.parse("", ["--set", "live.factors=0.3", "--state", "postgresql://h/e", "--data", "api1"], {})
        self.assertEqual(sorted(map(tuple, options.assigned)), [
            ("data_dir", "api1"), ("live.factors", "0.3"), ("state", "postgresql://h/e")])
        self.assertEqual(self.complete(["--state", "postgresql://h/e"]).state, "postgresql://h/e")
        with self.assertRaisesRegex(failure.Failed, "KEY=VALUE"):
            streaming.parse("", ["--set", "live.factors"], {})

    def test_what_is_missing_is_named(self):
        with self.assertRaisesRegex(failure.Failed, "--state or MARQUEE_STATE is required: postgresql://…, not 'sqlite:'"):
            self.complete(state="sqlite:")

    def test_a_topic_that_does_not_reach_the_state_is_refused(self):
        place = topic.Place("c", {0: 5, 1: 0}, {0: 9, 1: 7})
        streaming.check_reach(place, {0: 5, 1: 7})
        with self.assertRaisesRegex(failure.Failed, "stands at k:0:4 but the event log begins at k:0:5") as early:
            streaming.check_reach(place, {0: 4, 1: 0})
        with self.assertRaisesRegex(failure.Failed, "ends at k:1:7 but the folded state stands at k:1:8") as late:
            streaming.check_reach(place, {0: 9, 1: 8})
        self.assertEqual((early.exception.code, late.exception.code), (failure.FAILED, failure.DAMAGED))


class CheckpointTest(unittest.TestCase):
    def test_a_line_of_sparks_offset_log_is_read(self):
        log = b'v1\n{"batchWatermarkMs":0}\n{"t":{"1":5,"0":12}}'
        self.assertEqual(checkpoint.parse_log(log, "t"), {0: 12, 1: 5})
        self.assertEqual(checkpoint.parse_log(b'\0v1\n{"t":{"0":3}}', "t"), {0: 3}, "as sources/0/0 begins")
        for other in (b"", b"v2\n{}", b'v1\n{"other":{"0":1}}', b"v1\n-", b"\xff"):
            self.assertIsNone(checkpoint.parse_log(other, "t"), other)

    def test_a_checkpoint_fits_when_its_next_batch_reaches_what_is_folded_next(self):
        fits = checkpoint.fits
        self.assertTrue(fits({0: 3}, {0: 9}, {0: 3}), "nothing of the batch was stored")
        self.assertTrue(fits({0: 3}, {0: 9}, {0: 5}), "a part of it")
        self.assertTrue(fits({0: 3}, {0: 9}, {0: 9}), "all of it")
        self.assertFalse(fits({0: 3}, {0: 9}, {0: 2}), "the state was restored: 2 would be left out")
        self.assertFalse(fits({0: 3}, {0: 9}, {0: 10}), "the servers have folded on")
        self.assertFalse(fits({0: 3}, {0: 9}, {0: 3, 1: 0}), "the topic has more partitions now")
        self.assertFalse(fits(None, None, {0: 3}))


class FoldersTest(unittest.TestCase):
    """Which checkpoint is chosen, on the folders of a Spark of one thread."""

    @classmethod
    def setUpClass(cls):
        from pyspark.sql import SparkSession
        cls.spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
        cls.addClassCleanup(cls.spark.stop)

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.root = Path(scratch.name) / checkpoint.ROOT
        self.folders = checkpoint.Checkpoints(self.spark, lakehouse.Folder(Path(scratch.name)))

    def write(self, key, partitions=None):
        file = self.root / key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("v1\n{}\n" + json.dumps({"t": partitions}) if partitions else "v1\n{}")

    def choose(self, stored):
        path, goes_on = self.folders.choose("t", stored)
        return path.rpartition("/")[2], goes_on

    def test_the_first_is_new(self):
        self.assertEqual(self.choose({0: 0}), ("1", False))

    def test_one_that_fits_is_gone_on_with_and_another_is_left_aside_and_removed(self):
        self.write("3/sources/0/0", {"0": 2})
        self.assertEqual(self.choose({0: 2}), ("3", True), "killed before its first batch")
        self.write("3/offsets/0", {"0": 9})
        self.assertEqual(self.choose({0: 5}), ("3", True), "killed amid its first batch")
        self.write("3/commits/0")
        self.assertEqual(self.choose({0: 9}), ("3", True), "ended between two")
        self.write("3/offsets/1", {"0": 12})
        self.assertEqual(self.choose({0: 10}), ("3", True), "killed amid the second")
        self.assertEqual(self.choose({0: 4}), ("4", False), "the state is an older one")
        self.assertFalse((self.root / "3").exists())


class TimesTest(unittest.TestCase):
    def test_a_batch_is_timed_from_its_trigger_beside_what_spark_counts(self):
        times = batch_times.BatchTimes()
        for name in ("read", "fold"):
            with times.step(name):
                pass
        times.steps = {"read": 0.080, "fold": 0.015}
        times.stored_at = 1_700_000_000.400
        told = {"timestamp": "2023-11-14T22:13:20.150Z", "durationMs": {
            "triggerExecution": 330, "latestOffset": 7, "walCommit": 60, "queryPlanning": 20, "addBatch": 120,
            "commitOffsets": 70}}
        self.assertEqual(times.beside(told), {
            "stored": 250, "done": 330, "latestOffset": 7, "walCommit": 60, "queryPlanning": 20, "handing_over": 25,
            "read": 80, "fold": 15, "commitOffsets": 70})

    def test_a_batch_that_failed_has_the_times_until_then(self):
        times = batch_times.BatchTimes()
        with self.assertRaises(ValueError), times.step("read"):
            raise ValueError
        told = {"timestamp": "2023-11-14T22:13:20.150Z", "durationMs": {"triggerExecution": 3}}
        self.assertNotIn("stored", times.beside(told))
        self.assertEqual(list(times.steps), ["read"])


class ArraysTest(unittest.TestCase):
    def test_a_column_of_several_chunks_is_texts_that_begin_at_0(self):
        column = pyarrow.chunked_array([[b"ab", b""], [b"\0c"]], pyarrow.binary())
        given, array = native_stream.column_texts(column)
        starts = (ctypes.c_uint64 * 4).from_address(given.starts)
        self.assertEqual(list(starts), [0, 2, 2, 4])
        self.assertEqual(ctypes.string_at(given.bytes, 4), b"ab\0c")
        self.assertEqual(len(array), 3)

    def test_texts_stand_one_behind_the_other(self):
        given, (joined, starts) = native_stream.texts([b"ab", b"", b"\0c"])
        self.assertEqual(ctypes.string_at(given.bytes, 4), joined)
        self.assertEqual(joined, b"ab\0c")
        self.assertEqual(starts.tolist(), [0, 2, 2, 4])
        self.assertEqual(given.starts, starts.ctypes.data)

    def test_neighbours_come_by_rows_of_their_films(self):
        table = pyarrow.table({"movie_id": ["a", "a", "c"], "neighbor_id": ["c", "b", "a"],
                               "weight": pyarrow.array([0.9, 0.5, 0.9], pyarrow.float32())})
        starts, rows, weights = model_arrays.neighbors_of(table, ["a", "b", "c"])
        self.assertEqual(starts.tolist(), [0, 2, 2, 3])
        self.assertEqual(rows.tolist(), [2, 1, 0])
        self.assertEqual(weights.dtype, numpy.float32)
        with self.assertRaises(failure.Failed):
            model_arrays.neighbors_of(table, ["a", "b"])
        self.assertEqual(model_arrays.neighbors_of(None, ["a"])[0].tolist(), [0, 0])


if __name__ == "__main__":
    unittest.main()
