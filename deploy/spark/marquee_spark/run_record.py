"""The run that a job belongs to (docs/formats/run.md): `marquee batch archive --run-id ID` begins it and
fixes what is read, with which parameters, and what the model is called."""

import hashlib
import re
from dataclasses import dataclass

from .failure import DAMAGED, USAGE, Failed

HISTORY = "archived-events/history.json"


@dataclass(frozen=True)
class Parameters:
    """Of implicit ALS, as src/models/factor_model.h has them."""

    rank: int
    epochs: int
    unobserved_weight: float
    regularization: float
    regularization_exp: float
    init_stdev: float
    seed: int


@dataclass(frozen=True)
class Run:
    run_id: str
    as_of: str
    version: str
    log_end: str
    parameters: Parameters
    numbers: dict  # the parameters as they stand in the record


def load_run(lakehouse, run_id):
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,128}", run_id):
        raise Failed(f"'{run_id}' is no run id", USAGE)
    key = f"runs/{run_id}.json"
    record = lakehouse.json(key, 1)
    if record is None:
        raise Failed(f"run '{run_id}' has not begun: marquee batch archive --run-id {run_id} first")
    history = lakehouse.get(HISTORY)
    if record["history_sha256"] != (hashlib.sha256(history).hexdigest() if history is not None else ""):
        raise Failed(f"history was imported anew since run '{run_id}' began: start another run")
    try:
        numbers = record["parameters"]
        parameters = Parameters(int(numbers["rank"]), int(numbers["epochs"]), numbers["unobserved_weight"],
                                numbers["regularization"], numbers["regularization_exp"],
                                numbers["init_stdev"], record["seed"])
        return Run(record["run_id"], record["as_of"], record["model_version"], record["log_end"], parameters,
                   numbers)
    except (KeyError, TypeError, ValueError) as error:
        raise Failed(f"{key} is damaged ({error}): start another run", DAMAGED) from error
