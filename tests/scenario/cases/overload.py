"""More than the server can take: it refuses in words, loses nothing it took, and goes on serving."""

import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from cases import scenario
from cases.canary import wait_for
from cases.crash import assert_books_balance
from client import uuid7

EMBEDDED_ONLY = ("fills the log's own queue or disk; Kafka's are filled in "
                 "src/adapters/kafka/event_producer_test.cpp and tests/stability")


def small_for(data):
    """MiB for the data, a rebuild beside them and some events, but not for a segment (64 MiB) more."""
    used = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    return 2 * (used >> 20) + 18


class Viewer(threading.Thread):
    """Asks for lists until told to stop and notes every answer that is none."""

    def __init__(self, client):
        super().__init__(daemon=True)
        self.client, self.stopping = client, threading.Event()
        self.asked, self.failures = 0, []

    def run(self):
        while not self.stopping.is_set():
            answer = self.client.get(f"/api/recommendations?user_id=viewer-{self.asked % 7}")
            self.asked += 1
            if answer.status != 200 or not answer.json()["recommendations"]:
                self.failures.append(str(answer))
            time.sleep(0.002)

    def end(self):
        self.stopping.set()
        self.join(30)
        assert self.asked > 0 and not self.failures, self.failures[:3]


def batch_of(user, movies, count):
    return [{"user_id": user, "movie_id": movies[i % len(movies)], "event_type": "click",
             "event_id": uuid7()} for i in range(count)]


@scenario("a burst against a small queue: some are taken, some refused with 503, none is lost")
def burst(stage):
    data = stage.copy()
    small = {"MARQUEE_LOG__QUEUE_EVENTS_MAX": "120"}
    with stage.program.serve(data, environment={**stage.program.environment, **small}) as server:
        client = server.client
        movies = [r["movie_id"] for r in client.recommendations("x", 50)["recommendations"]]
        viewer = Viewer(client)
        viewer.start()

        def send(number):
            events = batch_of(f"burst-{number % 8}", movies, 100)
            answer = client.post("/api/events", events)
            return answer, [event["event_id"] for event in events]

        taken, refused, last = set(), 0, None
        deadline = time.monotonic() + 60
        with ThreadPoolExecutor(32) as pool:
            while refused == 0 and time.monotonic() < deadline:
                for answer, ids in pool.map(send, range(200)):
                    if answer.status == 503:
                        refused += 1
                        assert answer.headers.get("retry-after"), answer.headers
                        assert answer.headers["content-type"] == "application/problem+json", answer
                        assert "queue" in answer.json()["detail"], answer
                        continue
                    assert answer.status == 207, answer
                    results = answer.json()["results"]
                    assert [r["event_id"] for r in results if r["status"] == "accepted"] == ids, answer
                    taken.update(ids)
                    last = max(int(r["offset"].split(":")[1]) for r in results + (
                        [{"offset": f"e:{last}"}] if last is not None else []))
        assert refused > 0 and taken, f"refused {refused}, taken {len(taken)}"
        assert client.metric("marquee_queue_refused_total", queue="log_events") >= 100 * refused
        assert client.metric("marquee_queue_limit", queue="log_events") == 120
        viewer.end()

        # Not by the metric of what is pending, which is as old as the fold's last step.
        def kept():
            return {row["event_id"] for number in range(8) for row in client.history(f"burst-{number}")}

        wait_for(lambda: kept() >= taken, "all that was acknowledged")
        assert kept() == taken, f"acknowledged {len(taken)}, in the histories {len(kept())}"
        audit = stage.program.audit(data)
        assert audit["holds"] is True and audit["accepted"] == len(taken), audit
        assert audit["received"] == audit["accepted"] + audit["duplicate"] + audit["rejected"], audit
        assert server.end() == 0
    assert_books_balance(stage.program, data, accepted_min=len(taken))


class SmallDisk:
    """A tmpfs; mounting one needs root. `mounted` is False where it is not allowed."""

    def __init__(self, path, mib):
        self.path = path
        path.mkdir(parents=True)
        self.mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", path],
                                      capture_output=True, check=False).returncode == 0

    def fill(self):
        """Takes all the room there is; returns the file that has it."""
        ballast = self.path / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while file.write(b"x" * size):
                        pass
                except OSError:
                    pass
        return ballast

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.mounted:
            subprocess.run(["umount", self.path], check=True)


@scenario("a full disk refuses events with 507, serves lists, and takes events again when it has room")
def full_disk(stage):
    original = stage.copy()
    with SmallDisk(stage.empty(), small_for(original)) as disk:
        if not disk.mounted:
            print("  (skipped: mounting a tmpfs is not possible here)")
            return
        data = disk.path / "data"
        subprocess.run(["cp", "-a", str(original), str(data)], check=True)
        on = {"MARQUEE_CANARY__INTERVAL_S": "1"}  # tells health that there is room again
        with stage.program.serve(data, environment={**stage.program.environment, **on}) as server:
            client = server.client
            movies = [r["movie_id"] for r in client.recommendations("x", 50)["recommendations"]]
            viewer = Viewer(client)
            viewer.start()
            taken = {f"full-{n}": [] for n in range(4)}
            ballast = disk.fill()

            def send_until(status, together=200):
                for number in range(4_000):
                    user = f"full-{number % 4}"
                    events = batch_of(user, movies, together)
                    answer = client.post("/api/events", events)
                    if answer.status == 207:
                        taken[user] += [event["event_id"] for event in events]
                    if answer.status == status:
                        return answer
                raise AssertionError(f"never {status}, last {answer}")

            full = send_until(507)
            assert full.headers["content-type"] == "application/problem+json", full
            assert "space" in full.json()["detail"], full
            send_until(507, together=1)  # not even one fits any more
            health = client.get("/api/health")
            assert health.status == 200 and health.json()["status"] == "degraded", health
            events = health.json()["dependencies"]["events"]
            assert events["status"] == "degraded" and "space" in events["detail"], events
            assert client.get("/health/live").status == 200
            assert client.get("/health/ready").status == 200

            os.unlink(ballast)
            wait_for(lambda: client.get("/api/health").json()["dependencies"]["events"]["status"] == "ok",
                     "health after there is room")
            send_until(207)
            assert server.alive(), server.stderr
            viewer.end()
            for user, ids in taken.items():
                # Not by the metric of what is pending, which is as old as the fold's last step.
                wait_for(lambda: len(client.history(user)) >= len(ids), f"what {user} was acknowledged")
                kept = [row["event_id"] for row in client.history(user)][::-1]
                assert kept == ids, f"{user}: acknowledged {len(ids)}, kept {len(kept)}"
            assert stage.program.audit(data)["holds"] is True
            assert server.end() == 0, server.stderr
        assert_books_balance(stage.program, data, accepted_min=sum(map(len, taken.values())))
