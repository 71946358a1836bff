"""A model's films as arrays, from its artifact in the lakehouse (docs/formats/parquet.md, manifest.md)."""

import hashlib
from dataclasses import dataclass

import numpy
import pyarrow
import pyarrow.compute
import pyarrow.parquet

from .failure import DAMAGED, Failed
from .run_record import Parameters

SCHEMA_MAX = 2


@dataclass
class Model:
    version: str
    parameters: Parameters
    ids: list
    vectors: numpy.ndarray  # rows x rank
    neighbor_starts: numpy.ndarray
    neighbor_rows: numpy.ndarray
    neighbor_weights: numpy.ndarray


def table_of(lakehouse, manifest, name):
    """None when the model has no such file."""
    entry = next((file for file in manifest["files"] if file["key"].endswith(f"/{name}")), None)
    if entry is None:
        return None
    data = lakehouse.get(entry["key"])
    if data is None or hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise Failed(f"{entry['key']} is missing or differs from its SHA-256: restore it from a backup", DAMAGED)
    return pyarrow.parquet.read_table(pyarrow.BufferReader(data))


def neighbors_of(table, ids):
    """(starts, rows, weights) of item_neighbors, whose rows stand film by film in the order of `ids`."""
    if table is None:
        return numpy.zeros(len(ids) + 1, numpy.uint64), numpy.empty(0, numpy.uint32), numpy.empty(0, numpy.float32)
    names = pyarrow.array(ids, pyarrow.string())
    films, neighbors = (table[name].combine_chunks().cast(pyarrow.string()) for name in ("movie_id", "neighbor_id"))
    own = pyarrow.compute.index_in(films, names)
    rows = pyarrow.compute.index_in(neighbors, names)
    if own.null_count or rows.null_count:
        raise Failed("item_neighbors.parquet names a film that the model does not have", DAMAGED)
    counts = numpy.bincount(own.to_numpy(), minlength=len(ids))
    starts = numpy.concatenate(([0], numpy.cumsum(counts))).astype(numpy.uint64)
    return starts, rows.to_numpy().astype(numpy.uint32), table["weight"].to_numpy().astype(numpy.float32)


def load_model(lakehouse, version):
    manifest = lakehouse.json(f"models/{version}/manifest.json", SCHEMA_MAX)
    if manifest is None:
        raise Failed(f"the lakehouse has no model {version}")
    numbers = manifest["parameters"]
    parameters = Parameters(int(numbers["rank"]), int(numbers["epochs"]), numbers["unobserved_weight"],
                            numbers["regularization"], numbers["regularization_exp"],
                            numbers.get("init_stdev", 0.1), manifest["seed"])
    items = table_of(lakehouse, manifest, "item_factors.parquet")
    if items is None:
        raise Failed(f"the model {version} has no item_factors.parquet", DAMAGED)
    vectors = items["factor"].combine_chunks().values.to_numpy().reshape(-1, parameters.rank)
    ids = items["movie_id"].to_pylist()
    return Model(version, parameters, ids, numpy.ascontiguousarray(vectors, numpy.float32),
                 *neighbors_of(table_of(lakehouse, manifest, "item_neighbors.parquet"), ids))
