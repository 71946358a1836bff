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
from load import FOLLOWED, POSITIVE, Follower, Ledger, Sender, Target

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
        finish(server, target, senders)
        check_follower(follower, ledger)
        target.end()
        check_answers(ledger)
        present = check_histories(server.client, ledger)
        assert server.end() == 0, server.stderr
    check_books(stage.program, data, present, counts_before)
    told = len(ledger.acknowledged())
    print(f"  killed {sum(killer.moments.values())} times ({dict(killer.moments)}), seed {seed}; "
          f"{told} events acknowledged, {len(ledger.events) - told} given up, of which "
          f"{len(present) - told} count; answers {dict(ledger.answers)}, "
          f"{len(follower.heard)} changes told to a follower", flush=True)


def finish(server, target, senders):
    """Everything under way is delivered to a server that lives."""
    target.up(server.address)
    for sender in senders:
        sender.stop.set()
    for sender in senders:
        sender.join(60)
        assert not sender.is_alive(), f"{sender.name} did not get its last answer"


def check_follower(follower, ledger):
    """It was told of this viewer's events only, each time of a later one, and of the last at last."""
    of_viewer = {sent.offset for sent in ledger.by_viewer[FOLLOWED]}
    of_others = ledger.of_offset.keys() - of_viewer
    until = time.monotonic() + 20
    while time.monotonic() < until and (not follower.heard or follower.heard[-1] < max(of_viewer)):
        time.sleep(0.02)
    assert follower.heard and follower.heard[-1] >= max(of_viewer), \
        f"a follower heard {follower.heard[-1:]} last, the viewer's last event is {max(of_viewer)}"
    assert not of_others.intersection(follower.heard), "a follower was told of another viewer's events"


def check_answers(ledger):
    assert not ledger.wrong, f"{len(ledger.wrong)} wrong answers, the first: {ledger.wrong[:3]}"
    for kind in ("accepted", "duplicate", "conflict"):
        assert ledger.answers[kind] > 0, f"no answer was '{kind}': this test tests less than it should"


def check_histories(client, ledger):
    """Each viewer's history holds once what was acknowledged, in the order of the offsets, and of the
    rest what was sent and given up, once at most. Returns all events that are there."""
    last = max(ledger.of_offset)
    assert not client.recommendations("x", min_offset=f"e:{last}").get("stale"), "the fold did not catch up"
    present = []
    for user in {user for user, _ in ledger.events}:
        rows = client.history(user)
        ids = [row["event_id"] for row in rows]
        assert len(ids) == len(set(ids)), f"{user}: {len(ids) - len(set(ids))} events stand twice"
        for row in rows:
            sent = ledger.events.get((user, row["event_id"]))
            assert sent, f"{user}: nobody sent {row}"
            assert all(row[name] == sent.body[name] for name in ("movie_id", "event_type")), (row, sent)
            present.append(sent)
        acknowledged = sorted(ledger.by_viewer.get(user, []), key=lambda sent: -sent.offset)
        want = [sent.body["event_id"] for sent in acknowledged]
        lost = set(want) - set(ids)
        assert not lost, f"{user}: {len(lost)} of {len(want)} acknowledged events are lost: {list(lost)[:3]}"
        known = set(want)
        assert [each for each in ids if each in known] == want, f"{user}: another order than that of the log"
    return present


def check_books(program, data, present, counts_before):
    assert_books_balance(program, data)
    audit = program.audit(data)
    want = {"accepted": len(present), "applied": len(present), "deduplicated": 0, "dead_lettered": 0,
            "pending": 0}
    got = {name: audit[name] for name in want}
    assert got == want, f"audit: {got}, want {want}"
    counts, want = film_counts(data), expected_counts(present) + counts_before
    wrong = {film: (counts[film], want[film]) for film in counts | want if counts[film] != want[film]}
    assert not wrong, f"{len(wrong)} films are counted wrongly (found, want): {list(wrong.items())[:5]}"


def expected_counts(events):
    """For each film, how many viewers have a positive event that was not taken back."""
    taken_back = {(sent.body["user_id"], sent.body["undoes"]) for sent in events if "undoes" in sent.body}
    standing = {(sent.body["user_id"], sent.body["movie_id"]) for sent in events
                if sent.body["event_type"] in POSITIVE and sent.key not in taken_back}
    return collections.Counter(movie for _, movie in standing)


def film_counts(data):
    """Viewers counted for each film, over all days."""
    with contextlib.closing(sqlite3.connect(f"file:{data / 'marquee.db'}?mode=ro", uri=True)) as database:
        return collections.Counter(dict(database.execute(
            "SELECT movie_id, sum(count) FROM movie_counts GROUP BY movie_id")))
