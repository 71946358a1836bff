"""libmarquee_c by ctypes: numpy arrays in, numpy arrays out. Shapes and rules: src/capi/marquee_c.h."""

import ctypes
import functools
import os
from ctypes import POINTER, c_char_p, c_double, c_float, c_int, c_size_t, c_uint32, c_uint64

import numpy

LIBRARY = "libmarquee_c.so"
ABI_VERSION = 2
MESSAGE_BYTES = 512


class NativeError(Exception):
    """What the library says is wrong."""


class CParameters(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("rank", c_uint32), ("unobserved_weight", c_float),
                ("regularization", c_float), ("regularization_exp", c_float), ("init_stdev", c_float),
                ("seed", c_uint64)]


class CRows(ctypes.Structure):
    _fields_ = [("struct_size", c_uint32), ("reserved", c_uint32), ("rows", c_uint64),
                ("starts", POINTER(c_uint64)), ("columns", POINTER(c_uint32)), ("weights", POINTER(c_float))]


def path():
    """As spark-submit brought it (--files), else where MARQUEE_C_LIBRARY says."""
    named = os.environ.get("MARQUEE_C_LIBRARY")
    if named:
        return named
    from pyspark import SparkFiles
    return SparkFiles.get(LIBRARY)


@functools.cache
def library(file):
    """Once a process."""
    loaded = ctypes.CDLL(file)
    loaded.marquee_abi_version.restype = c_uint32
    if loaded.marquee_abi_version() != ABI_VERSION:
        raise NativeError(f"{file} has the C ABI {loaded.marquee_abi_version()}, this job wants {ABI_VERSION}: "
                          "take both from one release")
    last = [c_char_p, c_size_t]
    step = [POINTER(CParameters), POINTER(CRows), POINTER(c_float), c_uint64, POINTER(c_float), POINTER(c_float),
            POINTER(c_double)]
    for name, arguments in {
            "marquee_als_initial_vectors": [POINTER(CParameters), c_char_p, POINTER(c_uint64), c_uint64,
                                            POINTER(c_float)],
            "marquee_gramian": [POINTER(c_float), c_uint64, c_uint32, POINTER(c_float)],
            "marquee_als_half_step": step, "marquee_als_improve": step}.items():
        function = getattr(loaded, name)
        function.restype, function.argtypes = c_int, arguments + last
    return loaded


def call(name, *arguments):
    message = ctypes.create_string_buffer(MESSAGE_BYTES)
    status = getattr(library(path()), name)(*arguments, message, MESSAGE_BYTES)
    if status != 0:
        raise NativeError(f"{name}: {message.value.decode(errors='replace')} (status {status})")


def c_parameters(parameters):
    return CParameters(ctypes.sizeof(CParameters), parameters.rank, parameters.unobserved_weight,
                       parameters.regularization, parameters.regularization_exp, parameters.init_stdev,
                       parameters.seed)


def pointer(values, kind):
    return None if values is None else values.ctypes.data_as(POINTER(kind))


def as_array(values, kind):
    """What the library may read: contiguous, of exactly this type. A copy only where it must be."""
    return None if values is None else numpy.ascontiguousarray(values, kind)


def initial_vectors(parameters, ids):
    encoded = [id_.encode() for id_ in ids]
    starts = numpy.concatenate(([0], numpy.cumsum([len(id_) for id_ in encoded]))).astype(numpy.uint64)
    vectors = numpy.empty((len(ids), parameters.rank), numpy.float32)
    call("marquee_als_initial_vectors", c_parameters(parameters), b"".join(encoded), pointer(starts, c_uint64),
         len(ids), pointer(vectors, c_float))
    return vectors


def gramian(matrix):
    matrix = as_array(matrix, numpy.float32)
    rows, rank = matrix.shape
    found = numpy.empty((rank, rank), numpy.float32)
    call("marquee_gramian", pointer(matrix, c_float), rows, rank, pointer(found, c_float))
    return found


def half_step(parameters, starts, columns, fixed, fixed_gramian, weights=None):
    """The vectors of len(starts) - 1 rows, solved exactly."""
    vectors = numpy.empty((max(len(starts) - 1, 0), parameters.rank), numpy.float32)
    return _step("marquee_als_half_step", parameters, starts, columns, fixed, fixed_gramian, weights, vectors)


def improve(parameters, starts, columns, fixed, fixed_gramian, vectors, weights=None):
    """The vectors of len(starts) - 1 rows after an epoch's half-step from `vectors`, which stay as they are."""
    moved = numpy.array(vectors, numpy.float32, order="C")
    return _step("marquee_als_improve", parameters, starts, columns, fixed, fixed_gramian, weights, moved)


def _step(name, parameters, starts, columns, fixed, fixed_gramian, weights, vectors):
    starts, columns = as_array(starts, numpy.uint64), as_array(columns, numpy.uint32)
    weights, fixed = as_array(weights, numpy.float32), as_array(fixed, numpy.float32)
    fixed_gramian = as_array(fixed_gramian, numpy.float32)
    if len(starts) == 0 or fixed.ndim != 2 or fixed.shape[1] != parameters.rank or \
            fixed_gramian.shape != (parameters.rank, parameters.rank) or len(columns) != starts[-1] or \
            vectors.shape != (len(starts) - 1, parameters.rank) or \
            (weights is not None and len(weights) != len(columns)):
        raise NativeError(f"{name}: the arrays do not fit together")
    rows = CRows(ctypes.sizeof(CRows), 0, len(starts) - 1, pointer(starts, c_uint64),
                 pointer(columns, c_uint32), pointer(weights, c_float))
    call(name, c_parameters(parameters), rows, pointer(fixed, c_float), len(fixed),
         pointer(fixed_gramian, c_float), pointer(vectors, c_float), None)
    return vectors
