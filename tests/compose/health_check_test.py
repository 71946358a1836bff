#!/usr/bin/env python3
"""deploy/health_check.sh against the real servers of `tools/stack exec`, each of them down once; and as it reads
the container engine, which a script plays here."""

import os
import socketserver
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from common import ROOT, lasting, services
from topology import StandIn, address_of, stack

SCRIPT = ROOT / "deploy/health_check.sh"


def check(*arguments, environment=None):
    """Exit code, and {service: (ok or down, what it says)}."""
    done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True, check=False, timeout=120,
                          stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
    rows = {}
    for line in done.stdout.splitlines():
        name, state, *said = line.split(maxsplit=2)
        rows.setdefault(name, (state, "".join(said)))
    return done.returncode, rows


@unittest.skipUnless("STACK_DIR" in os.environ, "wants tools/stack exec")
class RealServers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="marquee-health-")
        cls.addClassCleanup(scratch.cleanup)
        password = Path(scratch.name) / "redis"
        password.write_text(os.environ["STACK_REDIS_URL"].split(":")[2].split("@")[0] + "\n")
        cls.environment = {"REDIS_PASSWORD_FILE": str(password)}
        cls.at = {"kafka": address_of("KAFKA"), "redis": address_of("REDIS"),
                  "postgres": address_of("POSTGRES"), "minio": address_of("S3")}

    def check(self, wait_s=0):
        return check("--wait", str(wait_s), "--at", *(f"{name}={where}" for name, where in self.at.items()),
                     environment=self.environment)

    def test_all_are_well_and_each_that_is_down_is_named(self):
        code, rows = self.check()
        self.assertEqual((code, {state for state, _ in rows.values()}), (0, {"ok"}), rows)
        self.assertEqual(set(rows), set(self.at))
        for name in self.at:
            with self.subTest(down=name):
                stack("kill", name)
                code, rows = self.check()
                self.assertEqual(code, 1)
                self.assertEqual([each for each, (state, _) in rows.items() if state == "down"], [name])
                self.assertIn("nobody listens", rows[name][1])
                stack("start", name)
                self.assertEqual(self.check(wait_s=60)[0], 0)

    def test_one_that_stands_still_is_down_too(self):
        stack("pause", "redis", "postgres")
        try:
            code, rows = self.check()
        finally:
            stack("resume", "redis", "postgres")
        self.assertEqual(code, 1)
        for name in ("redis", "postgres"):
            self.assertEqual(rows[name][0], "down")
            self.assertIn("no answer within", rows[name][1])
        self.assertEqual(self.check(wait_s=30)[0], 0)

    def test_a_wrong_password_of_redis_is_no_health(self):
        with tempfile.NamedTemporaryFile("w") as wrong:
            wrong.write("wrong")
            wrong.flush()
            code, rows = check("--at", f"redis={self.at['redis']}", environment={"REDIS_PASSWORD_FILE": wrong.name})
        self.assertEqual(code, 1)
        self.assertIn("WRONGPASS", rows["redis"][1])


class StandIns(unittest.TestCase):
    """Services whose start takes long, or that do not run here: what they answer, from their documents."""

    HEALTHY = '{"metadatabase":{"status":"healthy"},"scheduler":{"status":"healthy","latest_scheduler_heartbeat"' \
              ':"2026-11-28T00:00:00Z"},"triggerer":{"status":null},"dag_processor":{"status":"healthy"}}'
    AIRFLOW = "/admin/api/v2/monitor/health"
    CASES = (
        ("nginx", {"/health": "Gateway OK\n"}, {"/health": "something else"}),
        ("frontend", {"/": '<html><div id="root"></div>'}, {"/": "Welcome to nginx!"}),
        ("api", {"/health/ready": "{}", "/api/health": '{"status":"degraded","dependencies":{}}'},
         {"/health/ready": "{}", "/api/health": '{"status":"down","dependencies":{}}'}),
        ("speed", {"/health/ready": "{}", "/api/health": '{"status":"ok"}'}, {"/api/health": '{"status":"ok"}'}),
        ("spark-master", {"/json/": '{ "aliveworkers" : 1, "status" : "ALIVE"}'},
         {"/json/": '{ "aliveworkers" : 0, "status" : "STANDBY"}'}),
        ("spark-worker", {"/json/": '{"masterurl" : "spark://spark-master:7077"}'}, {}),
        ("spark-streaming", {"/json/": '{"activeapps" : [{"name" : "streaming_recommendations"}], "completedapps" : []}'},
         {"/json/": '{"activeapps" : [], "completedapps" : [{"name" : "streaming_recommendations"}]}'}),
        ("airflow-webserver", {AIRFLOW: HEALTHY}, {AIRFLOW: HEALTHY.replace('healthy', 'unhealthy', 1)}),
        ("airflow-scheduler", {AIRFLOW: HEALTHY},
         {AIRFLOW: HEALTHY.replace('"scheduler":{"status":"healthy"', '"scheduler":{"status":"unhealthy"')}),
        ("airflow-dag-processor", {AIRFLOW: HEALTHY},
         {AIRFLOW: HEALTHY.replace('"dag_processor":{"status":"healthy"', '"dag_processor":{"status":null')}),
        ("prometheus", {"/-/healthy": "Prometheus Server is Healthy."}, {}),
        ("grafana", {"/api/health": '{"database": "ok"}'}, {"/api/health": '{"database": "failing"}'}),
    )

    def test_each_is_well_or_down_by_what_it_answers(self):
        for name, well, ill in self.CASES:
            for answers, state, want in ((well, "ok", 0), (ill, "down", 1)):
                with self.subTest(service=name, state=state), StandIn(answers) as process:
                    code, rows = check("--at", f"{name}={process.address}")
                    self.assertEqual((code, rows[name][0]), (want, state), rows)

    def test_one_that_speaks_another_protocol_is_down(self):
        class Greeter(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.sendall(b"220 hello\r\n")

        with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Greeter) as server, \
                tempfile.NamedTemporaryFile("w") as password:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            password.write("secret")
            password.flush()
            for name in ("kafka", "redis", "postgres", "minio", "spark-master", "api"):
                with self.subTest(service=name):
                    code, rows = check("--at", f"{name}=127.0.0.1:{server.server_address[1]}",
                                       environment={"REDIS_PASSWORD_FILE": password.name})
                    self.assertEqual((code, rows[name][0]), (1, "down"), rows)
            server.shutdown()

    def test_nobody_is_left_out(self):
        listed = subprocess.run([SCRIPT, "--list"], capture_output=True, text=True, check=True).stdout.split()
        self.assertLessEqual(set(lasting()), set(listed))

    def test_wrong_usage_is_2(self):
        for arguments in (["--at"], ["--at", "nobody=127.0.0.1:1"], ["--at", "redis"], ["--wait", "x"], ["what"]):
            self.assertEqual(check(*arguments)[0], 2, arguments)


class Engine(unittest.TestCase):
    """`docker compose` is played by a script that prints what the engine prints."""

    def ask(self, rows, doors=True):
        with tempfile.TemporaryDirectory(prefix="marquee-engine-") as scratch, \
                StandIn({"/health": "Gateway OK\n"} if doors else {}) as gateway, \
                StandIn({"/": '<div id="root">'}) as page:
            answers = {"config": "\n".join(services()), "ps": "\n".join(rows)}
            for verb, text in answers.items():
                (Path(scratch) / verb).write_text(text + "\n")
            docker = Path(scratch) / "docker"
            docker.write_text(f'#!/bin/bash\nfor each; do [[ -e {scratch}/$each ]] && cat "{scratch}/$each"; done\n'
                              "exit 0\n")
            docker.chmod(0o755)
            return check(environment={
                "PATH": f"{scratch}:{os.environ['PATH']}", "GATEWAY_PORT": gateway.address.split(":")[1],
                "FRONTEND_PORT": page.address.split(":")[1]})

    def rows(self, **changed):
        found = {name: "running healthy 0" if name in lasting() else "exited - 0" for name in services()}
        found.update({name.replace("_", "-"): state for name, state in changed.items()})
        return [f"{name} {state}" for name, state in found.items() if state]

    def test_all_well(self):
        code, rows = self.ask(self.rows())
        self.assertEqual((code, {state for state, _ in rows.values()}), (0, {"ok"}), rows)
        self.assertLessEqual(set(services()), set(rows))

    def test_each_service_that_is_down_is_named(self):
        for name in services():
            for state in ("exited - 137", "running unhealthy 0", "restarting - 1", ""):
                if name not in lasting() and state == "running unhealthy 0":
                    continue
                with self.subTest(service=name, state=state):
                    code, rows = self.ask(self.rows(**{name.replace("-", "_"): state}))
                    self.assertEqual((code, rows[name][0]), (1, "down"), rows)

    def test_a_door_that_does_not_open_is_down_whatever_the_engine_says(self):
        self.assertEqual(self.ask(self.rows(), doors=False)[0], 1)


if __name__ == "__main__":
    unittest.main()
