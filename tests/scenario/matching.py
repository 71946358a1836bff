"""Expectations of the scenario files: what an answer has to look like.

A plain value must be equal; an object lists the fields that must be there (others may be); an array
has the same length and matches item by item. An object with one key that starts with $ is a test:

    {"$type": "string"|"number"|"array"|"object"|"boolean"|"null"}
    {"$regex": "..."}   the text contains a match        {"$one_of": [...]}  equals one of them
    {"$between": [a,b]} a number, both ends included     {"$not": x}         does not match x
    {"$length": n}      of an array, or {"$length": x}   {"$each": x}        every item matches x
    {"$contains": x}    some item, or part of a text     {"$absent": true}   the field is not there
    {"$all": [...]}     matches each of them             {"$distinct": true} no item twice

"${name}" inside a text becomes the variable's text; a text that is only "${name}" becomes its value.
"""

import re

VARIABLE = re.compile(r"\$\{([a-z_0-9:]+)\}")
TYPES = {"string": str, "number": (int, float), "array": list, "object": dict, "boolean": bool,
         "null": type(None)}
ABSENT = object()


def fill(value, variable):
    """`value` with every ${name} replaced by variable(name)."""
    if isinstance(value, str):
        if whole := VARIABLE.fullmatch(value):
            return variable(whole[1])
        return VARIABLE.sub(lambda match: str(variable(match[1])), value)
    if isinstance(value, list):
        return [fill(item, variable) for item in value]
    if isinstance(value, dict):
        return {key: fill(item, variable) for key, item in value.items()}
    return value


def is_type(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def _test(name, want, got, where):
    """One $test; the complaint, or None."""
    shown = "nothing" if got is ABSENT else repr(got)[:200]
    if name == "$absent":
        return None if (got is ABSENT) == want else f"{where}: is {shown}, want it absent: {want}"
    if name == "$not":
        return f"{where}: is {shown}, which it must not be" if mismatch(want, got, where) is None else None
    if name == "$all":
        return next(filter(None, (mismatch(item, got, where) for item in want)), None)
    if got is ABSENT:
        return f"{where}: is missing"
    checks = {
        "$type": lambda: is_type(got, want),
        "$regex": lambda: isinstance(got, str) and re.search(want, got) is not None,
        "$one_of": lambda: got in want,
        "$between": lambda: is_type(got, "number") and want[0] <= got <= want[1],
        "$distinct": lambda: len({repr(item) for item in got}) == len(got),
    }
    if name in checks:
        return None if checks[name]() else f"{where}: is {shown}, want {name} {want!r}"
    if name == "$length":
        return mismatch(want, len(got), where + ".length") if hasattr(got, "__len__") else \
            f"{where}: is {shown}, which has no length"
    if name == "$each":
        found = (mismatch(want, item, f"{where}.{i}") for i, item in enumerate(got))
        return next(filter(None, found), None)
    if name == "$contains":
        inside = want in got if isinstance(got, str) else any(
            mismatch(want, item, where) is None for item in got)
        return None if inside else f"{where}: {shown} has no {want!r} in it"
    raise ValueError(f"unknown test {name}")


def mismatch(want, got, where="body"):
    """None when `got` is as `want` says; else the first difference, with its place."""
    if isinstance(want, dict) and len(want) == 1 and next(iter(want)).startswith("$"):
        [(name, argument)] = want.items()
        return _test(name, argument, got, where)
    if got is ABSENT:
        return f"{where}: is missing"
    if isinstance(want, dict):
        if not isinstance(got, dict):
            return f"{where}: is {got!r:.200}, want an object"
        found = (mismatch(item, got.get(key, ABSENT), f"{where}.{key}") for key, item in want.items())
        return next(filter(None, found), None)
    if isinstance(want, list):
        if not isinstance(got, list) or len(got) != len(want):
            return f"{where}: is {got!r:.200}, want {want!r:.200}"
        found = (mismatch(a, b, f"{where}.{i}") for i, (a, b) in enumerate(zip(want, got)))
        return next(filter(None, found), None)
    if type(want) is bool or type(got) is bool:
        same = want is got
    else:
        same = want == got
    return None if same else f"{where}: is {got!r:.200}, want {want!r:.200}"


def find(value, path):
    """The part of `value` at "a.0.b"; "*" collects from every item of an array."""
    if not path:
        return value
    head, _, rest = path.partition(".")
    if head == "*":
        return [find(item, rest) for item in value]
    return find(value[int(head)] if isinstance(value, list) else value[head], rest)
