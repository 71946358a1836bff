"""Airflow's REST interface, as far as the tests need it."""

import json
import os
import time
import urllib.error
import urllib.request
from contextlib import contextmanager

FINAL = ("success", "failed")


class AirflowClient:
    def __init__(self, url, user, password):
        self.url, self.token = url, None
        self.token = self.call("POST", "/auth/token", {"username": user, "password": password})["access_token"]

    @classmethod
    def of_stack(cls):
        return cls(*(os.environ[f"STACK_AIRFLOW_{name}"] for name in ("URL", "USER", "PASSWORD")))

    def open(self, method, path, body=None):
        """(status, text) of any answer."""
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/html"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(),
                                         headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def call(self, method, path, body=None):
        status, text = self.open(method, path, body)
        assert 200 <= status < 300, f"{method} {path}: {status} {text[:500]}"
        return json.loads(text)

    def unpause(self, dag):
        self._pause(dag, False)

    def _pause(self, dag, paused):
        self.call("PATCH", f"/api/v2/dags/{dag}", {"is_paused": paused})

    @contextmanager
    def paused(self, dag):
        """The scheduler leaves the DAG's runs alone meanwhile, those that `dags test` makes among them: it would
        else run their tasks too, with its own settings."""
        self._pause(dag, True)
        try:
            yield
        finally:
            self._pause(dag, False)

    def trigger(self, dag, run_id, logical_date=None, conf=None):
        self.call("POST", f"/api/v2/dags/{dag}/dagRuns",
                  {"dag_run_id": run_id, "logical_date": logical_date, "conf": conf or {}})

    def run(self, dag, run_id):
        return self.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run_id}")

    def tasks(self, dag, run_id):
        """{task: (state, tries)}"""
        found = self.call("GET", f"/api/v2/dags/{dag}/dagRuns/{run_id}/taskInstances")
        return {task["task_id"]: (task["state"], task["try_number"]) for task in found["task_instances"]}

    def log(self, dag, run_id, task, attempt):
        path = f"/api/v2/dags/{dag}/dagRuns/{run_id}/taskInstances/{task}/logs/{attempt}?full_content=true"
        return json.dumps(self.call("GET", path))

    def wait(self, dag, run_id, within_s=300):
        """The run's final state."""
        return until(f"{dag} {run_id} ends",
                     lambda: (state := self.run(dag, run_id)["state"]) in FINAL and state, within_s)


def until(what, condition, within_s=120):
    deadline = time.monotonic() + within_s
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.1)
