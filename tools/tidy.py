#!/usr/bin/env python3
"""Runs clang-tidy on what changed, and remembers what was clean.

    tools/tidy.py [--build build/tidy] [--all] [--budget-s 420] [FILE...]

A source's result is kept under the hash of everything it depends on in this tree (its own text, the
headers of src that it includes directly or not, .clang-tidy, the compile flags), so an unchanged
source costs nothing. Sources that differ from the last merged commit come first, then the rest of
the tree, as far as the time budget goes; what was left out is said. The last line is
'N passed, N failed'.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOTS = (ROOT / "src", ROOT / "tests")  # where sources are, and what includes are named from
INCLUDE = re.compile(rb'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def git(*arguments):
    done = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def changed_paths():
    """Paths that differ from the last merged commit, or from the parent when this is it."""
    head = git("rev-parse", "HEAD")
    base = git("merge-base", "HEAD", "origin/main") or git("merge-base", "HEAD", "origin/HEAD")
    if base in ("", head):
        base = git("rev-parse", "HEAD~1")
    changed = git("diff", "--name-only", base).splitlines() if base else []
    return set(changed + git("ls-files", "--others", "--exclude-standard").splitlines())


class Closure:
    """The files of ours that a source includes, directly or not, and their hashes."""

    def __init__(self):
        self._includes, self._digests = {}, {}

    def _read(self, file):
        if file not in self._includes:
            text = file.read_bytes()
            self._digests[file] = hashlib.sha256(text).digest()
            found = (root / name.decode(errors="replace")
                     for name in INCLUDE.findall(text) for root in ROOTS)
            self._includes[file] = [path for path in found if path.is_file()]
        return self._includes[file]

    def files(self, source):
        seen, todo = set(), [source]
        while todo:
            file = todo.pop()
            if file not in seen:
                seen.add(file)
                todo.extend(self._read(file))
        return seen

    def digest(self, source, salt):
        files = sorted(self.files(source))
        return hashlib.sha256(b"".join([salt, *(self._digests[file] for file in files)])).hexdigest()


def compile_commands(build):
    """{source: command}; the database is made by configuring, not by building."""
    file = build / "compile_commands.json"
    if not file.is_file():
        sys.exit(f"tidy: {file} is missing: run cmake --preset {build.name}")
    return {Path(entry["file"]): entry["command"] for entry in json.loads(file.read_text())
            if any(Path(entry["file"]).is_relative_to(root) for root in ROOTS)}


def check(clang_tidy, build, source):
    # The analyzer walks every path through gtest's macros: most of the time, none of the bugs.
    checks = ["--checks=-clang-analyzer-*"] if source.name.endswith("_test.cpp") else []
    done = subprocess.run([clang_tidy, "-p", str(build), "--quiet", "--use-color=false", *checks,
                           str(source)], capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout


class Checker:
    """Runs sources through clang-tidy, skipping what the cache knows to be clean."""

    def __init__(self, arguments, commands):
        self.arguments, self.commands, self.closure = arguments, commands, Closure()
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
        self.cache = cache / "marquee" / "tidy"
        self.cache.mkdir(parents=True, exist_ok=True)
        self.salt = (ROOT / ".clang-tidy").read_bytes() + arguments.clang_tidy.encode()
        self.passed, self.failed, self.left = 0, 0, []
        self.deadline = time.monotonic() + arguments.budget_s

    def stamp(self, source):
        command = self.commands[source].replace(str(self.arguments.build), "").replace(str(ROOT), "")
        return self.cache / self.closure.digest(source, self.salt + command.encode())

    def run(self, source):
        stamp = self.stamp(source)
        if stamp.exists() and not self.arguments.no_cache:
            return source, True, None
        if time.monotonic() > self.deadline:
            return source, None, None
        clean, output = check(self.arguments.clang_tidy, self.arguments.build, source)
        if clean:
            stamp.touch()
        return source, clean, output

    def report(self, source, clean, output):
        if clean is None:
            self.left.append(source)
            return
        self.passed, self.failed = self.passed + clean, self.failed + (not clean)
        if output and not clean:
            print(f"----- {source.relative_to(ROOT)}")
            print(output.replace(str(ROOT) + "/", "").rstrip(), flush=True)


def pick(arguments, commands):
    """(sources that changed or were named, the others)."""
    if arguments.files:
        wanted = {file.resolve() for file in arguments.files}
        return [source for source in commands if source in wanted], []
    changed = {ROOT / path for path in changed_paths()}
    must, others = [], []
    for source in sorted(commands):
        touched = source in changed or source.with_suffix(".h") in changed
        (must if touched else others).append(source)
    return must, others


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "tidy")
    parser.add_argument("--clang-tidy", default="clang-tidy-19")
    parser.add_argument("--all", action="store_true", help="no budget: every source")
    parser.add_argument("--no-cache", action="store_true")
    parser.add_argument("--budget-s", type=float, default=420)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2)
    parser.add_argument("files", nargs="*", type=Path)
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    if arguments.all or arguments.files:
        arguments.budget_s = float("inf")
    checker = Checker(arguments, compile_commands(arguments.build))
    must, others = pick(arguments, checker.commands)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        for result in pool.map(checker.run, must + others):
            checker.report(*result)
    if checker.left:
        changed = len(set(checker.left) & set(must))
        print(f"{len(checker.left)} sources not looked at, {changed} of them changed: the time budget "
              f"of {arguments.budget_s:.0f} s was used up (./dev tidy --all checks every one)")
    print(f"{checker.passed} passed, {checker.failed} failed")
    return 1 if checker.failed else 0


if __name__ == "__main__":
    sys.exit(main())
