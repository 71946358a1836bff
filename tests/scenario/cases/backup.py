"""Backup and restore: a copy taken under load comes back as it was, or is refused whole."""

import json
import shutil
import signal
import subprocess

from cases import scenario
from cases.crash import Load, assert_books_balance
from cases.start import DAMAGED, FAILED, USAGE, assert_refuses
from client import uuid7

EMBEDDED_ONLY = ('a backup is of a directory; on the platform the services have their own '
                 '(docs/operating.md, "Backup")')


def films(client, user):
    answer = client.recommendations(user, 20)
    return [r["movie_id"] for r in answer["recommendations"]]


def offset_number(offset):
    return int(offset.split(":")[1])


@scenario("a restored backup serves the same lists, knows repeats and counts on", fast=True, seconds=5)
def restore_drill(stage):
    data, backup, restored = stage.copy(), stage.empty(), stage.empty()
    event_id = uuid7()
    with stage.program.serve(data) as server:
        movies = films(server.client, "drill")
        first = server.client.event("drill", movies[0], event_id=event_id)
        server.client.list_with("drill", first["offset"])
        assert server.end() == 0
    # Popular titles are counted anew at times: a fresh server is what a restored one compares to.
    with stage.program.serve(data) as server:
        before = {user: films(server.client, user) for user in ("drill", "1", "2", "nobody")}
        stage.program.must("backup", backup, "--data", data)
        later = server.client.event("drill", movies[1])
        assert server.end() == 0
    stage.program.must("restore", backup, "--data", restored)
    with stage.program.serve(restored) as server:
        after = {user: films(server.client, user) for user in before}
        for user, list_before in before.items():
            assert after[user] == list_before, f"{user}: {after[user]} was {list_before}"
        repeat = server.client.event("drill", movies[0], event_id=event_id)
        assert (repeat["status"], repeat["offset"]) == ("duplicate", first["offset"]), repeat
        assert server.client.event("drill", movies[2])["offset"] == later["offset"]
        assert server.end() == 0
    assert_books_balance(stage.program, restored, accepted_min=2)


@scenario("a backup under write load holds every event that was acknowledged before it", seconds=6)
def backup_under_load(stage):
    data, backup, restored = stage.copy(), stage.empty(), stage.empty()
    with stage.program.serve(data) as server:
        movies = films(server.client, "x")
        loads = [Load(server.client, f"load-{number}", movies) for number in range(3)]
        for load in loads:
            load.start()
        loads[0].join(0.5)
        before = {load.user: set(load.acknowledged) for load in loads}
        told = json.loads(stage.program.must("backup", backup, "--json", "--data", data))
        server.end(signal.SIGKILL)
        for load in loads:
            load.join(30)
    stage.program.must("restore", backup, "--data", restored)
    with stage.program.serve(restored) as server:
        for user, wanted in before.items():
            probe = server.client.event(user, "probe-movie", "click")
            assert offset_number(probe["offset"]) >= offset_number(told["log_end"]), (probe, told)
            server.client.list_with(user, probe["offset"])
            ids = [row["event_id"] for row in server.client.history(user)]
            assert len(ids) == len(set(ids)), f"{user}: an event stands twice"
            assert wanted <= set(ids), f"{user}: {len(wanted - set(ids))} events are missing"
        assert server.end() == 0
    assert_books_balance(stage.program, restored, sum(map(len, before.values())))


@scenario("kill -9 of a backup leaves none, and the next one works in the same place")
def killed_backup(stage):
    data, backup = stage.copy(), stage.empty()
    for _ in range(5):
        process = subprocess.Popen([stage.program.path, "backup", backup, "--data", data],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   env=stage.program.environment)
        while process.poll() is None and not backup.exists():
            pass
        process.kill()
        process.wait()
        if (backup / "backup.json").exists():  # it was quicker than the signal
            shutil.rmtree(backup)
            continue
        done = stage.program.run("restore", backup, "--data", stage.empty())
        assert_refuses(done, FAILED, str(backup))
    stage.program.must("backup", backup, "--data", data)
    stage.program.must("restore", backup, "--data", stage.empty())


@scenario("a damaged backup is refused with 4, names the file and leaves nothing")
def damaged_backup(stage):
    data, backup, restored = stage.copy(), stage.empty(), stage.empty()
    stage.program.must("backup", backup, "--data", data)
    for path in (backup / "marquee.db", backup / "backup.json", next(backup.rglob("*.parquet"))):
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) // 2] ^= 1
        for damaged in (bytes(flipped), whole[:len(whole) // 2]):
            path.write_bytes(damaged)
            assert_refuses(stage.program.run("restore", backup, "--data", restored), DAMAGED, path.name)
            assert not restored.exists(), "half a restore was left"
        path.write_bytes(whole)
    stage.program.must("restore", backup, "--data", restored)


@scenario("targets in use are refused in one line and stay as they are")
def refused_targets(stage):
    data, backup = stage.copy(), stage.empty()
    stage.program.must("backup", backup, "--data", data)
    assert_refuses(stage.program.run("backup", backup, "--data", data), FAILED, "a new directory")
    assert_refuses(stage.program.run("backup", data / "inside", "--data", data), USAGE, "elsewhere")
    assert_refuses(stage.program.run("restore", backup, "--data", data), FAILED, "not empty")
    assert_refuses(stage.program.run("serve", "--data", backup, "--port", 0), FAILED, "restore")
    with stage.program.serve(data) as server:
        done = stage.program.run("restore", backup, "--data", data)
        assert_refuses(done, FAILED, str(server.process.pid))
        assert server.end() == 0
    assert_books_balance(stage.program, data)
