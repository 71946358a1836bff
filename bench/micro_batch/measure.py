"""Prints a table of what bench/micro_batch/run measures, beside what is wanted."""

import os
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tests/spark"), str(ROOT / "tests/scenario")]
from platform_stage import PlatformStage  # noqa: E402
from program import Program  # noqa: E402
from small_world import PROGRAM, RANK, write_dataset  # noqa: E402
from spark_fleet import SparkFleet, clock_times  # noqa: E402

WANTED_MS = 500  # "an event is processed in < 500 ms once its micro-batch starts"
WARM_UP = 15  # events: until then the JVMs compile


def load_average():
    return " ".join(f"{each:.1f}" for each in os.getloadavg())


def part(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure(events, interval):
    with tempfile.TemporaryDirectory() as scratch:
        program = Program(PROGRAM, {"MARQUEE_TRAIN__RANK": RANK, "MARQUEE_TRAIN__EPOCHS": "4"})
        stage = PlatformStage(program, Path(scratch) / "stage", str(write_dataset(Path(scratch) / "set")))
        stage.prepare()
        with SparkFleet(stage) as fleet:
            api = fleet.start("api1").client
            job = fleet.job(interval=interval)
            try:
                job.ready()
                clock_times(api, job, WARM_UP)
                before = load_average()
                times = clock_times(api, job, events)
                return times, before, load_average()
            finally:
                job.end()


def main(events=60, interval=0.0):
    times, before, after = measure(events, interval)
    print(f"{events} events, one a micro-batch, interval {interval:g} s, {os.cpu_count()} CPUs; load average "
          f"{before} before, {after} after\n\n{'ms':14}{'median':>8}{'p90':>8}{'largest':>9}")
    for name in times[-1]:
        values = [each.get(name, 0) for each in times]
        print(f"{name:14}{statistics.median(values):8.0f}{part(values, 0.9):8.0f}{max(values):9.0f}")
    stored = statistics.median(each["stored"] for each in times)
    print(f"\nstored {stored:.0f} ms after the micro-batch began (median), wanted {WANTED_MS}: "
          f"{'met' if stored < WANTED_MS else 'missed'}")


if __name__ == "__main__":
    main(*(kind(text) for kind, text in zip((int, float), sys.argv[1:])))
