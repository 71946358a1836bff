#!/usr/bin/env python3
"""Scenarios against the real program: what a viewer, an operator or a bad day does to it.

    tests/scenario/run.py [--fast] [--only REGEX] [--jobs N] [--program PATH] [--dataset DIR|synthetic|small]
    tools/stack exec -- tests/scenario/run.py --platform …   on Kafka, PostgreSQL, Redis and MinIO: the
                                                   scenarios that are data, and cases for both;
                                                   with --search pgvector its index finds candidates
    tools/stack exec --tls -- env STACK_TLS= tools/stack exec postgres -- tests/scenario/run.py --tls …
                                                   those marked so, where all four want TLS
    tests/scenario/run.py --serve-for COMMAND...   run COMMAND ({url} = a server's address, its data
                                                   directory in $MARQUEE_DATA) instead

Prints 'ok - NAME' or 'FAILED - NAME' with the reason, and 'N passed, N failed' as its last line.
Data come from $MARQUEE_DATASET or the synthetic world; `small` (tests/spark/small_world.py) is made and trained
in no time, and knows none of the films that scenarios name; every server runs on a free port of this
machine, in a scratch directory, and is ended by its process id.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "spark")]
sys.dont_write_bytecode = True
from cases import all_cases  # noqa: E402
from lanes import Lanes, groups_of  # noqa: E402
from program import Program, Stage  # noqa: E402
from small_world import write_dataset  # noqa: E402
from steps import read_topic  # noqa: E402

ROOT = HERE.parent.parent


def collect(arguments):
    scenarios = [scenario for path in sorted((HERE / "topics").glob("*.json"))
                 for scenario in read_topic(path)] + all_cases()
    profile = "tls" if arguments.tls else "platform" if arguments.platform else "embedded"
    scenarios = [scenario for scenario in scenarios if getattr(scenario, profile)]
    if arguments.search == "pgvector":  # an index misses some: its lists are not a sweep's to the bit
        scenarios = [scenario for scenario in scenarios if scenario.topic != "migrate"]
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
    parser.add_argument("--search", choices=("exact", "pgvector"), default="exact",
                        help="who finds candidates; pgvector with --platform only (exact)")
    parser.add_argument("--tls", action="store_true", help="on those servers under TLS")
    parser.add_argument("--only", metavar="REGEX", help="only those whose name matches")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="as many at once (1)")
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
    dataset = write_dataset(Path(scratch) / "small") if arguments.dataset == "small" else arguments.dataset
    if arguments.platform or arguments.tls:
        from platform_stage import PlatformStage, UnderTls
        stage = (UnderTls(program, scratch, dataset) if arguments.tls else
                 PlatformStage(program, scratch, dataset, search=arguments.search))
    else:
        stage = Stage(program, scratch, dataset)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # what was started is ended then, too
    try:
        print(f"import and batch run: {stage.prepare():.1f} s", flush=True)
        if arguments.serve_for:
            return serve_for(stage, arguments.serve_for)
        passed = Lanes(groups_of(scenarios), stage, arguments.jobs).run()
    finally:
        stage.close()
        if arguments.keep:
            print(f"kept: {scratch}")
        else:
            shutil.rmtree(scratch, ignore_errors=True)
    failed = len(scenarios) - passed
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
