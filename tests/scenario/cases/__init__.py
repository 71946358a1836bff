"""Scenarios that need code: crashes, races, damaged files. One module a topic."""

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Callable

_registered = []


@dataclass
class Case:
    name: str
    topic: str
    function: Callable  # of the Stage
    fast: bool
    platform: bool
    seconds: float
    embedded: bool = True
    tls: bool = False
    embedded_only: str = ""  # why it is not on the platform


def scenario(name, fast=False, platform=False, seconds=1.0, embedded=True, tls=False):
    """Registers a function that takes the Stage and raises AssertionError when it fails. `platform`:
    it holds on Kafka, PostgreSQL, Redis and MinIO; `embedded`: on a directory; `tls`: it is run where
    those four want TLS. `seconds`: about how long it takes, where that is long: what takes longest
    begins first. A module with cases for a directory alone says why in EMBEDDED_ONLY."""

    def register(function):
        topic = function.__module__.rsplit(".", 1)[-1]
        _registered.append(Case(name, topic, function, fast, platform, seconds, embedded, tls,
                                "" if platform or tls else function.__globals__.get("EMBEDDED_ONLY", "")))
        return function

    return register


def all_cases():
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        importlib.import_module(f"{__name__}.{module.name}")
    return list(_registered)
