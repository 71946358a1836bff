#!/usr/bin/env python3
"""Runs GoogleTest programs side by side and counts what passed.

    tools/run_gtests.py [--jobs N] [--timeout-s N] [--filter F] PROGRAM...

Prints the output of programs that failed, the slowest tests, and as its last line
'N passed, N failed'. A program that crashes counts the test it was in as failed; one that cannot
be started or times out counts once. Runs in the root of the tree, where golden files are.
"""

import argparse
import concurrent.futures
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RESULT = re.compile(r"^\[ +(RUN|OK|FAILED|SKIPPED) +\] ([^\s,]+)(?:,.*?)?(?: \((\d+) ms\))?$")


@dataclass
class Outcome:
    program: Path
    output: str = ""
    seconds: float = 0
    passed: int = 0
    skipped: int = 0
    failed: list = field(default_factory=list)
    times_ms: list = field(default_factory=list)


def read_output(outcome, code):
    """Counts from the lines that GoogleTest prints as it goes, so that a crash loses nothing."""
    running = None
    for line in outcome.output.splitlines():
        match = RESULT.match(line)
        if not match:
            continue
        kind, name, ms = match.groups()
        if kind == "RUN":
            running = name
        elif ms is not None:
            running = None
            outcome.times_ms.append((int(ms), name))
            if kind == "OK":
                outcome.passed += 1
            elif kind == "SKIPPED":
                outcome.skipped += 1
            else:
                outcome.failed.append(name)
    if code != 0 and not outcome.failed:
        outcome.failed.append(running or f"{outcome.program.name} (exit code {code})")


def run(program, arguments):
    outcome = Outcome(program)
    begin = time.monotonic()
    command = [str(program), "--gtest_brief=0", "--gtest_color=no"]
    if arguments.filter:
        command.append(f"--gtest_filter={arguments.filter}")
    try:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=arguments.timeout_s, check=False)
        outcome.output, code = done.stdout.decode(errors="replace"), done.returncode
    except subprocess.TimeoutExpired as error:
        outcome.output = (error.stdout or b"").decode(errors="replace")
        outcome.output += f"\ntimed out after {arguments.timeout_s} s\n"
        code = -1
    except OSError as error:
        outcome.output, code = str(error), -1
    outcome.seconds = time.monotonic() - begin
    read_output(outcome, code)
    return outcome


def report(outcomes):
    for outcome in outcomes:
        if outcome.failed:
            print(f"----- {outcome.program.name}: {', '.join(outcome.failed)}")
            lines = [line for line in outcome.output.splitlines()
                     if not re.match(r"^\[ +(OK|RUN) +\]|^\[-+\]", line)]
            print("\n".join(lines[-200:]))
    slowest = sorted((item for outcome in outcomes for item in outcome.times_ms), reverse=True)[:5]
    for ms, name in slowest:
        if ms >= 1000:
            print(f"slow: {ms / 1000:.1f} s  {name}")
    skipped = sum(outcome.skipped for outcome in outcomes)
    if skipped:
        print(f"{skipped} skipped")
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(len(outcome.failed) for outcome in outcomes)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--timeout-s", type=int, default=600)
    parser.add_argument("--filter", default="")
    parser.add_argument("programs", nargs="+", type=Path)
    arguments = parser.parse_args()
    programs = [program.resolve() for program in arguments.programs]
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        outcomes = list(pool.map(lambda program: run(program, arguments), programs))
    return report(outcomes)


if __name__ == "__main__":
    sys.exit(main())
