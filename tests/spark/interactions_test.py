"""marquee_spark on a Spark of one thread: which events are read, and what they say of viewers and films."""

import hashlib
import json
import random
import tempfile
import unittest
from pathlib import Path

import pyarrow
import pyarrow.parquet
import small_world  # noqa: F401  (finds marquee_spark)
from pyspark.sql import SparkSession

from marquee_spark import events, failure, interactions, lakehouse, offsets, run_record

PARAMETERS = run_record.Parameters(4, 2, 0.2, 0.007, 1.0, 0.1, 1)
COLUMNS = ("event_id", "user_id", "movie_id", "event_type", "value", "undoes", "ts", "offset")
SCHEMA = pyarrow.schema([(name, {"value": pyarrow.float64(), "ts": pyarrow.timestamp("ms", tz="UTC")}.get(
    name, pyarrow.string())) for name in COLUMNS])


def run_until(log_end):
    return run_record.Run("r", "2025-01-01T00:00:00.000Z", "als_1", log_end, PARAMETERS, {})


class Store:
    """A lakehouse in a folder, with an index of what is put into it."""

    def __init__(self, root):
        self.root = Path(root)
        self.files = {"history": [], "archive": []}

    def add(self, index, key, rows):
        """`rows` as tuples of COLUMNS."""
        path = self.root / "archived-events" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        table = pyarrow.Table.from_pylist([dict(zip(COLUMNS, row)) for row in rows], schema=SCHEMA)
        pyarrow.parquet.write_table(table, path)
        self.files[index].append({"key": f"archived-events/{key}",
                                  "sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
        return path

    def close(self, archived_until="", moves=()):
        folder = self.root / "archived-events"
        folder.mkdir(exist_ok=True)
        for name, more in (("history", {}), ("archive", {"archived_until": archived_until})):
            (folder / f"{name}.json").write_text(json.dumps(
                {"schema": 1, **more, "files": self.files[name]}))
        if moves:
            (folder / "moves.json").write_text(json.dumps(
                {"schema": 1, "moves": [{"at": at} for at in moves]}))


def positives_by_the_rules(rows):
    """What InteractionMatrixBuilder does, once more and slowly: `rows` in the fold's order."""
    undone = {}
    for place, (_, user, _, kind, _, undoes, *_) in enumerate(rows):
        if kind == "undo" and undoes:
            undone[user, undoes] = place
    said = {}
    for place, (id_, user, film, kind, value, *_) in enumerate(rows):
        verdict = {"click": 1, "like": 1, "watchlist_add": 1, "search_click": 1, "dislike": -1,
                   "not_interested": -1}.get(kind)
        if kind == "rating":
            verdict = 1 if (value or 0) >= 4 else -1 if value is not None and value <= 2 else 0
        if kind == "view" and (1 if value is None else value) >= 0.5:
            verdict = 1
        if verdict is not None and undone.get((user, id_), -1) <= place:
            said.setdefault((user, film), []).append((kind == "rating", verdict))
    found = set()
    for pair, statements in said.items():
        newer_rating = False
        for is_rating, verdict in reversed(statements):
            if is_rating and newer_rating:
                continue
            newer_rating = newer_rating or is_rating
            if verdict != 0:
                found.update([pair] if verdict > 0 else [])
                break
    return found


def random_rows(seed, count=4000):
    draw = random.Random(seed)
    kinds = ("rating",) * 4 + ("like", "dislike", "view", "click", "undo", "undo", "not_interested",
                               "watchlist_add", "watchlist_remove", "impression", "search_click")
    rows = []
    for number in range(count):
        kind = draw.choice(kinds)
        value = {"rating": draw.choice((0.5, 2, 2.5, 3, 4, 5, None)), "view": draw.choice((0.1, 0.5, None))}
        ids = [row[0] for row in rows[-60:]] or ["none"]
        # Now and then an id comes twice, as on a topic that a producer wrote to again.
        id_ = draw.choice(ids) if draw.random() < 0.02 else f"id{number}"
        rows.append((id_, f"u{draw.randrange(12)}", f"m{draw.randrange(8)}", kind, value.get(kind),
                     draw.choice(ids) if kind == "undo" else None, 1_600_000_000_000 + number))
    return rows


class InteractionsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.spark = (SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
                     .config("spark.sql.shuffle.partitions", "1").config("spark.log.level", "ERROR")
                     .config("spark.driver.bindAddress", "127.0.0.1").getOrCreate())
        cls.addClassCleanup(cls.spark.stop)

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.store = Store(scratch.name)

    def read(self, log_end=""):
        opened = lakehouse.open_lakehouse(self.spark, f"file:{self.store.root}")
        return events.read_events(self.spark, opened, run_until(log_end))

    def positives(self, log_end=""):
        return {tuple(row) for row in interactions.positives(self.read(log_end).frame).collect()}

    def test_random_events_say_what_the_rules_of_the_native_trainer_say(self):
        rows = random_rows(1)
        half = len(rows) // 2
        self.store.add("history", "2020/01/01/events-import-000.parquet",
                       [row + (None,) for row in rows[:half]])
        log = [row + (f"e:{number}",) for number, row in enumerate(rows[half:])]
        self.store.add("archive", "2021/01/01/events-000.parquet", log[:900])
        self.store.add("archive", "2021/01/02/events-000.parquet", log[900:])
        self.store.close(f"e:{len(log)}")
        self.assertEqual(self.positives(f"e:{len(log)}"), positives_by_the_rules(rows))
        self.assertEqual(self.positives("e:700"), positives_by_the_rules(rows[:half + 700]))

    def test_the_log_is_read_up_to_where_the_run_ends_and_what_is_not_archived_is_said(self):
        like = ("like", None, None, 1)
        self.store.add("archive", "2021/01/01/events-p0000-000.parquet",
                       [("a", "u", "m0", *like, "k:0:0"), ("b", "u", "m1", *like, "k:0:1"),
                        ("c", "u", "m2", *like, "k:0:2")])
        self.store.add("archive", "2021/01/01/events-p0001-000.parquet", [("d", "v", "m0", *like, "k:1:5")])
        self.store.close("k:0:3,k:1:6")
        read = self.read("k:0:2,k:1:9")
        self.assertEqual((read.log_events, read.log_end, read.not_archived), (3, "k:0:2,k:1:6", True))
        self.assertFalse(self.read("k:0:2").not_archived)
        self.assertEqual(self.read("").log_events, 0)

    def test_what_came_before_a_move_of_the_log_comes_first_whatever_its_partition(self):
        self.store.add("archive", "2021/01/01/events-p0000-000.parquet",
                       [("a", "u", "m", "like", None, None, 1, "k:0:0"),
                        ("b", "u", "m", "dislike", None, None, 1, "k:0:9")])
        self.store.add("archive", "2021/01/02/events-000.parquet",
                       [("c", "u", "m", "like", None, None, 1, "e:0")])
        # First k:0 up to 10, then the embedded log: its like is the last word. Else -1 sorts first.
        self.store.close("e:1,k:0:10", moves=("k:0:10",))
        self.assertEqual(self.positives("e:1,k:0:10"), {("u", "m")})
        (self.store.root / "archived-events/moves.json").unlink()
        self.assertEqual(self.positives("e:1,k:0:10"), set())

    def test_viewers_of_the_server_itself_count_for_nothing(self):
        self.store.add("history", "2020/01/01/a.parquet",
                       [("a", "marquee:canary", "m", "like", None, None, 1, None),
                        ("b", "u", "m", "like", None, None, 1, None)])
        self.store.close()
        self.assertEqual(self.positives(), {("u", "m")})
        self.assertEqual(self.read().history_events, 1)

    def test_a_file_that_differs_from_its_index_is_damage_and_names_itself(self):
        path = self.store.add("history", "2020/01/01/a.parquet", [("a", "u", "m", "like", None, None, 1, None)])
        self.store.close()
        path.write_bytes(path.read_bytes()[:-1] + b"x")
        with self.assertRaisesRegex(failure.Failed, "2020/01/01/a.parquet") as raised:
            self.read()
        self.assertEqual(raised.exception.code, failure.DAMAGED)
        path.unlink()
        with self.assertRaises(failure.Failed) as raised:
            self.read()
        self.assertEqual(raised.exception.code, failure.DAMAGED)

    def test_a_lakehouse_without_events_is_read_as_none(self):
        self.assertEqual(self.positives(), set())


class OffsetsTest(unittest.TestCase):
    def test_a_cursor_is_read_and_written_as_the_program_has_it(self):
        for text in ("", "e:17", "e:17,k:0:5,k:3:99"):
            self.assertEqual(offsets.cursor_text(offsets.parse_cursor(text)), text)
        for text in ("x:1", "e:", "k:1", "e:1:2", "k:a:1"):
            with self.assertRaises(failure.Failed, msg=text):
                offsets.parse_cursor(text)


if __name__ == "__main__":
    unittest.main()
