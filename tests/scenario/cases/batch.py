"""The batch stages: repeatable, killed and gone on with, gated; models promoted and rolled back."""

import hashlib
import json
import random
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

from cases import scenario

EMBEDDED_ONLY = "writes into files of the lakehouse, or reads them beside the program"

ROOT = Path(__file__).resolve().parents[3]
STAGES = ["archive", "train", "evaluate", "generate", "publish", "invalidate"]
REFUSED, DAMAGED = 3, 4


def artifacts(stage, data):
    """{key: SHA-256} of every object in the lakehouse. What a killed write leaves ("~…") is none: no key begins
    like that, and it goes after a day."""
    if stage.program.on_kafka:
        return stage.objects(data)
    root = Path(data) / "lakehouse"
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(root.rglob("*")) if path.is_file() and path.name[0] not in ".~"}


def current(stage, data):
    models = json.loads(stage.program.must("models", "list", "--json", "--data", data))["models"]
    return next(model["version"] for model in models if model["standing"] == "current")


def run_stages(stage, data, run_id, stages=tuple(STAGES)):
    for name in stages:
        stage.program.must("batch", name, "--run-id", run_id, "--data", data)


def ends_with(done, code, *words):
    assert done.returncode == code, f"exit code {done.returncode}, not {code}: {done.stderr}"
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("marquee: ") and all(word in last for word in words), done.stderr


@scenario("every stage repeated gives the same bytes, and so does the whole run elsewhere", fast=True, seconds=6, platform=True)
def repeated(stage):
    data, other = stage.copy(), stage.copy()
    run_stages(stage, data, "nightly-1")
    made = artifacts(stage, data)
    for name in STAGES:
        run_stages(stage, data, "nightly-1", [name])
        assert artifacts(stage, data) == made, f"batch {name}, repeated, changed the lakehouse"
    told = json.loads(stage.program.must("batch", "run", "--run-id", "nightly-1", "--json",
                                         "--data", other))
    assert artifacts(stage, other) == made, "batch run made other bytes than its stages"
    assert told["run_id"] == "nightly-1" and told["model_version"] == current(stage, other), told


@scenario("kill -9 in any stage, and the run repeated: the same bytes as undisturbed", seconds=9, platform=True)
def killed(stage):
    undisturbed = stage.copy()
    begin = time.monotonic()
    run_stages(stage, undisturbed, "nightly-1")
    a_stage_takes = (time.monotonic() - begin) / len(STAGES)
    wanted, version = artifacts(stage, undisturbed), current(stage, undisturbed)
    dice = random.Random(5)
    data = stage.copy()
    for name in STAGES:
        for _ in range(3):
            process = subprocess.Popen(
                [str(stage.program.path), "batch", name, "--run-id", "nightly-1", "--data", str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=stage.program.environment)
            time.sleep(dice.uniform(0, 1.2 * a_stage_takes))
            process.send_signal(signal.SIGKILL)
            process.wait()
            served = current(stage, data)
            assert served != version or name in STAGES[4:], f"killed in {name}: {served} serves"
        run_stages(stage, data, "nightly-1", [name])
    made = artifacts(stage, data)
    assert made == wanted, f"other bytes than undisturbed: {sorted(set(made.items()) ^ set(wanted.items()))}"
    assert current(stage, data) == version


@scenario("a model that is surely worse is refused with its figures; the one in service stays", platform=True)
def gate(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        before = server.client.recommendations("1", 10)
        done = stage.program.run("batch", "run", "--data", data, "--set", "train.rank=1",
                                 "--set", "train.epochs=1", "--set", "train.regularization=900")
        ends_with(done, REFUSED, "worse than the model in service", "NDCG@100")
        after = server.client.recommendations("1", 10)
        assert after["model_version"] == before["model_version"] == current(stage, data)
        models = json.loads(stage.program.must("models", "list", "--json", "--data", data))["models"]
        refused = [m["version"] for m in models if m["standing"] == ""]
        assert len(refused) == 1, models
        shown = stage.program.must("models", "compare", refused[0], "--data", data)
        assert "baseline_ndcg_100" in shown and before["model_version"] in shown, shown
        answer = server.client.post(f"/api/admin/models/{refused[0]}/promote", "", operator=True)
        assert answer.status in (409, 422) and "worse" in answer.text, str(answer)
        assert server.end() == 0


class Readers:
    """Viewers who ask for their lists without a pause; every answer is kept."""

    def __init__(self, client, users):
        self.client, self.users, self.stop = client, users, threading.Event()
        self.answers, self.errors = [], []
        self.threads = [threading.Thread(target=self._read, args=(user,), daemon=True)
                        for user in users]

    def _read(self, user):
        while not self.stop.is_set():
            try:
                # A filter that keeps all passes the cache by: each answer is made anew.
                answer = self.client.recommendations(user, 20, year_from=1800)
                self.answers.append((user, answer))
            except Exception as error:
                self.errors.append(repr(error))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(30)


def films(answer):
    return [(r["movie_id"], r["score"]) for r in answer["recommendations"]]


@scenario("promote and rollback under load: no request fails, no list mixes two models", platform=True)
def rollback(stage):
    data = stage.copy()
    users = ["1", "2", "3"]
    with stage.program.serve(data) as server:
        first = current(stage, data)
        stage.program.must("batch", "run", "--run-id", "another", "--data", data, "--set",
                           "train.rank=48", "--set", "train.seed=9")
        second = current(stage, data)
        assert second != first
        lists = {}
        for version in (first, second):
            stage.program.must("models", "promote", version, "--data", data)
            for user in users:
                lists[user, version] = films(server.client.recommendations(user, 20, year_from=1800))
        with Readers(server.client, users) as readers:
            for expected in (first, second, first, second):
                begin = time.monotonic()
                answer = server.client.post("/api/admin/models/rollback", "", operator=True)
                took = time.monotonic() - begin
                assert answer.json() == {"current": expected}, str(answer)
                assert took < 10, f"a rollback took {took:.1f} s"
                until = len(readers.answers) + 20
                while len(readers.answers) < until and not readers.errors:
                    time.sleep(0.01)
        assert not readers.errors, readers.errors[:3]
        served = {answer["model_version"] for _, answer in readers.answers}
        assert served == {first, second}, served
        for user, answer in readers.answers:
            version = answer["model_version"]
            assert films(answer) == lists[user, version], f"viewer {user}: a list of no model"
        assert server.end() == 0


def damaged_item_factors(version, data):
    return Path(data) / "lakehouse" / "models" / version / "item_factors.parquet"


def cut(path):
    path.write_bytes(path.read_bytes()[:-100])


def flip(path):
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)


def gone(path):
    path.unlink()


def of_another_file(path):
    shutil.copy(path.with_name("item_neighbors.parquet"), path)


def of_other_users(path):
    shutil.copy(path.with_name("user_factors.parquet"), path)


@scenario("a damaged model is refused in one line; the one in service stays, live and after a restart")
def damaged(stage):
    data = stage.copy()
    told = json.loads(stage.program.must("batch", "train", "--json", "--data", data))
    version = told["model_version"]
    for stage_name in ("evaluate", "generate"):
        stage.program.must("batch", stage_name, "--run-id", told["run_id"], "--data", data)
    path = damaged_item_factors(version, data)
    whole = path.read_bytes()
    with stage.program.serve(data) as server:
        before = server.client.recommendations("1")["model_version"]
        for damage in (cut, flip, gone, of_another_file, of_other_users):
            damage(path)
            done = stage.program.run("models", "promote", version, "--data", data)
            assert done.returncode != 0, f"{damage.__name__} was promoted"
            assert done.stderr.count("\n") == 1 and "item_factors.parquet" in done.stderr, done.stderr
            assert server.client.recommendations("1")["model_version"] == before
            path.write_bytes(whole)
        stage.program.must("models", "promote", version, "--data", data)
        assert server.client.recommendations("1")["model_version"] == version
        assert server.end() == 0


@scenario("too little to learn from: one line each, and nothing is published", fast=True, platform=True)
def too_little(stage):
    for rows, code in (([], 1), (["a,1"], 0), (["a,1", "b,1"], 0), (["a,1", "a,2"], 0)):
        source, data = stage.empty(), stage.empty()
        source.mkdir(exist_ok=True)
        (source / "movies.csv").write_text("movie_id,title\n1,One\n2,Two\n")
        (source / "interactions.csv").write_text(
            "user_id,movie_id,event_type,timestamp\n" +
            "".join(f"{row},like,2025-01-0{n + 1}T00:00:00Z\n" for n, row in enumerate(rows)))
        stage.program.must("import", "--dataset", source, "--data", data)
        done = stage.program.run("batch", "run", "--data", data)
        assert done.returncode == code, f"{rows}: {done.returncode}: {done.stderr}"
        if code:
            assert "no event to train on" in done.stderr or "no positive event" in done.stderr, \
                done.stderr
        with stage.program.serve(data) as server:
            answer = server.client.recommendations("a")
            assert (answer["model_version"] is None) == bool(code), answer
            assert server.end() == 0


@scenario("bad run ids, dates and models are usage errors", fast=True, platform=True)
def bad_usage(stage):
    data = stage.copy()
    for arguments, word in ((["train", "--run-id", "a/b"], "a/b"),
                            (["train", "--run-id", "x", "--logical-date", "2025-02-30"], "2025-02-30"),
                            (["evaluate", "--model", "a b"], "a b"),
                            (["publish", "--run-id", "x", "--model", "y"], "not both")):
        ends_with(stage.program.run("batch", *arguments, "--data", data), 2, word)
    ends_with(stage.program.run("batch", "evaluate", "--run-id", "never", "--data", data), 1, "never")
    ends_with(stage.program.run("models", "show", "als_19990101_0000", "--data", data), 1, "als_1999")


@scenario("pandas reads the lakehouse and makes the same lists again")
def pandas_reads(stage):
    [python] = (ROOT / "build/deps").glob("pandas-*/bin/python")
    done = subprocess.run([str(python), str(ROOT / "tests/lakehouse/read.py"),
                           str(stage.copy() / "lakehouse")],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
