"""kill -9 hundreds of times under load: what was acknowledged counts exactly once, all else once or not.

MARQUEE_KILLS is the number of kills (default 300), MARQUEE_KILLS_SEED their seed; `./dev soak` sets
both. A killed process leaves its writes to the kernel, so this shows nothing about fsync: power cuts
are simulated in src/adapters/embedded (event_log_power_cut_test.cpp)."""

import collections
import contextlib
import os
import random
import signal
import sqlite3
import subprocess
import time

from cases import scenario
from cases.crash import assert_books_balance
from load import FOLLOWED, Follower, Ledger, Sender, Target, place
from load_checks import check_answers, check_counts, check_follower, check_histories, finish

EMBEDDED_ONLY = "has its like on the platform: cases/kill_platform.py"

SENDERS = 4


class Killer:
    """Starts servers on one directory and kills each at a moment that the seed chooses."""

    def __init__(self, program, data, seed, target, senders):
        self.program, self.data, self.target, self.senders = program, data, target, senders
        self.rng = random.Random(seed)
        self.moments = collections.Counter()
        self.start_s = 0.1

    def kill_once(self):
        moment = self.rng.choices(["starting", "serving", "folding", "draining"], [2, 4, 2, 2])[0]
        if moment == "starting":
            self.kill_while_starting()
        else:
            begin = time.monotonic()
            with self.program.serve(self.data) as server:
                self.start_s = 0.9 * self.start_s + 0.1 * (time.monotonic() - begin)
                self.target.up(server.address)
                getattr(self, f"kill_while_{moment}")(server)
                self.target.down()
                assert server.wait() in (-signal.SIGKILL, 0), f"the server died: {server.stderr[-2000:]}"
                if server.process.returncode == 0:  # drained before the kill: not one
                    return
        self.moments[moment] += 1

    def kill_while_starting(self):
        """Anywhere between exec and the first events after ready."""
        process = subprocess.Popen([str(self.program.path), "serve", "--data", str(self.data), "--port", "0"],
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, env=self.program.environment)
        time.sleep(self.rng.uniform(0, 1.2 * self.start_s))
        process.kill()
        code = process.wait(60)
        assert code == -signal.SIGKILL, f"the server ended by itself at its start, exit code {code}"

    def kill_while_serving(self, server):
        time.sleep(self.rng.uniform(0.01, 0.4))
        server.process.kill()

    def kill_while_folding(self, server):
        """As soon as a big batch was acknowledged, of which the fold has hardly begun."""
        for sender in self.senders:
            sender.big_answer.clear()
        until = time.monotonic() + 0.6
        while time.monotonic() < until and not any(s.big_answer.is_set() for s in self.senders):
            time.sleep(0.001)
        time.sleep(self.rng.uniform(0, 0.01))
        server.process.kill()

    def kill_while_draining(self, server):
        time.sleep(self.rng.uniform(0.01, 0.2))
        server.process.send_signal(signal.SIGTERM)
        time.sleep(self.rng.uniform(0, 0.02))
        server.process.kill()


@scenario("kill -9 under load, hundreds of times: what was acknowledged counts exactly once", seconds=170)
def kill_hundreds_of_times(stage):
    kills = int(os.environ.get("MARQUEE_KILLS", "300"))
    seed = int(os.environ.get("MARQUEE_KILLS_SEED", "1"))
    data = stage.copy()
    counts_before = film_counts(data)
    ledger, target = Ledger(), Target()
    with stage.program.serve(data) as server:
        movies = [r["movie_id"] for r in server.client.recommendations("x", 60)["recommendations"]]
        assert server.end() == 0
    senders = [Sender(number, seed * 1000 + number, ledger, target, movies) for number in range(SENDERS)]
    killer = Killer(stage.program, data, seed, target, senders)
    follower = Follower(FOLLOWED, ledger, target)
    for thread in [*senders, follower]:
        thread.start()
    while sum(killer.moments.values()) < kills and not ledger.wrong:
        killer.kill_once()
    with stage.program.serve(data) as server:
        target.up(server.address)
        finish(senders)
        check_follower(follower, ledger)
        target.end()
        check_answers(ledger)
        last = max(ledger.of_offset, key=place)
        assert not server.client.recommendations("x", min_offset=last).get("stale"), "the fold did not catch up"
        present = check_histories(server.client, ledger)
        assert server.end() == 0, server.stderr
    check_books(stage.program, data, present, counts_before)
    told = len(ledger.acknowledged())
    print(f"  killed {sum(killer.moments.values())} times ({dict(killer.moments)}), seed {seed}; "
          f"{told} events acknowledged, {len(ledger.events) - told} given up, of which "
          f"{len(present) - told} count; answers {dict(ledger.answers)}, "
          f"{len(follower.heard)} changes told to a follower", flush=True)


def check_books(program, data, present, counts_before):
    assert_books_balance(program, data)
    audit = program.audit(data)
    want = {"accepted": len(present), "applied": len(present), "deduplicated": 0, "dead_lettered": 0,
            "pending": 0}
    got = {name: audit[name] for name in want}
    assert got == want, f"audit: {got}, want {want}"
    check_counts(film_counts(data), present, counts_before)


def film_counts(data):
    """Viewers counted for each film, over all days."""
    with contextlib.closing(sqlite3.connect(f"file:{data / 'marquee.db'}?mode=ro", uri=True)) as database:
        return collections.Counter(dict(database.execute(
            "SELECT movie_id, sum(count) FROM movie_counts GROUP BY movie_id")))
