"""Apache Airflow: the three processes that schedule and show what deploy/airflow/dags says. From the
package index, with all it stands on pinned. Not among the servers that start by default."""

import hashlib
import json
import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

from . import cache, progress
from .server import Server, write_private

ROOT = cache.TOOLS.parent
PINS = ROOT / "deploy/airflow/constraints.txt"
DAGS = ROOT / "deploy/airflow/dags"
VERSION = re.search(r"^apache-airflow==(\S+)", PINS.read_text(), re.MULTILINE)[1]
ENTRY = f"airflow-{VERSION}-{hashlib.sha256(PINS.read_bytes()).hexdigest()[:12]}"
USER = "admin"


def site():
    return cache.root() / ENTRY / "site"


def fetch(folder):
    # Into a plain folder: a virtual environment would carry the path that it was made under, and an
    # entry of the cache is renamed once it is whole.
    progress.run(f"Fetching Airflow {VERSION} (200 MB)", [
        sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--require-hashes", "--only-binary=:all:", "--no-warn-script-location", "--target",
        str(folder / "site"), "-r", str(PINS)], folder / "pip.log")
    (folder / "pip.log").unlink()


class Airflow(Server):
    name = "airflow"
    by_default = False
    default_ports = {"client": 8080}
    start_timeout_s = 180
    stop_timeout_s = 60
    secrets_from = {"AIRFLOW_ADMIN_PASSWORD": "password", "AIRFLOW__CORE__FERNET_KEY": "fernet_key"}
    random_secrets = ("password", "jwt", "session")

    @classmethod
    def installed(cls):
        return site().is_dir()

    @classmethod
    def install(cls):
        cache.entry(ENTRY, fetch)

    def prepare(self):
        self.folder.chmod(0o700)  # Airflow's own files, its database among them, are for anybody to read
        write_private(self.folder / "passwords.json", json.dumps({USER: self.secret("password")}))
        progress.run("Preparing Airflow's database",
                     [sys.executable, "-m", "airflow", "db", "migrate"],
                     self.folder / "migrate.log", environment=self.whole_environment())

    def command(self):
        return [sys.executable, str(Path(__file__).with_name("airflow_processes.py"))]

    def environment(self):
        """Of servers and of the CLI. AIRFLOW__* and MARQUEE_* of ours win: they are the operator's."""
        found = {
            "AIRFLOW_HOME": str(self.folder), "PYTHONPATH": f"{site()}:{DAGS}",
            "PATH": f"{site() / 'bin'}:{os.environ.get('PATH', '/usr/bin:/bin')}",
            "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS), "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor", "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.folder / "passwords.json"),
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": self.url + "/execution/",
            "AIRFLOW__API__BASE_URL": self.url, "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port), "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API__SECRET_KEY": self.secret("session"),
            "AIRFLOW__API_AUTH__JWT_SECRET": 2 * self.secret("jwt"),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.folder / 'airflow.db'}",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
            "MARQUEE_BIN": str(ROOT / "build/release/bin/marquee"),
            "MARQUEE_DATA_DIR": str(ROOT / "data"),
            "MARQUEE_SPARK_SUBMIT": str(cache.TOOLS / "spark_submit"),
        }
        if "fernet_key" in self.record["secrets"]:
            found["AIRFLOW__CORE__FERNET_KEY"] = self.secret("fernet_key")
        given = {name: value for name, value in os.environ.items()
                 if name.startswith(("AIRFLOW__", "MARQUEE_", "AWS_", "STACK_"))}
        return {**found, **given}

    def answers(self):
        try:
            with urllib.request.urlopen(f"{self.url}/api/v2/monitor/health", timeout=5) as answer:
                state = json.loads(answer.read())
        except (urllib.error.URLError, ValueError):
            return False
        return all(state[part]["status"] == "healthy"
                   for part in ("metadatabase", "scheduler", "dag_processor"))

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/admin"

    def variables(self):
        return {"STACK_AIRFLOW_URL": self.url, "STACK_AIRFLOW_USER": USER,
                "STACK_AIRFLOW_PASSWORD": self.secret("password")}

    def address(self):
        return f"{self.url} (user {USER})"
