"""The cells of the fault matrix: which server, what is wrong with it, and what must hold meanwhile and
afterwards."""

import time
from dataclasses import dataclass

from open_loop import percentile

LIST_P99_WANTED_S = 0.1
ANSWER_MAX_S = 1  # what is asserted: machines that run tests are noisy
RECOVERY_MAX_S = 20
NAMED_AS = {"kafka": "events", "postgres": "state", "minio": "objects", "redis": "cache"}
# By how much threads and descriptors may grow: connections that pools keep for a while.
FLAT_WITHIN = 8
# Connections that may reach a server between its return and the program's recovery: its pools, once
# over. Kafka has a client each for writing, following and folding, MinIO is looked at now and then.
CONNECTIONS_MAX = {"kafka": 48, "postgres": 40, "minio": 20, "redis": 70}

REQUESTS_MAX = 2000  # in a second, to a server that is back: 200 lists cost three or four each at most


@dataclass
class Kind:
    """One way of being broken."""

    name: str
    begin: callable  # (bed, server)
    end: callable  # (bed, servers)
    # Whether /api/health must name it: nobody may meet a full disk to which nobody writes, and who looks
    # every two seconds may find a server that flaps well each time.
    always_seen: bool = True


def _each(action):
    return lambda bed, names: [action(bed, name) for name in names]


def _have_room_again(bed, names):
    for name in names:
        bed.empty(name)
    bed.up(names)  # those that ended for lack of room


KINDS = (
    Kind("stopped", lambda bed, name: bed.kill(name), lambda bed, names: bed.up(names)),
    Kind("refusing", lambda bed, name: bed.proxies.switch(name, "refuse"),
         _each(lambda bed, name: bed.proxies.switch(name, "pass"))),
    Kind("hung", lambda bed, name: bed.pause(name), _each(lambda bed, name: bed.resume(name))),
    Kind("slow", lambda bed, name: bed.proxies.switch(name, "slow"),
         _each(lambda bed, name: bed.proxies.switch(name, "pass"))),
    Kind("garbage", lambda bed, name: bed.proxies.switch(name, "garbage"),
         _each(lambda bed, name: bed.proxies.switch(name, "pass"))),
    Kind("flapping", lambda bed, name: bed.proxies.switch(name, "flap"),
         _each(lambda bed, name: bed.proxies.switch(name, "pass")), always_seen=False),
    Kind("full", lambda bed, name: bed.fill(name), _have_room_again, always_seen=False),
)


def grown(before, now):
    """What is wrong with (threads, descriptors) that were before and are now."""
    if all(b - a <= FLAT_WITHIN for a, b in zip(before, now)):
        return []
    return [f"threads or descriptors grew by more than {FLAT_WITHIN}: {before} -> {now}"]


@dataclass
class Cell:
    title: str
    servers: tuple
    kind: Kind

    def run(self, bed, load, seconds):
        """(what was seen in words, what was wrong)"""
        before = bed.threads(), bed.descriptors()
        load.begin(self.title)
        for name in self.servers:
            self.kind.begin(bed, name)
        time.sleep(seconds)
        load.begin("after " + self.title)
        for name in self.servers:
            bed.proxies.take_counts(name)
        self.kind.end(bed, self.servers)
        took_s, why = bed.recover(RECOVERY_MAX_S)
        counts = {name: bed.proxies.take_counts(name) for name in self.servers}
        wrong = self.look_at_return(took_s, why, counts)
        time.sleep(0.5)  # the last of the cell are answered
        during, after = load.take(self.title), load.take("after " + self.title)
        wrong += self.look_at_answers(during, after, load.plan, seconds)
        now = bed.threads(), bed.descriptors()
        wrong += grown(before, now)
        return self.describe(during, took_s, counts, before, now), wrong

    def look_at_answers(self, during, after, plan, seconds):
        wrong = [*during.wrong, *after.wrong]
        if during.wrong_count + after.wrong_count > len(wrong):
            wrong.append(f"… {during.wrong_count + after.wrong_count} wrong answers in all")
        if len(during.times_s) < 0.9 * seconds * plan.lists_per_s:
            wrong.append(f"only {len(during.times_s)} lists were answered")
        if percentile(during.times_s, 0.99) > ANSWER_MAX_S:
            wrong.append(f"the 99th percentile of lists is over {ANSWER_MAX_S} s")
        for path, times_s in during.probe_times_s.items():
            if max(times_s) > ANSWER_MAX_S:
                wrong.append(f"{path} took {max(times_s):.1f} s")
        if "kafka" not in self.servers and during.events["refused"] + after.events["refused"] > 0:
            wrong.append("events were refused though Kafka was well")
        unnamed = {NAMED_AS[name] for name in self.servers} - during.named
        if self.kind.always_seen and unnamed:
            wrong.append(f"/api/health did not name {sorted(unnamed)}")
        return wrong

    def look_at_return(self, took_s, why, counts):
        wrong = []
        if why is not None:
            wrong.append(f"not well again after {took_s:.0f} s: {why}")
        for name, count in counts.items():
            if count.peak_accepted > CONNECTIONS_MAX[name]:
                wrong.append(f"a herd: {count.peak_accepted} connections in a second to {name}")
            if count.peak_pieces > REQUESTS_MAX:
                wrong.append(f"a herd: {count.peak_pieces} requests in a second to {name}")
        return wrong

    def describe(self, during, took_s, counts, before, now):
        def milliseconds(values, share):
            return f"{1e3 * percentile(values, share):.0f} ms"

        acknowledged = during.events["acknowledged"]
        probes = [second for times_s in during.probe_times_s.values() for second in times_s]
        return (f"{len(during.times_s)} lists, p99 {milliseconds(during.times_s, 0.99)}"
                f" (wanted {1e3 * LIST_P99_WANTED_S:.0f}), tiers {dict(during.tiers)}, events"
                f" {acknowledged}/{acknowledged + during.events['refused']} acknowledged, health within"
                f" {milliseconds(probes, 1)} names {sorted(during.named) or 'none'}, back in {took_s:.1f} s"
                f" with {' + '.join(str(count.peak_accepted) for count in counts.values())} connections and"
                f" {max(count.peak_pieces for count in counts.values())} requests in the busiest second, threads"
                f" {before[0]}->{now[0]}, fds {before[1]}->{now[1]}")


def all_cells(names):
    cells = [Cell(f"{name} {kind.name}", (name,), kind) for name in names for kind in KINDS]
    return cells + [Cell(f"all {kind.name}", tuple(names), kind) for kind in KINDS]
