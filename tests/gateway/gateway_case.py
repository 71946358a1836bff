"""A test with a gateway of its own before four processes."""

import tempfile
import unittest
from pathlib import Path

from asking import ask
from nginx import Nginx
from upstream import Upstream


class GatewayCase(unittest.TestCase):
    api_processes = 1
    settings = None

    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="marquee-gateway-")
        Path(self.scratch.name).chmod(0o755)
        self.addCleanup(self.scratch.cleanup)
        self.apis = [self.upstream(f"api{number}") for number in range(self.api_processes)]
        self.others = {name: self.upstream(name)
                       for name in ("frontend", "airflow", "minio_console")}
        self.nginx = Nginx(self.scratch.name, {
            "api": [each.address for each in self.apis],
            **{name: [each.address] for name, each in self.others.items()}}, self.settings)
        self.addCleanup(self.nginx.end)

    def upstream(self, name):
        started = Upstream(name)
        self.addCleanup(started.end)
        return started

    def ask(self, path, *arguments, **options):
        try:
            return ask(self.nginx.port, path, *arguments, **options)
        except OSError as error:
            raise AssertionError(f"no answer ({error}); {self.nginx.said()}") from error

    def assert_problem(self, answer, status):
        self.assertEqual((answer.status, answer["content-type"]),
                         (status, "application/problem+json"), answer.body)
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"] and problem["detail"])
