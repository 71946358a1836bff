#!/usr/bin/env python3
"""Scenarios against the real program: what a viewer, an operator or a bad day does to it.

    tests/scenario/run.py [--fast] [--only REGEX] [--program PATH] [--dataset DIR|synthetic]
    tools/stack exec -- tests/scenario/run.py --platform …   on Kafka, PostgreSQL, Redis and MinIO: the
                                                   scenarios that are data, and cases for both
    tests/scenario/run.py --serve-for COMMAND...   run COMMAND ({url} = a server's address, its data
                                                   directory in $MARQUEE_DATA) instead

Prints 'ok - NAME' or 'FAILED - NAME' with the reason, and 'N passed, N failed' as its last line.
Data come from $MARQUEE_DATASET or the synthetic world; every server runs on a free port of this
machine, in a scratch directory, and is ended by its process id.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True
from cases import all_cases  # noqa: E402
from program import Program, Stage  # noqa: E402
from steps import read_topic  # noqa: E402

ROOT = HERE.parent.parent


class Shared:
    """The one server that scenarios use which leave no mark on each other; started when wanted."""

    def __init__(self, stage):
        self.stage, self.server = stage, None

    def client(self):
        if self.server is None or not self.server.alive():
            self.server = self.stage.program.serve(self.stage.copy())
        return self.server.client

    def check_alive(self):
        assert self.server is None or self.server.alive(), \
            f"the server died (exit code {self.server.wait()}): {self.server.stderr[-2000:]}"

    def end(self):
        if self.server is not None and self.server.alive():
            self.server.end()


def run_one(scenario, stage, shared):
    if hasattr(scenario, "steps"):
        scenario.run(shared.client())
    else:
        scenario.function(stage)
    shared.check_alive()


def run_all(scenarios, stage, shared):
    """How many failed."""
    failed = 0
    for scenario in scenarios:
        begin = time.monotonic()
        name = f"{scenario.topic}: {scenario.name}"
        try:
            run_one(scenario, stage, shared)
            print(f"ok - {name} ({time.monotonic() - begin:.1f} s)", flush=True)
        except Exception as error:  # a scenario's bug must not hide the others
            failed += 1
            print(f"FAILED - {name}", flush=True)
            known = isinstance(error, AssertionError)
            text = str(error) if known and str(error) else traceback.format_exc()
            print("  " + text.rstrip().replace("\n", "\n  "), flush=True)
    return failed


def collect(arguments):
    scenarios = [scenario for path in sorted((HERE / "topics").glob("*.json"))
                 for scenario in read_topic(path)] + all_cases()
    scenarios = [s for s in scenarios if (s.platform if arguments.platform else s.embedded)]
    if arguments.fast:
        scenarios = [scenario for scenario in scenarios if scenario.fast]
    if arguments.only:
        pattern = re.compile(arguments.only)
        scenarios = [s for s in scenarios if pattern.search(f"{s.topic}: {s.name}")]
    return scenarios


def serve_for(stage, command):
    data = stage.copy()
    with stage.program.serve(data) as server:
        filled = [word.replace("{url}", server.address) for word in command]
        environment = {**os.environ, "MARQUEE_DATA": str(data)}
        code = subprocess.run(filled, cwd=ROOT, env=environment, check=False).returncode
        server.end()
    return code


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bin/marquee")
    parser.add_argument("--dataset", default=os.environ.get("MARQUEE_DATASET") or "synthetic")
    parser.add_argument("--fast", action="store_true", help="only those marked fast")
    parser.add_argument("--platform", action="store_true", help="on the servers of tools/stack")
    parser.add_argument("--only", metavar="REGEX", help="only those whose name matches")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--keep", action="store_true", help="leave the scratch directory in place")
    parser.add_argument("--serve-for", nargs=argparse.REMAINDER, metavar="COMMAND")
    return parser.parse_args()


def main():
    arguments = parse()
    scenarios = collect(arguments)
    if arguments.list:
        for scenario in scenarios:
            print(f"{scenario.topic}: {scenario.name}")
        return 0
    if not arguments.program.exists():
        print(f"run.py: no program at {arguments.program}: build it with tools/build release")
        return 2
    scratch = tempfile.mkdtemp(prefix="marquee-scenario-")
    program = Program(arguments.program.resolve())
    kind = Stage
    if arguments.platform:
        from platform_stage import PlatformStage as kind
    stage = kind(program, scratch, arguments.dataset)
    shared = Shared(stage)
    try:
        print(f"import and batch run: {stage.prepare():.1f} s", flush=True)
        if arguments.serve_for:
            return serve_for(stage, arguments.serve_for)
        failed = run_all(scenarios, stage, shared)
    finally:
        shared.end()
        if arguments.keep:
            print(f"kept: {scratch}")
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    print(f"{len(scenarios) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
