"""kill -9 of api, speed and Kafka in turns, under load: what was acknowledged counts exactly once.

MARQUEE_PLATFORM_KILLS is the number of rounds (default 6), MARQUEE_PLATFORM_KILLS_SEED their seed;
`./dev soak-platform` sets both. A killed broker leaves its writes to the kernel: that is what the topic's
durability `process` promises; a power cut there would lose some."""

import collections
import os
import random
import signal
import time

from cases import scenario
from cases.processes import check_after_load
from fleet import Fleet, Kafka
from load import FOLLOWED, Follower, Ledger, Sender, Target
from load_checks import check_counts, check_follower, finish

SENDERS = 4
APIS, SPEEDS = ("api1", "api2"), ("speed1", "speed2")


class Killer:
    """Kills one of the processes a round, at a moment that the seed chooses, and starts it again."""

    def __init__(self, fleet, kafka, seed, target):
        self.fleet, self.kafka, self.target = fleet, kafka, target
        self.rng = random.Random(seed)
        self.killed = collections.Counter()

    def kill_once(self):
        # Each kind once in three rounds, so that few rounds have all of them.
        kind = ("api", "speed", "kafka")[sum(self.killed.values()) % 3]
        time.sleep(self.rng.uniform(0.2, 1.5))
        getattr(self, f"kill_{kind}")()
        self.killed[kind] += 1

    def kill_api(self):
        name = self.rng.choice(APIS)
        self.fleet.kill(name)
        self.target.down(name)
        time.sleep(self.rng.uniform(0, 0.5))
        self.target.up(self.fleet.start(name).address, name)

    def kill_speed(self):
        name = self.rng.choice(SPEEDS)
        assert self.fleet.kill(name) == -signal.SIGKILL
        # Sometimes long enough for the other to take over.
        time.sleep(self.rng.choice([0, 0.5, 8]))
        self.fleet.start(name)

    def kill_kafka(self):
        self.kafka.kill()
        time.sleep(self.rng.uniform(0, 2))
        self.kafka.start()


@scenario("kill -9 of api, speed and Kafka in turns, under load: what was acknowledged counts exactly once",
          platform=True, embedded=False)
def kill_in_turns(stage):
    rounds = int(os.environ.get("MARQUEE_PLATFORM_KILLS", "6"))
    seed = int(os.environ.get("MARQUEE_PLATFORM_KILLS_SEED", "1"))
    kafka = Kafka(stage.empty())
    try:
        with Fleet(stage, kafka.url) as fleet:
            kill_under_load(fleet, kafka, rounds, seed)
    finally:
        kafka.end()


def kill_under_load(fleet, kafka, rounds, seed):
    counts_before = fleet.film_counts()
    fleet.start_all(*APIS, *SPEEDS)
    ledger, target = Ledger(on_kafka=True), Target()
    for name in APIS:
        target.up(fleet.running[name].address, name)
    listed = fleet.running["api1"].client.recommendations("x", 60)["recommendations"]
    movies = [each["movie_id"] for each in listed]
    senders = [Sender(number, seed * 1000 + number, ledger, target, movies) for number in range(SENDERS)]
    killer, follower = Killer(fleet, kafka, seed, target), Follower(FOLLOWED, ledger, target)
    for thread in [*senders, follower]:
        thread.start()
    while sum(killer.killed.values()) < rounds and not ledger.wrong:
        killer.kill_once()
    finish(senders)
    present = check_after_load(fleet, ledger, (*APIS, *SPEEDS))
    check_follower(follower, ledger)
    target.end()
    check_counts(fleet.film_counts(), present, counts_before)
    fleet.end_all()
    told = len(ledger.acknowledged())
    print(f"  killed {dict(killer.killed)}, seed {seed}; {told} events acknowledged, "
          f"{len(ledger.events) - told} given up, of which {len(present) - told} count; answers "
          f"{dict(ledger.answers)}, {len(follower.heard)} changes told to a follower", flush=True)
