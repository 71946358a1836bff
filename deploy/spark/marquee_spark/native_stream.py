"""libmarquee_streaming by ctypes: the C++ fold on PostgreSQL. Rules: src/streaming/marquee_streaming.h."""

import ctypes
import functools
import os
from ctypes import POINTER, byref, c_char_p, c_int, c_int32, c_size_t, c_uint32, c_uint64, c_void_p
from dataclasses import dataclass

import numpy
import pyarrow

from .failure import DAMAGED, USAGE, Failed
from .native import CParameters, c_parameters

LIBRARY = "libmarquee_streaming.so"
ABI_VERSION = 2
MESSAGE_BYTES, VERSION_BYTES, SETTING_BYTES = 1024, 256, 4096
INVALID_ARGUMENT, TAKEN, UNAVAILABLE, DATA_LOSS = 1, 16, 17, 18


class Unavailable(Exception):
    """The store is away: claim again later."""


class Taken(Failed):
    """Another process folds now."""


class CTexts(ctypes.Structure):
    _fields_ = [("bytes", c_void_p), ("starts", c_void_p)]


class CRecords(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("rows", c_uint64),
                ("partitions", c_void_p), ("offsets", c_void_p), ("keys", CTexts), ("values", CTexts),
                ("value_bytes", c_void_p), ("fingerprints", CTexts), ("has_fingerprint", c_void_p)]


class CModel(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("version", c_char_p),
                ("parameters", CParameters), ("rows", c_uint64), ("ids", CTexts), ("vectors", c_void_p),
                ("neighbor_starts", c_void_p), ("neighbor_rows", c_void_p), ("neighbor_weights", c_void_p)]


class CCounts(ctypes.Structure):
    _fields_ = [(name, c_uint64) for name in ("applied", "deduplicated", "dead_lettered", "skipped")]


@dataclass
class Counts:
    applied: int
    deduplicated: int
    dead_lettered: int
    skipped: int


def path():
    """As spark-submit brought it (--files), else where MARQUEE_STREAMING_LIBRARY says."""
    named = os.environ.get("MARQUEE_STREAMING_LIBRARY")
    if named:
        return named
    from pyspark import SparkFiles
    return SparkFiles.get(LIBRARY)


@functools.cache
def library():
    """Once a process."""
    file = path()
    if not os.path.exists(file):
        raise Failed(f"{LIBRARY} is not here: build it (tools/build release) and give it by --files")
    loaded = ctypes.CDLL(file)
    loaded.marquee_streaming_abi_version.restype = c_uint32
    if loaded.marquee_streaming_abi_version() != ABI_VERSION:
        raise Failed(f"{file} has the C ABI {loaded.marquee_streaming_abi_version()}, this job wants "
                     f"{ABI_VERSION}: take both from one release")
    last = [c_char_p, c_size_t]
    for name, arguments in {
            "marquee_settings_load": [c_char_p, POINTER(c_char_p), c_uint64, POINTER(c_void_p)],
            "marquee_settings_text": [c_void_p, c_char_p, c_char_p, c_size_t],
            "marquee_stream_open": [c_void_p, POINTER(c_void_p)],
            "marquee_stream_check_log": [c_void_p, c_char_p, c_char_p, c_uint32],
            "marquee_stream_claim": [c_void_p, POINTER(c_int32), c_uint64, POINTER(c_uint64)],
            "marquee_stream_current_model": [c_void_p, c_char_p, c_size_t],
            "marquee_stream_set_model": [c_void_p, POINTER(CModel)],
            "marquee_stream_make_lists": [c_void_p, POINTER(c_uint64)],
            "marquee_stream_fold": [c_void_p, POINTER(CRecords), POINTER(CCounts)]}.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = c_int, arguments + last
    for name in ("marquee_settings_free", "marquee_stream_close"):
        function = getattr(loaded, name)
        function.restype, function.argtypes = None, [c_void_p]
    return loaded


def call(name, *arguments):
    message = ctypes.create_string_buffer(MESSAGE_BYTES)
    status = getattr(library(), name)(*arguments, message, MESSAGE_BYTES)
    if status == 0:
        return
    text = message.value.decode(errors="replace")
    if status == UNAVAILABLE:
        raise Unavailable(text)
    if status == TAKEN:
        raise Taken(text)
    raise Failed(text, {INVALID_ARGUMENT: USAGE, DATA_LOSS: DAMAGED}.get(status, 1))


def texts(values):
    """Bytes one behind the other, and what keeps them alive."""
    starts = numpy.zeros(len(values) + 1, numpy.uint64)
    numpy.cumsum([len(value) for value in values], out=starts[1:], dtype=numpy.uint64)
    joined = b"".join(values)
    return CTexts(ctypes.cast(joined, c_void_p), starts.ctypes.data), (joined, starts)


def column_texts(column):
    """The same of a column of Arrow's that begins with its first row: its own memory, nothing copied but to
    join its chunks."""
    array = column.cast(pyarrow.large_binary()).combine_chunks()
    _, starts, data = array.buffers()
    return CTexts(data.address if data is not None else None, starts.address), array


def column_numbers(column, kind):
    return numpy.ascontiguousarray(column.to_numpy(), kind)


class Settings:
    """Those of the program, read by its own code: `file` (None: that of the directory `data_dir`), MARQUEE_* of
    the environment, {key: value} of the command line."""

    def __init__(self, file, assigned):
        texts_ = [f"{key}={value}".encode() for key, value in assigned]
        self.handle = c_void_p()
        call("marquee_settings_load", file.encode() if file else None, (c_char_p * len(texts_))(*texts_), len(texts_),
             byref(self.handle))

    def text(self, key):
        value = ctypes.create_string_buffer(SETTING_BYTES)
        call("marquee_settings_text", self.handle, key.encode(), value, SETTING_BYTES)
        return value.value.decode()


class Stream:
    """The right to fold. One thread at a time."""

    def __init__(self, settings):
        self.handle = c_void_p()
        call("marquee_stream_open", settings.handle, byref(self.handle))

    def close(self):
        library().marquee_stream_close(self.handle)
        self.handle = c_void_p()

    def check_log(self, cluster_id, topic, partitions):
        call("marquee_stream_check_log", self.handle, cluster_id.encode(), topic.encode(), partitions)

    def claim(self, partitions):
        """{partition: the offset that is folded next}; whoever had them can store no more."""
        count = len(partitions)
        next_ = (c_uint64 * count)()
        call("marquee_stream_claim", self.handle, (c_int32 * count)(*partitions), count, next_)
        return dict(zip(partitions, next_))

    def fold(self, messages):
        """`messages`: the columns of topic.stream_of() as an Arrow table, rows in any order."""
        messages = messages.sort_by([("partition", "ascending"), ("offset", "ascending")])
        numbers = {name: column_numbers(messages[name], kind) for name, kind in (
            ("partition", numpy.int32), ("offset", numpy.uint64), ("value_bytes", numpy.uint64),
            ("has_fingerprint", numpy.uint8))}
        partitions, offsets, value_bytes, has_fingerprint = (each.ctypes.data for each in numbers.values())
        texts_of = {name: column_texts(messages[name]) for name in ("key", "value", "fingerprint")}
        keys, values, fingerprints = (given for given, _ in texts_of.values())
        records = CRecords(ctypes.sizeof(CRecords), 0, messages.num_rows, partitions, offsets, keys, values,
                           value_bytes, fingerprints, has_fingerprint)
        counts = CCounts()
        call("marquee_stream_fold", self.handle, byref(records), byref(counts))
        return Counts(counts.applied, counts.deduplicated, counts.dead_lettered, counts.skipped)

    def current_model(self):
        """The version of the model in service, '' when there is none."""
        version = ctypes.create_string_buffer(VERSION_BYTES)
        call("marquee_stream_current_model", self.handle, version, VERSION_BYTES)
        return version.value.decode()

    def set_model(self, model):
        """`model` of model_arrays.py."""
        ids, kept = texts([each.encode() for each in model.ids])
        given = CModel(ctypes.sizeof(CModel), 0, model.version.encode(), c_parameters(model.parameters),
                       len(model.ids), ids, model.vectors.ctypes.data, model.neighbor_starts.ctypes.data,
                       model.neighbor_rows.ctypes.data, model.neighbor_weights.ctypes.data)
        call("marquee_stream_set_model", self.handle, byref(given))
        del kept

    def make_lists(self):
        """For how many viewers a list was made."""
        lists = c_uint64()
        call("marquee_stream_make_lists", self.handle, byref(lists))
        return lists.value
