#!/usr/bin/env python3
"""Runs the program of an image from its built root as an engine would run its service of compose.yaml: the root
read-only; memory, volumes, secrets and configs where compose.yaml has them; as its user, without capabilities and
without a way to new ones; mounts, processes, network and names of its own; and, where the machine has cgroups of
version 1, within its limits of memory and processes. Then: is its health check content, which rights has each of
its processes, what in its root may it write to, does it end on its signal.

    tools/confined.py IMAGE ROOT SCRATCH    SCRATCH: image.json (of `buildah inspect`) and secrets; log and volumes
                                            go there

Wants root. Exit code 0 when nothing is to be objected; else one line for each objection.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from confinement import service as plans  # noqa: E402
from confinement.service import Trial  # noqa: E402
from servers import compose_loader  # noqa: E402

ROOT = HERE.parent
WAIT_S, LIMIT_S = 240, 900
CGROUPS = {"memory": ("memory.limit_in_bytes", "mem_limit"), "pids": ("pids.max", "pids_limit")}
ON_FILES = {"MARQUEE_EVENTS": "file:", "MARQUEE_STATE": "sqlite:", "MARQUEE_CACHE": "memory:",
            "MARQUEE_OBJECTS": "file:"}

# Without servers of others the program stands on a directory and Airflow on a file of SQLite.
PROGRAM = Trial("bootstrap", environment=ON_FILES, before="marquee --version && with_secrets bootstrap",
                command=["with_secrets", "marquee", "serve"], checks=[["health_check", "--at", "api=127.0.0.1:8000"]],
                after="marquee doctor")
TRIALS = {
    "marquee": PROGRAM, "compiled": PROGRAM,
    "spark": Trial("spark-master", before='/opt/spark/bin/spark-submit --version && python3 -c '
                   '"import ctypes; ctypes.CDLL(\'/opt/marquee/current/lib/libmarquee_c.so\')"'),
    "airflow": Trial(
        "airflow-scheduler",
        environment={"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////opt/airflow/airflow.db"},
        before="airflow version && airflow db migrate && marquee --version",
        command=["with_secrets", "bash", "-c", "start dag-processor & start scheduler --skip-serve-logs & "
                 "trap 'kill $(jobs -p); wait' TERM; start api-server --host 0.0.0.0 --port 8080 & wait"],
        checks=[["health_check", "--at", *(f"airflow-{part}=airflow-webserver:8080"
                                           for part in ("webserver", "scheduler", "dag-processor"))]],
        after="for _ in {1..30}; do airflow dags list -o plain | tee /tmp/dags; grep -q ^model_training_dag /tmp/dags && "
              "grep -q ^batch_recommendation_processing /tmp/dags && exit 0; sleep 2; done; exit 1"),
}


def source_of(kind, source, target, project, scratch, root):
    """Where on this machine what is mounted lies. A new volume has the image's folder's owner and rights."""
    if kind == "secret":
        return scratch / "secrets" / source
    if kind == "config":
        return Path(project["configs"][source]["file"])
    folder = scratch / "volumes" / source.strip("/").replace("/", "-")
    folder.mkdir(parents=True)
    if kind == "volume":
        there = Path(f"{root}{target}")
        if there.is_dir():
            os.chown(folder, there.stat().st_uid, there.stat().st_gid)
            folder.chmod(there.stat().st_mode & 0o7777)
    return folder


def groups_of(service):
    """Folders of cgroups with the service's limits; those that this machine can make."""
    made = []
    for controller, (file, setting) in CGROUPS.items():
        top = Path("/sys/fs/cgroup") / controller
        if setting not in service or not (top / "cgroup.procs").exists() or not os.access(top, os.W_OK):
            continue
        group = top / f"marquee-images-{os.getpid()}"
        group.mkdir()
        (group / file).write_text(str(plans.size(service[setting])))
        made.append(group)
    return made


def plan_of(image, root, scratch, project):
    trial = TRIALS.get(image) or Trial(image)
    service = project["services"][trial.service]
    config = json.loads((scratch / "image.json").read_text())["Docker"]["config"]
    checks = trial.checks or [service["healthcheck"]["test"][1:]]
    mounts = [(kind, source if kind == "tmpfs" else str(source_of(kind, source, target, project, scratch, root)),
               target, options, writable) for kind, source, target, options, writable in plans.mounts_of(service)]
    (scratch / "hosts").write_text(plans.hosts(project["services"], trial.service))
    passwd = Path(root, "etc/passwd")
    return {
        "name": trial.service, "root": str(root), "user": service["user"], "mounts": mounts,
        "hosts": str(scratch / "hosts"), "directory": config.get("WorkingDir") or "/",
        "shm_size": plans.size(service.get("shm_size") or "64m"),
        "environment": plans.environment_of(service, config, trial, passwd.read_text()),
        "script": plans.script(plans.command_of(service, config, trial), checks, trial,
                               service.get("stop_signal") or "SIGTERM", WAIT_S),
    }


def run(plan, scratch):
    """The lines of its report. The program's own output is in SCRATCH/log; an engine gives it to its user, since
    NGINX opens it by name."""
    log, report = scratch / "log", scratch / "report"
    with log.open("ab") as output, report.open("wb") as findings:
        uid, _, gid = plan["user"].partition(":")
        os.chown(log, int(uid), int(gid))
        (scratch / "plan.json").write_text(json.dumps({**plan, "report": findings.fileno()}))
        process = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child", sys.executable,
             HERE / "confinement/inside.py", scratch / "plan.json"], stdin=subprocess.DEVNULL, stdout=output,
            stderr=output, pass_fds=(findings.fileno(),), env={"PATH": os.environ["PATH"]})
        try:
            process.wait(timeout=LIMIT_S)
        except BaseException as stopped:
            process.kill()  # and with it everything inside
            process.wait()
            if not isinstance(stopped, subprocess.TimeoutExpired):
                raise
    return report.read_text().splitlines()


def main(image, root, scratch):
    project = compose_loader.load(ROOT, "compose.yaml")
    plan = plan_of(image, root, scratch, project)
    groups = groups_of(project["services"][plan["name"]])
    try:
        report = run({**plan, "groups": [str(group) for group in groups]}, scratch)
        writable = [target for _, _, target, _, may in plan["mounts"] if may] + ["/dev/shm"]
        found = plans.objections(report, plan["user"], writable)
        for group in groups:
            if group.parent.name == "memory":
                used = int((group / "memory.max_usage_in_bytes").read_text())
                print(f"{image}: up to {used >> 20} MB, its files in memory included")
    finally:
        for group in groups:
            group.rmdir()
    for objection in found:
        print(f"{image}: {objection}")
    if not found:
        places = sorted({line.split(" ", 1)[1] for line in report if line.startswith("writable ")} & set(writable))
        print(f"{image}: no rights, may write to {' '.join(places)} alone")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) != 4 or os.geteuid() != 0:
        print(__doc__)
        sys.exit(2)
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]).resolve()))
