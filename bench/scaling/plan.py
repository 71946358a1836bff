#!/usr/bin/env python3
"""What an installation of a given size takes, from what one core and one viewer take (docs/scaling.md).

    bench/scaling/plan.py [--viewers 1e8] [--titles 1e6] [--figures FILE] [...]

FILE holds the JSON of `marquee_bench_scaling`; what other benches measured stands below. What is assumed and
not measured is an option with its default.
"""

import argparse
import dataclasses
import json
import math
from pathlib import Path

FIGURES = Path(__file__).with_name("figures.json")
MEASURED_ELSEWHERE = {
    "server_us_per_event": 93,    # bench/results/rivals.md, on servers: HTTP, Kafka, fold, PostgreSQL
    "server_us_per_hit": 25,      # the same, lists that L1 has
    "miss_us_besides": 190,       # bench/results/miss.md: 213 us at 10,000 films, less their sweep
    "log_bytes_per_event": 188,   # bench/results/ready.md: 1.75 GiB of ten million
}
DAY = 86_400
GIB = 2**30


@dataclasses.dataclass
class Load:
    """What is asked of the installation; all of it assumed."""
    viewers: float = 1e8
    titles: float = 1e6
    active_share: float = 0.3         # of the viewers, on a day
    events_each: float = 20           # of an active viewer, a day
    lists_each: float = 12            # likewise
    hit_rate: float = 0.85            # of L1 (bench/results/load.md)
    peak: float = 3                   # the busiest minute to the average
    positives_each: float = 100       # of a viewer, in the model
    kept_each: float = 100            # of a viewer, in the folded state (200 at most)
    rank: int = 64
    epochs: int = 8
    top_n: int = 100
    use: float = 0.5                  # of a core: the rest is for a process that is away, and for peaks in the peak
    night_hours: float = 3            # for training and lists
    core_hour: float = 0.04           # price, in whatever money
    gib_hour: float = 0.005
    candidates: float = 20_000        # films scored for a miss or a viewer's list behind an index


def cores(per_second, us, use):
    return math.ceil(per_second * us / 1e6 / use)


def plan(load, figures):
    """Name -> (number, unit) in the order in which an event meets them."""
    active = load.viewers * load.active_share
    events = active * load.events_each / DAY
    lists = active * load.lists_each / DAY
    peak_events, peak_lists = events * load.peak, lists * load.peak
    misses = peak_lists * (1 - load.hit_rate)
    sweep = figures["sweep_us_per_1000_films"] * load.titles / 1000
    indexed = figures["sweep_us_per_1000_films"] * load.candidates / 1000
    generated = figures["lists_us_per_1000_films"] * load.candidates / 1000
    # As if a process that folds did all that an event takes: what is the door's is counted twice.
    fold_rate = load.use * 1e6 / figures["server_us_per_event"]
    state = load.viewers * figures["state_bytes_per_viewer"] * load.kept_each / figures["state_events_per_viewer"]
    positives = load.viewers * load.positives_each
    epoch = (positives * figures["epoch_ns_per_positive"]
             + (load.viewers + load.titles) * figures["epoch_ns_per_row"]) / 1e9
    train_hours = epoch * (load.epochs + 0.5) / 3600
    generate_hours = load.viewers * generated / 1e6 / 3600
    night_cores = math.ceil((train_hours + generate_hours) / load.night_hours)
    serving = cores(peak_events, figures["server_us_per_event"], load.use) + cores(
        peak_lists * load.hit_rate, figures["server_us_per_hit"], load.use) + cores(
            misses, figures["miss_us_besides"] + indexed, load.use)
    speed = math.ceil(peak_events / fold_rate)
    hour = (serving + speed) * load.core_hour + state * 2 / GIB * load.gib_hour
    return {
        "events, average": (events, "/s"),
        "events, peak": (peak_events, "/s"),
        "lists, peak": (peak_lists, "/s"),
        "topic, 7 days, 3 copies": (events * DAY * 7 * 3 * figures["log_bytes_per_event"] / GIB, "GiB"),
        "cores that fold, peak": (speed, "cores"),
        "partitions": (partitions(peak_events, fold_rate), ""),
        "cores for events, hits and misses, peak": (serving, "cores"),
        "a miss by sweeping every title": (sweep / 1000, "ms of a core"),
        "a miss behind an index": ((indexed + figures["miss_us_besides"]) / 1000, "ms of a core"),
        "folded state, once": (state / GIB, "GiB"),
        "item vectors, once a process": (load.titles * load.rank * 4 / GIB, "GiB"),
        "viewers' vectors": (load.viewers * load.rank * 4 / GIB, "GiB"),
        "an epoch": (epoch / 3600, "core hours"),
        "gathered by an epoch": ((load.viewers + load.titles) * load.rank * 4 / GIB, "GiB"),
        "training": (train_hours, "core hours"),
        "everybody's lists": (generate_hours, "core hours"),
        "cores for the night": (night_cores, "cores"),
        "lists of a generation": (load.viewers * load.top_n * 12 / GIB, "GiB"),
        "a month": ((hour * 24 + (train_hours + generate_hours) * load.core_hour) * 30.4, "money"),
    }


def partitions(peak_events, fold_rate):
    """A power of two, so that there are four for each core that folds: one that is taken over splits evenly."""
    return 2 ** math.ceil(math.log2(max(1.0, 4 * peak_events / fold_rate)))


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--figures", type=Path, default=FIGURES)
    for field in dataclasses.fields(Load):
        parser.add_argument("--" + field.name.replace("_", "-"), type=float, default=field.default)
    arguments = vars(parser.parse_args())
    figures = MEASURED_ELSEWHERE | json.loads(arguments.pop("figures").read_text())
    for name, (value, unit) in plan(Load(**arguments), figures).items():
        print(f"{name:42}{number(value):>14} {unit}")


if __name__ == "__main__":
    main()
