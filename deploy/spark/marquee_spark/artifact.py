"""Writes a model as `marquee batch train` does: the Parquet files of docs/formats/parquet.md, then
manifest.json (docs/formats/manifest.md), which makes it exist."""

import hashlib
import json
import tempfile
from pathlib import Path

import numpy
import pyarrow
import pyarrow.parquet

from .failure import Failed

ROW_GROUP_ROWS = 65_536
NEIGHBORS_MAX = 50  # of each film
NEIGHBOR_BLOCK = 1_024  # films whose cosines are held at a time
SCHEMA = 2


def factor_table(id_column, ids, vectors):
    k = vectors.shape[1]
    values = pyarrow.array(numpy.ascontiguousarray(vectors, numpy.float32).reshape(-1))
    element = pyarrow.field("element", pyarrow.float32(), nullable=False)
    factors = pyarrow.FixedSizeListArray.from_arrays(values, type=pyarrow.list_(element, k))
    schema = pyarrow.schema([pyarrow.field(id_column, pyarrow.string(), nullable=False),
                             pyarrow.field("factor", factors.type, nullable=False)])
    return pyarrow.Table.from_arrays([pyarrow.array(ids, pyarrow.string()), factors], schema=schema)


def nearest_items(vectors):
    """(item, neighbour, cosine) of the at most NEIGHBORS_MAX largest positive cosines of every item, best
    first, ties by the smaller row; what models::nearest_items makes."""
    lengths = numpy.linalg.norm(vectors, axis=1, keepdims=True)
    unit = (vectors / numpy.where(lengths > 0, lengths, 1)).astype(numpy.float32)
    count = min(NEIGHBORS_MAX, len(unit))
    rows, neighbors, weights = [], [], []
    for first in range(0, len(unit), NEIGHBOR_BLOCK):
        cosines = unit[first:first + NEIGHBOR_BLOCK] @ unit.T
        numpy.fill_diagonal(cosines[:, first:], -1)
        best = numpy.argpartition(-cosines, count - 1, axis=1)[:, :count]
        found = numpy.minimum(numpy.take_along_axis(cosines, best, 1), 1)
        order = numpy.lexsort((best, -found), axis=1)
        best, found = numpy.take_along_axis(best, order, 1), numpy.take_along_axis(found, order, 1)
        local, place = numpy.nonzero(found > 0)
        rows.append(first + local)
        neighbors.append(best[local, place])
        weights.append(found[local, place])
    return tuple(numpy.concatenate(part) for part in (rows, neighbors, weights))


def neighbor_table(item_ids, vectors):
    rows, neighbors, weights = nearest_items(vectors)
    ids = pyarrow.array(item_ids, pyarrow.string())
    schema = pyarrow.schema([pyarrow.field(name, kind, nullable=False) for name, kind in (
        ("movie_id", pyarrow.string()), ("neighbor_id", pyarrow.string()), ("weight", pyarrow.float32()))])
    return pyarrow.Table.from_arrays(
        [ids.take(pyarrow.array(rows)), ids.take(pyarrow.array(neighbors)),
         pyarrow.array(weights, pyarrow.float32())], schema=schema)


def put_table(lakehouse, key, table):
    """The object's line in a manifest."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "table.parquet"
        pyarrow.parquet.write_table(table, file, compression="zstd", row_group_size=ROW_GROUP_ROWS,
                                    write_page_checksum=True)
        data = file.read_bytes()
        lakehouse.put_file(key, file)
    return {"key": key, "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}


def check_vectors(name, vectors):
    bad = numpy.nonzero(~numpy.isfinite(vectors).all(axis=1))[0]
    if len(bad):
        raise Failed(f"{len(bad)} of the {len(vectors)} {name} vectors are not finite: nothing was written; "
                     "raise train.regularization or train.unobserved_weight")


def sealed(manifest):
    """The manifest's text with the checksum of all that stands before it."""
    text = json.dumps(manifest, separators=(",", ":"), allow_nan=False)[:-1]
    return f'{text},"checksum":"{hashlib.sha256(text.encode()).hexdigest()}"}}'.encode()


def is_stored(lakehouse, run):
    """Whether an earlier attempt of the run finished the model, and all of it is still whole: what may be
    in service is not written over with other bytes."""
    key = f"models/{run.version}/manifest.json"
    if lakehouse.get(key) is None:
        return False
    manifest = lakehouse.json(key, SCHEMA)
    return manifest["run_id"] == run.run_id and all(
        lakehouse.holds(file) for file in manifest["files"] if file["key"].startswith("models/"))


def store_model(lakehouse, run, events, matrix, users, items, program, extra_parameters):
    """`users` and `items` are float32 arrays, one row for each id of `matrix`."""
    check_vectors("viewers'", users)
    check_vectors("films'", items)
    folder = f"models/{run.version}"
    files = [put_table(lakehouse, f"{folder}/item_factors.parquet",
                       factor_table("movie_id", matrix.item_ids, items)),
             put_table(lakehouse, f"{folder}/user_factors.parquet",
                       factor_table("user_id", matrix.user_ids, users)),
             put_table(lakehouse, f"{folder}/item_neighbors.parquet", neighbor_table(matrix.item_ids, items))]
    manifest = {
        "schema": SCHEMA, "version": run.version, "created_at": run.as_of, "run_id": run.run_id,
        "code_version": program, "seed": run.parameters.seed,
        "parameters": {**run.numbers, **extra_parameters},
        "input": {"history_events": events.history_events, "log_events": events.log_events,
                  "log_end": events.log_end},
        "rows": {"users": len(matrix.user_ids), "items": len(matrix.item_ids),
                 "interactions": matrix.interactions},
        "metrics": {}, "files": files}
    lakehouse.put(f"{folder}/manifest.json", sealed(manifest))
