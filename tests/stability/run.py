#!/usr/bin/env python3
"""Static stability: the program under steady load while its servers are broken, one by one and all at
once, in every way (cells.py), and after each comes back.

    tests/stability/run.py [--seconds N] [--only REGEX] [--list] [--program PATH] [--dataset WHAT]
                           [--search exact|pgvector]

Starts Kafka, PostgreSQL, MinIO and Redis of its own (tools/stack), each behind a proxy and on a small disk
of its own, where mounting is allowed. Prints a line a cell and 'N passed, N failed' as its last line.
"""

import argparse
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent / "scenario"), str(ROOT / "tools")]
sys.dont_write_bytecode = True
from bed import DISK_MIB, NAMES, Bed, Disk  # noqa: E402
from cells import all_cells, grown  # noqa: E402
from open_loop import Load, Plan, percentile  # noqa: E402
from servers import process, progress, session  # noqa: E402

KNOWN_VIEWERS = 200
SETTLED_S = 30


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4, help="that each cell takes")
    parser.add_argument("--only", metavar="REGEX", default="", help="cells whose name matches")
    parser.add_argument("--list", action="store_true", help="print the names")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bin/marquee")
    parser.add_argument("--dataset", default=os.environ.get("MARQUEE_DATASET") or "synthetic")
    parser.add_argument("--search", choices=("exact", "pgvector"), default="exact", help="who finds candidates")
    parser.add_argument("--kafka-port", type=int, help=argparse.SUPPRESS)  # the stack is up
    return parser.parse_args()


class Report:
    def __init__(self):
        self.passed = self.failed = 0

    def line(self, name, seen, wrong):
        self.passed += not wrong
        self.failed += bool(wrong)
        print(f"{'FAILED' if wrong else 'ok'} - {name}: {seen}", flush=True)
        for text in wrong:
            print(f"  {text}", flush=True)


def run_cell(cell, bed, load, seconds, report):
    cannot = [name for name in cell.servers if cell.kind.name == "full" and not bed.can_be_full(name)]
    if cannot:
        print(f"not run - {cell.title}: no disk of its own for {', '.join(cannot)} without root", flush=True)
        return
    report.line(cell.title, *cell.run(bed, load, seconds))
    if not bed.server.alive():
        raise progress.Failed(f"the program died: {bed.server.stderr[-3000:]}")


def check_events(bed, load):
    """Every event, sent until it was acknowledged, stands in its viewer's history once."""
    deadline, wrong = time.monotonic() + SETTLED_S, []
    while (left := load.resend()) and time.monotonic() < deadline:
        time.sleep(0.5)
    if left:
        wrong.append(f"{left} events are refused though everything is well")
    sent = load.sent()
    audit = bed.program.audit(bed.stage.base)
    while audit["pending"] > 0 and time.monotonic() < deadline:
        time.sleep(0.5)
        audit = bed.program.audit(bed.stage.base)
    if audit["holds"] is not True or audit["pending"] or audit["applied"] != len(sent):
        wrong.append(f"{len(sent)} events were sent, the audit says {audit}")
    kept = []
    for viewer in sorted({viewer for viewer, _, _ in sent.values()}):
        kept += [row["event_id"] for row in bed.client.history(viewer)]
    if sorted(kept) != sorted(sent):
        wrong.append(f"{len(sent)} events were sent, the histories have {len(kept)}, of which"
                     f" {len(set(kept) & set(sent))} are these")
    return f"{len(sent)} sent, applied {audit['applied']}, the sum holds {audit['holds']}", wrong


def run_cells(arguments, scratch, cells):
    report = Report()
    bed = Bed(arguments.program.resolve(), scratch, arguments.dataset, arguments.kafka_port,
              arguments.search)
    load = None
    try:
        server = bed.start()
        films = [r["movie_id"] for r in bed.client.recommendations("films", 100)["recommendations"]]
        load = Load(Plan(server.address, [str(n + 1) for n in range(KNOWN_VIEWERS)], films))
        warm_up(bed, load, arguments.seconds, report)
        at_first = bed.threads(), bed.descriptors()
        for cell in cells:
            run_cell(cell, bed, load, arguments.seconds, report)
        at_last = bed.threads(), bed.descriptors()
        load.stop()
        report.line("every event counts once", *check_events(bed, load))
        report.line("threads and descriptors after all cells", f"{at_first} -> {at_last}",
                    grown(at_first, at_last))
        code = server.end()
        report.line("the program ends by itself", f"exit code {code}", [] if code == 0 else [server.stderr[-2000:]])
    finally:
        if load is not None:
            load.close()
        bed.close()
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


def warm_up(bed, load, seconds, report):
    """What is normal; the first seconds fill pools and caches."""
    time.sleep(3)
    load.begin("normal")
    time.sleep(seconds)
    load.begin("after normal")
    time.sleep(0.3)
    seen = load.take("normal")
    _, why = bed.recover(20)
    report.line("all well", f"{len(seen.times_s)} lists, p99 {1e3 * percentile(seen.times_s, 0.99):.0f} ms,"
                f" tiers {dict(seen.tiers)}, events {seen.events['acknowledged']} acknowledged, threads"
                f" {bed.threads()}, fds {bed.descriptors()}", seen.wrong + ([why] if why else []))


def with_servers(arguments):
    """Brings the servers and runs this program again on them."""
    scratch = Path(tempfile.mkdtemp(prefix="marquee-stability-"))
    folder = scratch / "stack"
    disks = [Disk(folder / name, mib) for name, mib in DISK_MIB.items()]
    port = process.free_port(())
    os.environ["KAFKA_ADVERTISED_PORT"] = str(port)
    command = [sys.executable, __file__, f"--kafka-port={port}", f"--seconds={arguments.seconds}",
               f"--only={arguments.only}", f"--program={arguments.program}", f"--dataset={arguments.dataset}",
               f"--search={arguments.search}"]
    try:
        return session.Session(list(NAMES), folder).run(command)
    finally:
        for disk in disks:
            disk.unmount()
        shutil.rmtree(scratch, ignore_errors=True)


def main():
    arguments = parse()
    cells = [cell for cell in all_cells(NAMES) if re.search(arguments.only, cell.title)]
    if arguments.list:
        print("\n".join(cell.title for cell in cells))
        return 0
    if not arguments.program.exists():
        print(f"run.py: no program at {arguments.program}: build it with tools/build release")
        return 2
    if arguments.kafka_port is None:
        return with_servers(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what we started ends with us
    scratch = Path(os.environ["STACK_DIR"]).parent / "program"
    scratch.mkdir()
    return run_cells(arguments, scratch, cells)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except progress.Failed as failure:
        progress.say(f"stability: {failure}")
        sys.exit(1)
