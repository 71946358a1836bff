#!/usr/bin/env python3
"""Reads a data directory's lakehouse as a data team would, with pandas, and checks what it finds.

    build/deps/pandas-3.1.1/bin/python tests/lakehouse/read.py DIR/lakehouse

Every Parquet file has the columns of docs/formats/parquet.md, rows in their order, and as many as
the manifests say; each viewer's list is made again from the vectors with numpy and must be the one
that was generated. Prints one line a check; the last is 'N passed, N failed'.
"""

import json
import sys
from pathlib import Path

import numpy
import pandas
import pyarrow
import pyarrow.parquet

LISTS_CHECKED = 200
TIME = pyarrow.timestamp("ms", tz="UTC")
EVENT_COLUMNS = {"event_id": pyarrow.string(), "user_id": pyarrow.string(),
                 "movie_id": pyarrow.string(), "event_type": pyarrow.string(),
                 "value": pyarrow.float64(), "session_id": pyarrow.string(),
                 "list_id": pyarrow.string(), "ts": TIME, "accepted_at": TIME,
                 "offset": pyarrow.string()}


def rise_from(numbers, first):
    return all(a < b for a, b in zip([first - 1, *numbers], numbers))


class Lakehouse:
    def __init__(self, root):
        self.root = Path(root)
        self.passed = self.failed = 0

    def check(self, what, holds):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print(f"{'ok' if holds else 'FAILED'} - {what}")

    def json(self, key):
        path = self.root / key
        return json.loads(path.read_text()) if path.exists() else None

    def frame(self, key):
        return pandas.read_parquet(self.root / key)

    def vectors(self, key, column):
        frame = self.frame(key)
        self.check(f"{key}: ids rise", frame[column].is_monotonic_increasing and frame[column].is_unique)
        return frame[column].tolist(), numpy.stack(frame["factor"].to_numpy())

    def check_events(self, key, rows):
        schema = pyarrow.parquet.read_schema(self.root / key)
        wrong = [name for name, kind in EVENT_COLUMNS.items()
                 if name not in schema.names or schema.field(name).type != kind]
        self.check(f"{key}: columns", not wrong)
        frame = self.frame(key)
        self.check(f"{key}: {rows} rows", len(frame) == rows)
        return frame

    def check_history(self):
        index = self.json("archived-events/history.json") or {"files": []}
        for file in index["files"]:
            frame = self.check_events(file["key"], file["events"])
            self.check(f"{file['key']}: in the order of ts", frame["ts"].is_monotonic_increasing)
            self.check(f"{file['key']}: of its year",
                       (frame["ts"].dt.strftime("%Y") == file["key"].split("/")[1]).all())

    def check_archive(self):
        """Offsets are e:NUMBER, or k:PARTITION:NUMBER of a topic, where each partition goes on by
        itself and a late event lies a day behind its own (docs/formats/archive.md)."""
        index = self.json("archived-events/archive.json") or {"files": []}
        next_offsets = {}
        for file in index["files"]:
            frame = self.check_events(file["key"], file["events"])
            parts = [offset.rpartition(":") for offset in frame["offset"]]
            partition = file["first"].rpartition(":")[0]
            self.check(f"{file['key']}: of one partition", {p[0] for p in parts} <= {partition})
            self.check(f"{file['key']}: offsets go on",
                       rise_from([int(p[2]) for p in parts], next_offsets.get(partition, 0)))
            next_offsets[partition] = int(file["last"].rpartition(":")[2]) + 1
            day = "/".join(file["key"].split("/")[1:4])
            days = frame["accepted_at"].dt.strftime("%Y/%m/%d")
            self.check(f"{file['key']}: of its day",
                       ((days == day) | ((days < day) & (partition != "e"))).all())

    def check_lists(self, manifest, items, users):
        movie_ids, movies = items
        user_ids, viewers = users
        [key] = [f["key"] for f in manifest["files"] if f["key"].startswith("batch-recs-history/")]
        frame = self.frame(key)
        self.check(f"{key}: columns", list(frame.columns) == ["user_id", "rank", "movie_id", "score"]
                   and frame["rank"].dtype == numpy.int16)
        row_of, film_of = ({id: i for i, id in enumerate(ids)} for ids in (user_ids, movie_ids))
        wrong = 0
        for user, list_ in list(frame.groupby("user_id"))[:LISTS_CHECKED]:
            scores = movies @ viewers[row_of[user]]
            films = [film_of[movie] for movie in list_["movie_id"]]
            # The best of those that the viewer has not met: nothing in the list is below a film that
            # is better than it and missing, unless that one was met.
            falls = (list_["score"].diff().dropna() <= 1e-6).all()
            same = numpy.allclose(scores[films], list_["score"], atol=1e-4)
            ranks = list_["rank"].tolist() == list(range(1, len(list_) + 1))
            wrong += not (falls and same and ranks)
        self.check(f"{key}: scores are the products of the vectors, best first", wrong == 0)
        self.check(f"{key}: a list for every viewer", set(frame["user_id"]) <= set(user_ids))

    def check_model(self, directory):
        manifest = json.loads((directory / "manifest.json").read_text())
        key = f"models/{directory.name}/"
        items = self.vectors(key + "item_factors.parquet", "movie_id")
        users = self.vectors(key + "user_factors.parquet", "user_id")
        k = int(manifest["parameters"]["rank"])
        self.check(f"{key}: k is {k}", items[1].shape[1] == users[1].shape[1] == k)
        self.check(f"{key}: all numbers are finite",
                   numpy.isfinite(items[1]).all() and numpy.isfinite(users[1]).all())
        self.check(f"{key}: as many rows as the manifest says",
                   (len(items[0]), len(users[0])) ==
                   (manifest["rows"]["items"], manifest["rows"]["users"]))
        neighbors = self.frame(key + "item_neighbors.parquet")
        self.check(f"{key}: neighbours' columns",
                   list(neighbors.columns) == ["movie_id", "neighbor_id", "weight"])
        self.check(f"{key}: neighbours are films of the model",
                   set(neighbors["movie_id"]) | set(neighbors["neighbor_id"]) <= set(items[0]))
        if any(f["key"].startswith("batch-recs-history/") for f in manifest["files"]):
            self.check_lists(manifest, items, users)


def main():
    lakehouse = Lakehouse(sys.argv[1])
    lakehouse.check_history()
    lakehouse.check_archive()
    for directory in sorted((lakehouse.root / "models").iterdir()):
        lakehouse.check_model(directory)
    print(f"{lakehouse.passed} passed, {lakehouse.failed} failed")
    return 1 if lakehouse.failed else 0


if __name__ == "__main__":
    sys.exit(main())
