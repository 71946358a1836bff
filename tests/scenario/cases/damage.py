"""Damaged files: refused with exit code 4 and a line that names the place, never served over."""

import signal
import time

from cases import scenario
from cases.start import DAMAGED, assert_refuses

EMBEDDED_ONLY = "damages files of the directory; PostgreSQL, Kafka and MinIO check their own"


def log_files(data):
    """The log's files by size, largest first."""
    files = [path for path in (data / "events").rglob("*") if path.is_file()]
    return sorted(files, key=lambda path: -path.stat().st_size)


@scenario("a database that is none is refused")
def corrupt_database(stage):
    data = stage.copy()
    database = data / "marquee.db"
    content = bytearray(database.read_bytes())
    content[:4096] = b"this is no database " * 204 + b"\0" * 16
    database.write_bytes(content)
    for leftover in data.glob("marquee.db-*"):
        leftover.unlink()
    assert_refuses(stage.program.run("serve", "--data", data, "--port", 0), DAMAGED, "marquee.db")


def damaged_log(stage):
    """A directory whose log has a flipped byte in its middle, behind the fold's cursor or not."""
    data = stage.copy()
    with stage.program.serve(data) as server:
        for number in range(40):
            server.client.event("damage", str(number + 1), "click")
        time.sleep(1)  # the database has them too
        server.end(signal.SIGKILL)
    log = log_files(data)[0]
    content = bytearray(log.read_bytes())
    used = len(bytes(content).rstrip(b"\0"))
    content[used // 2] ^= 0x40
    log.write_bytes(content)
    return data


@scenario("a flipped bit inside the log is found, named and repaired only on request")
def corrupt_log(stage):
    data = damaged_log(stage)
    assert_refuses(stage.program.run("log", "verify", "--data", data), DAMAGED, "log repair")
    done = stage.program.run("log", "repair", "--data", data)
    assert done.returncode != 0 and "--accept-loss" in done.stderr, done.stderr
    stage.program.must("log", "repair", "--accept-loss", "--data", data)
    stage.program.must("log", "verify", "--data", data)
    with stage.program.serve(data) as server:
        assert server.client.event("damage", "1")["status"] == "accepted"
        assert server.end() == 0


@scenario("a flipped bit behind which the state must be folded again stops the start")
def corrupt_log_before_fold(stage):
    data = damaged_log(stage)
    done = stage.program.run("rebuild", "--verify", "--data", data)
    assert_refuses(done, DAMAGED)
