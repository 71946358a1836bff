"""The nightly run: started by the clock or by hand, ended, gone on with after a crash."""

import json
import os
import random
import signal
import time
from pathlib import Path

from cases import scenario

EMBEDDED_ONLY = "reads the clock or the command line, and no service"

STAGES = ["archive", "train", "evaluate", "generate", "publish", "invalidate"]


def stages_that(stage, body):
    """A program that stands for the stages: notes each start, then does `body` ($2 is the stage,
    $8 the data directory). Returns the setting that names it."""
    path = stage.empty().with_suffix(".sh")
    path.write_text(f'#!/bin/sh\necho "$2 $$" >> "$8/started"\n{body}\n')
    path.chmod(0o700)
    return "--set", f"scheduler.stage_program={path}"


def started(data):
    """(stage, process id) of every start, in order."""
    file = Path(data) / "started"
    lines = file.read_text().splitlines() if file.exists() else []
    return [(name, int(pid)) for name, pid in map(str.split, lines)]


def names(data):
    return [name for name, _ in started(data)]


def until(what, condition, seconds=90):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not happen in {seconds} s"
        time.sleep(0.05)
    return found


def trigger(server):
    """Queues a run once the scheduler has its lease; its id."""
    answer = until("a 202", lambda: (a := server.client.post(
        "/api/admin/runs", {"pipeline": "batch", "params": {}}, operator=True)).status == 202 and a)
    assert answer.headers["location"] == "/api/admin/runs/" + answer.json()["id"], str(answer)
    return answer.json()["id"]


def run_of(stage, data, run_id):
    return json.loads(stage.program.must("runs", "show", run_id, "--json", "--data", data))


def becomes(stage, data, run_id, status):
    return until(f"{run_id} {status}",
                 lambda: (run := run_of(stage, data, run_id))["status"] == status and run)


@scenario("a run goes through its stages once and its history stays", fast=True, platform=True)
def whole_run(stage):
    data = stage.copy()
    with stage.program.serve(data, *stages_that(stage, 'echo "hello from $2"')) as server:
        run_id = trigger(server)
        run = becomes(stage, data, run_id, "succeeded")
        assert [s["name"] for s in run["stages"]] == STAGES == names(data), run
        assert run["trigger"] == "manual" and run["logical_date"] < run["created_at"][:10], run
        assert server.client.metric("marquee_runs_total", status="succeeded") == 1
        log = server.client.get(f"/api/admin/runs/{run_id}/logs?stage=train", operator=True).json()
        assert [line["text"] for line in log["lines"]] == ["hello from train"], log
        again = server.client.post(f"/api/admin/runs/{run_id}/retry", "", operator=True)
        assert again.status == 409, str(again)
        assert server.end() == 0
    assert run_of(stage, data, run_id) == run, "the history changed when the server stopped"
    listed = json.loads(stage.program.must("runs", "list", "--json", "--data", data))
    assert [r["id"] for r in listed["runs"]] == [run_id], listed


@scenario("kill -9 in a stage: the stage ends, and the run goes on from it", fast=True, platform=True)
def killed_server(stage):
    data = stage.copy()
    program = stages_that(stage, 'test "$2" != train || test -e "$8/go" || while :; do sleep 0.1; done')
    with stage.program.serve(data, *program) as server:
        run_id = trigger(server)
        until("the stage", lambda: names(data) == ["archive", "train"])
        left = started(data)[1][1]
        server.end(signal.SIGKILL)
    assert os.path.exists(f"/proc/{left}"), "the stage ended with the server: nothing to show here"
    (data / "go").touch()
    with stage.program.serve(data, *program) as server:
        until("the end of the orphan", lambda: not os.path.exists(f"/proc/{left}"))
        run = becomes(stage, data, run_id, "succeeded")
        assert names(data) == ["archive", "train", *STAGES[1:]], names(data)
        assert [s["status"] for s in run["stages"] if s["name"] == "train"] == \
            ["interrupted", "succeeded"], run
        assert server.end() == 0


@scenario("kill -9 five times at any moment: every stage succeeds once and in order", platform=True)
def killed_often(stage):
    data, rng = stage.copy(), random.Random(11)
    program = stages_that(stage, 'sleep 0.4; echo "$2" >> "$8/finished"')
    with stage.program.serve(data, *program) as server:
        run_id = trigger(server)
        for _ in range(5):
            time.sleep(rng.uniform(0.1, 1.2))
            server.end(signal.SIGKILL)
            server = stage.program.serve(data, *program)
        with server:
            run = becomes(stage, data, run_id, "succeeded")
            assert server.end() == 0
    succeeded = [s["name"] for s in run["stages"] if s["status"] == "succeeded"]
    assert succeeded == STAGES, run
    assert {s["status"] for s in run["stages"]} <= {"succeeded", "interrupted"}, run
    finished = (data / "finished").read_text().split()
    assert sorted(finished, key=STAGES.index) == finished, "two stages ran at once: " + str(finished)


@scenario("cancel asks the stage, then ends it; retry goes on from there", platform=True)
def cancel_and_retry(stage):
    data = stage.copy()
    program = stages_that(
        stage, 'test "$2" != train || test -e "$8/go" || { trap "" TERM; while :; do sleep 0.1; done; }')
    with stage.program.serve(data, *program) as server:
        run_id = trigger(server)
        until("the stage", lambda: names(data) == ["archive", "train"])
        busy = server.client.post("/api/admin/runs", {"pipeline": "batch"}, operator=True)
        assert busy.status == 409 and run_id in busy.text, str(busy)
        stage.program.must("runs", "cancel", run_id, "--data", data)
        becomes(stage, data, run_id, "cancelled")
        assert not os.path.exists(f"/proc/{started(data)[1][1]}"), "the stage is still there"
        (data / "go").touch()
        stage.program.must("runs", "retry", run_id, "--data", data)
        becomes(stage, data, run_id, "succeeded")
        assert names(data) == ["archive", "train", *STAGES[1:]], names(data)
        assert server.client.metric("marquee_runs_total", status="cancelled") == 1
        assert server.end() == 0


@scenario("the gate's no is final, and the model in service stays", platform=True)
def refused(stage):
    data = stage.copy()
    with stage.program.serve(data, *stages_that(stage, 'test "$2" != evaluate || exit 3')) as server:
        before = server.client.get("/api/metrics").json()["model_version"]
        run = becomes(stage, data, trigger(server), "refused")
        assert [s["name"] for s in run["stages"]] == STAGES[:3], run
        assert run["stages"][2]["exit_code"] == 3, run
        assert server.client.get("/api/metrics").json()["model_version"] == before
        retry = stage.program.run("runs", "retry", run["id"], "--data", data)
        assert retry.returncode == 1 and "refused" in retry.stderr, retry


@scenario("the clock starts a run, once a tick", seconds=44)
def by_the_clock(stage):
    data = stage.copy()
    with stage.program.serve(data, *stages_that(stage, ":"),
                             "--set", "scheduler.cron=* * * * *") as server:
        def scheduled():
            runs = server.client.get("/api/admin/runs?status=succeeded", operator=True).json()["runs"]
            return [run for run in runs if run["trigger"] == "scheduled"]

        runs = until("a scheduled run", scheduled, 150)
        assert len({run["id"] for run in runs}) == len(runs), runs
        assert all(run["id"].startswith(run["logical_date"] + "-") for run in runs), runs
        assert server.end() == 0


@scenario("a schedule or a role that is none ends in exit code 2 and touches nothing", fast=True)
def wrong_settings(stage):
    for arguments, named in ((("--set", "scheduler.cron=0 25 * * *"), "hour '25'"),
                             (("--set", "scheduler.catch_up=some"), "scheduler.catch_up"),
                             (("--roles", "api,speed,cook"), "'cook'"),
                             (("--roles", "scheduler"), "server.roles")):
        data = stage.empty()
        done = stage.program.run("serve", "--data", data, "--port", "0", *arguments)
        assert done.returncode == 2 and named in done.stderr, done
        assert not data.exists(), f"{arguments}: {data} was made"


@scenario("without the role nothing is scheduled, and reading goes on", platform=True)
def without_the_role(stage):
    data = stage.copy()
    with stage.program.serve(data, "--roles", "api,speed") as server:
        answer = server.client.post("/api/admin/runs", {"pipeline": "batch"}, operator=True)
        assert answer.status == 409 and "role scheduler" in answer.text, str(answer)
        assert server.client.get("/api/admin/runs", operator=True).json() == {"runs": []}


@scenario("the real stages put a new model into service", platform=True)
def real_stages(stage):
    if "--run-id" not in stage.program.run("batch", "archive", "--help").stdout:
        return  # a program without the stages that know runs
    data = stage.copy()
    with stage.program.serve(data) as server:
        before = server.client.get("/api/metrics").json()["model_version"]
        run_id = trigger(server)
        run = until("the end of the run",
                    lambda: (r := run_of(stage, data, run_id))["finished_at"] and r, 600)
        log = stage.program.must("runs", "logs", run_id, "--data", data)
        assert run["status"] in ("succeeded", "refused"), log
        after = server.client.get("/api/metrics").json()["model_version"]
        assert (after != before) == (run["status"] == "succeeded"), (before, after, run)
        assert server.end() == 0
