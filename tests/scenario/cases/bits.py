"""One flipped bit anywhere in a stored file: found by the commands that look, and the file is named.

The places are random under a fixed seed; MARQUEE_FLIPS is how many of each kind (default 12)."""

import contextlib
import os
import random
import sqlite3

from cases import scenario
from cases.start import DAMAGED

EMBEDDED_ONLY = "flips bits in files of the directory; PostgreSQL, Kafka and MinIO check their own"

SLOW_LOOKS = 3  # a rebuild is tried with so many of the flips only
FLIPS = int(os.environ.get("MARQUEE_FLIPS", "12"))


@contextlib.contextmanager
def flipped(files, rng):
    """One bit of one of the files is another; as it was at the end. Yields the file and the place."""
    file = rng.choice(sorted(files))
    whole = file.read_bytes()
    used = len(whole.rstrip(b"\0")) if file.suffix == ".log" else len(whole)  # zeros follow a log's frames
    bit = rng.randrange(used * 8)
    damaged = bytearray(whole)
    damaged[bit // 8] ^= 1 << bit % 8
    file.write_bytes(damaged)
    yield file, f"{file}: bit {bit % 8} of byte {bit // 8}"
    file.write_bytes(whole)


def assert_finds(stage, data, file, place, *command):
    """The command ends as for damaged data and names the file."""
    done = stage.program.run(*command, "--data", data)
    said = done.stdout + done.stderr
    assert done.returncode == DAMAGED, f"{place}: {command} ends with {done.returncode}: {said[-500:]}"
    assert file.name in said, f"{place}: {command} does not name it: {said[-500:]}"


DOCTOR = ("doctor", "--set", "server.port=0")
VERIFY_LOG = ("log", "verify")
VERIFY_STATE = ("rebuild", "--verify")
SERVE = ("serve", "--port", "0")


def with_events(stage):
    """A directory with some hundred events, folded, and its log closed."""
    data = stage.copy()
    with stage.program.serve(data) as server:
        for number in range(300):
            server.client.event(f"bits-{number % 5}", str(number % 40 + 1), "click")
        assert server.end() == 0
    return data


@scenario("a flipped bit anywhere in the log is found and its segment is named", seconds=16)
def log(stage):
    data, rng = with_events(stage), random.Random(1)
    for number in range(FLIPS):
        with flipped((data / "events").glob("*.log"), rng) as (file, place):
            for command in (VERIFY_LOG, DOCTOR, SERVE, VERIFY_STATE)[:4 if number < SLOW_LOOKS else 3]:
                assert_finds(stage, data, file, place, *command)
    stage.program.must("log", "verify", "--data", data)


@scenario("a flipped bit anywhere in the imported history is found and its file is named", seconds=9)
def history(stage):
    data, rng = stage.copy(), random.Random(2)
    files = list((data / "lakehouse/archived-events").rglob("*.parquet"))
    for number in range(FLIPS):
        with flipped(files, rng) as (file, place):
            for command in (DOCTOR, VERIFY_STATE)[:2 if number < SLOW_LOOKS else 1]:
                assert_finds(stage, data, file, place, *command)
    stage.program.must("rebuild", "--verify", "--data", data)


@scenario("a flipped bit anywhere in a model or its lists is found and its file is named", seconds=16)
def model(stage):
    data, rng = stage.copy(), random.Random(3)
    stage.program.must("batch", "run", "--data", data)  # two models: one in service, one to go back to
    lakehouse = data / "lakehouse"
    files = [*(lakehouse / "models").rglob("*.parquet"), *(lakehouse / "batch-recs-history").rglob("*.parquet")]
    assert len(files) == 8, files
    for _ in range(2 * FLIPS):
        with flipped(files, rng) as (file, place):
            assert_finds(stage, data, file, place, *DOCTOR)
    stage.program.must(*DOCTOR, "--data", data)


@scenario("a server does not take a model with a flipped bit into service, and says which file")
def model_at_start(stage):
    data, rng = stage.copy(), random.Random(4)
    files = list((data / "lakehouse/models").rglob("*.parquet"))
    for _ in range(max(3, FLIPS // 3)):
        with flipped(files, rng) as (file, place):
            with stage.program.serve(data) as server:
                health = server.client.get("/api/health").json()
                model_health = health["dependencies"]["model"]
                assert health["status"] == "degraded" and file.name in model_health["detail"], (place, health)
                answer = server.client.recommendations("1")
                assert answer["source"] == "popular" and answer["model_version"] is None, (place, answer)
                assert server.end() == 0
            assert file.name in server.stderr, (place, server.stderr)


@scenario("a flipped bit anywhere in a manifest is found and it is named", seconds=5)
def manifest(stage):
    data, rng = stage.copy(), random.Random(5)
    for _ in range(FLIPS):
        with flipped((data / "lakehouse/models").rglob("manifest.json"), rng) as (file, place):
            assert_finds(stage, data, file, place, *DOCTOR)


def rows_of(database):
    """Every row of every table, or None when SQLite cannot read them."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
            return {name: sorted(map(repr, connection.execute(f"SELECT * FROM {name}"))) for (name,) in tables}
    except (sqlite3.DatabaseError, OverflowError, UnicodeDecodeError):
        return None


@scenario("a flipped bit anywhere in the database is found, or no row is another", seconds=17)
def database(stage):
    """Unused bytes of a page are nobody's: there the rows must be what they were."""
    data, rng = with_events(stage), random.Random(6)
    rows = rows_of(data / "marquee.db")
    for _ in range(FLIPS):
        with flipped([data / "marquee.db"], rng) as (file, place):
            if rows_of(file) != rows:
                assert_finds(stage, data, file, place, *DOCTOR)
