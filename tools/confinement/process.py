"""One confined process on this machine: its plan, its namespaces, its limits, its report."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from . import service as plans

WAIT_S = 240
CGROUPS = {"memory": ("memory.limit_in_bytes", "mem_limit"), "pids": ("pids.max", "pids_limit")}


class Failed(Exception):
    pass


def source_of(kind, source, target, project, scratch, root):
    """Where on this machine what is mounted lies. A new volume has the image's folder's owner and rights."""
    if kind == "secret":
        return scratch / "secrets" / source
    if kind == "config":
        return Path(project["configs"][source]["file"])
    folder = scratch / "volumes" / source.strip("/").replace("/", "-")
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    there = Path(f"{root}{target}")
    if kind == "volume" and there.is_dir():
        os.chown(folder, there.stat().st_uid, there.stat().st_gid)
        folder.chmod(there.stat().st_mode & 0o7777)
    return folder


def make_groups(name, service):
    """Folders of cgroups with the service's limits; those that this machine can make."""
    made = []
    for controller, (file, setting) in CGROUPS.items():
        top = Path("/sys/fs/cgroup") / controller
        if setting not in service or not (top / "cgroup.procs").exists() or not os.access(top, os.W_OK):
            continue
        group = top / f"marquee-{name}-{os.getpid()}"
        group.mkdir()
        (group / file).write_text(str(plans.size(service[setting])))
        made.append(group)
    return made


class Confined:
    """`trial` of an image whose root is at `root`. Folders of several in one `scratch` are shared as volumes are.
    Its own network unless `network` is false. Ends when it is told to, see end()."""

    def __init__(self, project, trial, root, config, scratch, network=True):
        self.name, self.project, self.scratch = trial.service, project, scratch
        self.service = project["services"][trial.service]
        self.user = self.service["user"]
        self.log, self.report_file = scratch / f"{self.name}.log", scratch / f"{self.name}.report"
        mounts = [(kind, source if kind == "tmpfs" else str(source_of(kind, source, target, project, scratch, root)),
                   target, options, writable) for kind, source, target, options, writable in
                  plans.mounts_of(self.service)]
        self.writable = [target for _, _, target, _, writable in mounts if writable] + ["/dev/shm"]
        self.groups = make_groups(self.name, self.service)
        hosts = scratch / f"{self.name}.hosts"
        hosts.write_text(plans.hosts(project["services"], self.name))
        self.process = self._start({
            "name": self.name, "root": str(root), "user": self.user, "mounts": mounts, "hosts": str(hosts),
            "directory": config.get("WorkingDir") or "/", "groups": [str(group) for group in self.groups],
            "network": network, "shm_size": plans.size(self.service.get("shm_size") or "64m"),
            "environment": plans.environment_of(self.service, config, trial, Path(root, "etc/passwd").read_text()),
            "script": plans.script(self.service, config, trial, WAIT_S)})

    def _start(self, plan):
        """Its output goes to a file of its user's, as an engine gives it: NGINX opens it by name."""
        file = self.scratch / f"{self.name}.plan"
        kinds = ["--mount", "--pid", "--ipc", "--uts", *(["--net"] if plan["network"] else [])]
        with self.log.open("ab") as output, self.report_file.open("wb") as findings:
            uid, _, gid = self.user.partition(":")
            os.chown(self.log, int(uid), int(gid))
            file.write_text(json.dumps({**plan, "report": findings.fileno()}))
            return subprocess.Popen(
                ["unshare", *kinds, "--fork", "--kill-child", sys.executable,
                 Path(__file__).with_name("inside.py"), file], stdin=subprocess.PIPE, stdout=output, stderr=output,
                pass_fds=(findings.fileno(),), env={"PATH": os.environ["PATH"]})

    def report(self):
        return self.report_file.read_text().splitlines()

    def wait_for(self, word, seconds=900):
        """Until it has reported `word`; Failed when it ends without."""
        deadline = time.monotonic() + seconds
        while word not in self.report():
            ended = self.process.poll() is not None
            if word in self.report():
                return
            if ended or time.monotonic() > deadline:
                raise Failed(f"{self.name} is not {word}: {'; '.join(self.objections())}")
            time.sleep(0.1)

    def end(self):
        """Tells it to end and returns what is to be objected."""
        self.process.stdin.close()
        try:
            self.process.wait(timeout=300)
        except subprocess.TimeoutExpired:
            pass
        return self.objections()

    def objections(self):
        return plans.objections(self.report(), self.user, self.writable)

    def places(self):
        """Where it may write, of the places that compose.yaml says."""
        found = {line.split(" ", 1)[1] for line in self.report() if line.startswith("writable ")}
        return sorted(found & set(self.writable))

    def megabytes(self):
        """The most that it held, its files in memory included; None where nothing counted it."""
        for group in self.groups:
            if group.parent.name == "memory":
                return int((group / "memory.max_usage_in_bytes").read_text()) >> 20
        return None

    def remove(self):
        """Kills what is left, and everything inside with it."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process.stdin.close()
        for group in self.groups:
            group.rmdir()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remove()
