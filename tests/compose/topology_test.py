"""The services of compose.yaml run together on loopback, with the environment and secrets that it gives them:
the calls that an operator makes first, from the doors."""

import re
import subprocess
import unittest
import urllib.request

from common import ROOT, services, size
from topology import Topology, record, stack

from asking import ask  # of tests/gateway, whose folder topology has named
from servers import process


class Together(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.here = Topology()
        cls.enterClassContext(cls.here)

    def get(self, path, port=None, **options):
        return ask(port or self.here.nginx.port, path, source="127.0.0.9", **options)

    def test_an_event_through_the_gateway_moves_the_list(self):
        answer = self.get("/api/events", method="POST", headers={"Content-Type": "application/json"},
                          body=b'{"user_id": "user_123", "movie_id": "2", "event_type": "click"}')
        self.assertEqual(answer.status, 202, answer.body)
        found = self.get(f"/api/recommendations?user_id=user_123&limit=10&min_offset={answer.json()['offset']}")
        self.assertEqual(len(found.json()["recommendations"]), 10, found.body)
        self.assertNotIn("stale", found.json())  # speed, another process, has folded it

    def test_every_server_is_in_use(self):
        state = self.get("/api/health").json()
        self.assertEqual({name: each["status"] for name, each in state["dependencies"].items() if name != "retrieval"},
                         dict.fromkeys(("events", "state", "cache", "objects", "model"), "ok"), state)

    def test_the_page_has_one_origin_on_its_own_port(self):
        port = self.here.frontend.port
        page = self.get("/", port)
        self.assertIn(b'<div id="root"', page.body)
        self.assertIn("default-src 'self'", page["content-security-policy"])
        self.assertEqual(self.get("/console", port).body, page.body)
        self.assertEqual(self.get("/health", port).body, b"Gateway OK\n")
        asset = page.body.decode().split('src="')[1].split('"')[0]
        self.assertIn("immutable", self.get(asset, port)["cache-control"])
        self.assertEqual(self.get("/", self.here.nginx.port).body, page.body)

    def test_the_gateway_knows_who_asks_the_page(self):
        self.get("/api/metrics", self.here.frontend.port)
        lines = self.here.nginx.log(1)
        self.assertIn("127.0.0.9", {line["client"] for line in lines if line["path"] == "/api/metrics"})

    def test_consoles_are_behind_the_gateway(self):
        health = self.get("/admin/health").json()
        self.assertEqual(health["scheduler"]["status"], "healthy")
        self.assertEqual(self.get("/storage/").status, 200)
        self.assertIn(b"html", self.get("/admin/").body)

    def test_a_second_bootstrap_changes_nothing(self):
        self.assertIn("nothing to do", self.here.run_once("bootstrap"))

    def test_no_secret_is_on_a_command_line_or_in_a_log(self):
        for file in self.here.secrets.iterdir():
            if file.name == "minio_user":
                continue
            for name, started in self.here.processes.items():
                line = open(f"/proc/{started.pid}/cmdline").read()
                self.assertNotIn(file.read_text(), line)
                self.assertNotIn(file.read_text(), (self.here.scratch / f"{name}.log").read_text())

    def test_health_check_of_everything(self):
        done = subprocess.run(
            [ROOT / "deploy/health_check.sh", "--wait", "60", "--at",
             *(f"{name}={where}" for name, where in self.here.health().items())],
            capture_output=True, text=True, check=False, timeout=180,
            env={"PATH": "/usr/bin:/bin", "REDIS_PASSWORD_FILE": str(self.here.secrets / "redis_password")})
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(len(done.stdout.splitlines()), len(self.here.health()))

    def test_prometheus_and_the_dashboard_ask_for_metrics_that_are_there(self):
        known = ""
        for name in ("api", "speed"):
            with urllib.request.urlopen(f"http://127.0.0.1:{self.here.ports[name]}/metrics", timeout=20) as answer:
                known += answer.read().decode()
        for name in sorted(metric_names()):
            self.assertIn(f"\n{name}", "\n" + known)

    def test_zz_memory_stays_within_the_limits(self):
        """Printed for the table of docs/operating.md."""
        for name, kib in sorted(memory(self.here).items()):
            limit = size(services()[name]["mem_limit"]) / 1024
            print(f"  {name:22} {kib / 1024:6.0f} MB of {limit / 1024:.0f} MB", flush=True)
            self.assertLess(kib, limit, name)

    def test_zzz_without_redis_lists_still_come(self):
        stack("kill", "redis")
        try:
            self.assertEqual(self.get("/api/recommendations?user_id=user_9&limit=5").status, 200)
        finally:
            stack("start", "redis")


def metric_names():
    """marquee_* of dashboard and alerts, without what a histogram adds."""

    text = (ROOT / "deploy/docker/grafana/dashboards/marquee.json").read_text() + \
        (ROOT / "deploy/docker/prometheus/alerts.yml").read_text()
    return {re.sub(r"_bucket$", "", name) for name in re.findall(r"marquee_[a-z_]+", text)}


def memory(here):
    """KiB by service, each page counted once."""
    found = {name: process.memory_kib(started.pid) for name, started in here.processes.items()}
    found["nginx"] = process.memory_kib(here.nginx.process.pid)
    found["frontend"] = process.memory_kib(here.frontend.process.pid)
    for name in ("kafka", "redis", "postgres", "minio"):
        found[name] = process.memory_kib(record(name)["pid"])
    children = [child for child in process.tree(record("airflow")["pid"])[1:]
                if process.stat_fields(child)[1] == str(record("airflow")["pid"])]
    names = ("airflow-webserver", "airflow-scheduler", "airflow-dag-processor")
    found.update(zip(names, map(process.memory_kib, sorted(children))))
    spark = [child for child in process.tree(record("spark")["pid"])[1:]
             if process.stat_fields(child)[1] == str(record("spark")["pid"])]
    found.update(zip(("spark-master", "spark-worker"), map(process.memory_kib, sorted(spark))))
    return found


if __name__ == "__main__":
    unittest.main()
