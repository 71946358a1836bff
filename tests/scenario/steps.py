"""Runs scenarios that are data: topics/*.json, whose format README.md describes."""

import itertools
import json
from dataclasses import dataclass
from pathlib import Path

from client import uuid7
from matching import fill, find, mismatch

METHODS = ("get", "head", "post", "put", "delete", "patch", "options")
KNOWN_KEYS = {"about", "json", "text", "bytes_hex", "repeat", "headers", "operator", "status", "body",
              "answer_text", "answer_headers", "problem", "save", "kafka", *METHODS}
_numbers = itertools.count(1)


@dataclass
class DataScenario:
    name: str
    topic: str
    steps: list
    fast: bool = False
    stores_nothing: bool = False
    platform: bool = True
    seconds: float = 0.1  # about how long it takes
    embedded: bool = True
    tls: bool = False

    def run(self, client):
        """Raises AssertionError at the first difference."""
        variables = Variables()
        before = client.events_counted("accepted")
        for number, step in enumerate(self.steps, 1):
            try:
                run_step(client, step, variables)
            except AssertionError as error:
                raise AssertionError(f"step {number}: {error}") from None
        if self.stores_nothing:
            after = client.events_counted("accepted")
            assert after == before, f"{after - before:.0f} events were stored, want none"


class Variables:
    """${user} is a viewer of this scenario alone, ${uuid:x} an event id that stays the same within
    it, ${fresh_uuid} a new one each time; the rest is what steps saved."""

    def __init__(self):
        self.values = {"user": f"viewer-{next(_numbers)}-{uuid7()[-6:]}"}

    def __call__(self, name):
        if name == "fresh_uuid":
            return uuid7()
        if name.startswith(("uuid:", "user:")) and name not in self.values:
            self.values[name] = uuid7() if name.startswith("uuid:") else \
                f"{self.values['user']}-{name[5:]}"
        if name not in self.values:
            raise AssertionError(f"no variable ${{{name}}} was saved")
        return self.values[name]


def read_topic(path):
    content = json.loads(Path(path).read_text())
    found = []
    for scenario in content["scenarios"]:
        for step in scenario["steps"]:
            unknown = step.keys() - KNOWN_KEYS
            if unknown:
                raise ValueError(f"{path}: '{scenario['name']}': unknown keys {sorted(unknown)}")
        found.append(DataScenario(topic=Path(path).stem, **scenario))
    return found


def request_body(step, variables):
    if "json" in step:
        return fill(step["json"], variables)
    if "bytes_hex" in step:
        return bytes.fromhex(step["bytes_hex"])
    if "text" in step:
        return fill(step["text"], variables).encode() * step.get("repeat", 1)
    return None


def run_step(client, step, variables):
    """Where events go to a Kafka topic, `kafka` says what differs: the door cannot know what another
    process took, so that it takes a repeat and the fold decides."""
    if client.on_kafka:
        step = {**step, **step.get("kafka", {})}
    [method] = [name for name in METHODS if name in step]
    path = fill(step[method], variables)
    answer = client.request(method.upper(), path, request_body(step, variables),
                            headers=fill(step.get("headers", {}), variables),
                            operator=step.get("operator", False))
    what = f"{method.upper()} {path[:120]}"
    expect(what, answer, "status", step.get("status", (step.get("problem") or {}).get("status")),
           answer.status, variables)
    if "answer_headers" in step:
        expect(what, answer, "headers", step["answer_headers"], answer.headers, variables)
    if "answer_text" in step:
        expect(what, answer, "text", step["answer_text"], answer.text, variables)
    if step.get("problem"):
        check_problem(what, answer, fill(step["problem"], variables))
    if "body" in step:
        expect(what, answer, "body", step["body"], json_of(what, answer), variables)
    for name, place in step.get("save", {}).items():
        variables.values[name] = find(json_of(what, answer), place)


def json_of(what, answer):
    try:
        return answer.json()
    except ValueError:
        raise AssertionError(f"{what}: the answer is no JSON: {answer}") from None


def expect(what, answer, where, want, got, variables):
    if want is None:
        return
    difference = mismatch(fill(want, variables), got, where)
    assert difference is None, f"{what}: {difference}; the answer was {answer}"


def check_problem(what, answer, want):
    """RFC 9457, and one of its errors names what was wrong: {"status": 422, "names": "value"}."""
    kind = answer.headers.get("content-type", "")
    assert kind.startswith("application/problem+json"), f"{what}: Content-Type is {kind}: {answer}"
    body = json_of(what, answer)
    difference = mismatch({"type": {"$type": "string"}, "title": {"$type": "string"},
                           "status": answer.status, "detail": {"$type": "string"}}, body)
    assert difference is None, f"{what}: {difference}; the answer was {answer}"
    if "names" in want:
        said = [body["detail"]]
        for error in body.get("errors", []):
            said += [error.get("pointer", ""), error.get("detail", "")]
        assert any(want["names"] in text for text in said), \
            f"{what}: the problem does not name '{want['names']}': {answer}"
