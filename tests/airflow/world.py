"""What Airflow's tasks work on: directories with the synthetic world, one of which is the current one."""

import json
import os
import shutil
import signal
import subprocess
from datetime import date, datetime, timezone
from pathlib import Path

import common
from event_log_files import make_older
from program import Program

SMALL = "[train]\nrank = 8\nepochs = 2\n"


class World:
    def __init__(self, scratch):
        self.scratch, self.count = Path(scratch), 0
        self.program = Program(os.environ["MARQUEE_BIN"])
        self.base = self.scratch / "base"
        self.program.must("import", "--data", self.base, "--dataset", "synthetic")

    def directory(self, settings=SMALL):
        """A fresh copy, the one that tasks find from now on."""
        self.count += 1
        data = self.scratch / f"data-{self.count}"
        shutil.copytree(self.base, data, symlinks=True)
        (data / "marquee.toml").write_text(settings)
        self.use(data)
        return data

    def use(self, data):
        link = self.scratch / "next"
        link.symlink_to(data)
        link.rename(self.scratch / "current")

    def serve(self, data, *arguments):
        return self.program.serve(data, *arguments, "--set", "scheduler.enabled=false")

    def models(self, data):
        """{version: standing}"""
        listed = json.loads(self.program.must("models", "list", "--json", "--data", data))
        return {model["version"]: model["standing"] for model in listed["models"]}

    def current(self, data):
        return [version for version, standing in self.models(data).items() if standing == "current"]

    def archived_days(self, data):
        index = data / "lakehouse/archived-events/archive.json"
        if not index.exists():
            return []
        return sorted({file["date"] for file in json.loads(index.read_text())["files"]})

    def live_through(self, data, days):
        """Clicks as they would have been accepted on these days, four on each."""
        with self.serve(data) as server:
            for number in range(4 * len(days)):
                server.client.event(f"clicker-{number % 4}", str(1 + number), "like")
            assert server.end(signal.SIGTERM) == 0
        today = datetime.now(timezone.utc).date()
        ages = [(today - date.fromisoformat(day)).days for day in days]
        make_older(data, lambda offset: ages[offset // 4], events_a_segment=4)
        self.program.must("rebuild", "--data", data)

    def dags_test(self, dag, logical_date, **settings):
        """`./dev airflow dags test`, as an operator types it."""
        environment = {**os.environ, **settings}
        return subprocess.run([common.ROOT / "dev", "airflow", "dags", "test", dag, logical_date],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300, check=False,
                              env=environment)


def processes(*words):
    """(pid, parent) of programs whose command line has these words in this order."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            command = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if all(word in command for word in words):
            found.append((int(folder.name), parent))
    return found
