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


def scenario(name, fast=False, platform=False, seconds=1.0, embedded=True):
    """Registers a function that takes the Stage and raises AssertionError when it fails. `platform`:
    it holds on Kafka, PostgreSQL, Redis and MinIO; `embedded`: on a directory. `seconds`: about how
    long it takes, where that is long: what takes longest begins first."""

    def register(function):
        topic = function.__module__.rsplit(".", 1)[-1]
        _registered.append(Case(name, topic, function, fast, platform, seconds, embedded))
        return function

    return register


def all_cases():
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        importlib.import_module(f"{__name__}.{module.name}")
    return list(_registered)
