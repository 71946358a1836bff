#!/usr/bin/env python3
"""How far behind a partitioned fold falls when a process dies, and how long it takes to catch up.

    bench/scaling/lag.py [--partitions 64] [--processes 8] [--rate 20000] [--fold-rate 5000] [...]

Steps of 50 ms. Viewers are spread over partitions by hash, their events by Zipf; partitions over processes as
the consumer group does. At --kill-at one process is gone; its partitions wait for --session seconds, then the
others have them (sticky: only these move) and load nothing, since each follows the whole state already.
"""

import argparse
import dataclasses
import random

STEP = 0.05


@dataclasses.dataclass
class World:
    partitions: int = 64
    processes: int = 8
    rate: float = 20_000          # events a second, all of them
    fold_rate: float = 5_000      # of one process, a second
    viewers: int = 100_000
    zipf: float = 1.0             # of viewers' events; 0 is everybody alike
    session: float = 6.7          # from a death to the takeover, seconds (docs/operating.md)
    kill_at: float = 10.0
    back_at: float = 0.0          # when the process is there again; 0 is never
    seconds: float = 120.0
    seed: int = 1


@dataclasses.dataclass
class Outcome:
    behind_max: float             # events
    late_max: float               # seconds, of the partition that is latest
    late_without: float           # the same before anything died
    recovered_after: float        # seconds from the death until all is as before; None is not within the run


def shares(world):
    """Of all events, each partition's: its viewers' weights together."""
    draw = random.Random(world.seed)
    weights = [0.0] * world.partitions
    for place in range(1, world.viewers + 1):
        weights[draw.randrange(world.partitions)] += place ** -world.zipf
    whole = sum(weights)
    return [weight / whole for weight in weights]


def assignment(partitions, processes):
    return {partition: partition % processes for partition in range(partitions)}


def take_over(owners, dead, processes):
    """What the dead one had goes to those who have least, one after another."""
    alive = [process for process in range(processes) if process != dead]
    load = {process: sum(owner == process for owner in owners.values()) for process in alive}
    for partition in sorted(p for p, owner in owners.items() if owner == dead):
        least = min(alive, key=lambda process: (load[process], process))
        owners[partition] = least
        load[least] += 1


def fold_step(behind, owned, capacity):
    """A process folds round robin: the same from each of its partitions, until time or events are used up."""
    waiting = [partition for partition in owned if behind[partition] > 0]
    while waiting and capacity > 1e-9:
        each = min(capacity / len(waiting), min(behind[partition] for partition in waiting))
        for partition in waiting:
            behind[partition] = max(0.0, behind[partition] - each)
        capacity -= each * len(waiting)
        waiting = [partition for partition in waiting if behind[partition] > 1e-9]


def simulate(world):
    share = shares(world)
    owners = assignment(world.partitions, world.processes)
    behind = [0.0] * world.partitions
    outcome = Outcome(0.0, 0.0, 0.0, None)
    dead, moved = 0, False
    for step in range(int(world.seconds / STEP)):
        now = step * STEP
        killed = world.kill_at <= now and not (world.back_at and now >= world.back_at + world.session)
        if killed and not moved and now >= world.kill_at + world.session:
            take_over(owners, dead, world.processes)
            moved = True
        if not killed and moved:
            owners, moved = assignment(world.partitions, world.processes), False
        for partition in range(world.partitions):
            behind[partition] += world.rate * share[partition] * STEP
        for process in range(world.processes):
            if killed and process == dead:
                continue
            owned = [partition for partition, owner in owners.items() if owner == process]
            fold_step(behind, owned, world.fold_rate * STEP)
        late = max(behind[p] / (world.rate * share[p]) for p in range(world.partitions))
        if now < world.kill_at:
            outcome.late_without = max(outcome.late_without, late)
            continue
        outcome.behind_max = max(outcome.behind_max, sum(behind))
        outcome.late_max = max(outcome.late_max, late)
        well = late <= outcome.late_without + STEP
        if not well:
            outcome.recovered_after = None
        elif outcome.recovered_after is None:
            outcome.recovered_after = now - world.kill_at
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for field in dataclasses.fields(World):
        parser.add_argument("--" + field.name.replace("_", "-"), type=type(field.default), default=field.default)
    world = World(**vars(parser.parse_args()))
    outcome = simulate(world)
    busiest = max(shares(world)) * world.partitions
    print(f"load {world.rate / (world.fold_rate * world.processes):.0%} of what {world.processes} processes fold; "
          f"busiest partition {busiest:.1f} times the average")
    print(f"before: at most {outcome.late_without:.2f} s late")
    after = ("not within the run" if outcome.recovered_after is None
             else f"after {outcome.recovered_after:.1f} s")
    print(f"a process dies: {outcome.behind_max:,.0f} events behind, {outcome.late_max:.1f} s late; "
          f"as before {after}")


if __name__ == "__main__":
    main()
