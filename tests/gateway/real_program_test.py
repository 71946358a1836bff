"""The calls that an operator makes first, through the gateway to the real program on a directory."""

import socket
import sys
import tempfile
import unittest
from pathlib import Path

from asking import ask
from nginx import ROOT, Nginx
from slow_clients_test import SlowBodyTests
from upstream import Upstream

sys.path.insert(0, str(ROOT / "tests/scenario"))
from program import Program  # noqa: E402


class RealProgram(SlowBodyTests, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="marquee-gateway-")
        cls.addClassCleanup(scratch.cleanup)
        Path(scratch.name).chmod(0o755)
        program = Program(ROOT / "build/release/bin/marquee")
        data = Path(scratch.name) / "data"
        program.must("import", "--data", data, "--dataset", "synthetic")
        cls.server = program.serve(data)
        cls.addClassCleanup(cls.server.end)
        address = cls.server.address.removeprefix("http://")
        console = Upstream("console")
        cls.addClassCleanup(console.end)
        cls.nginx = Nginx(scratch.name, {"api": [address], "frontend": [address],
                                         "airflow": [console.address],
                                         "minio_console": [console.address]})
        cls.addClassCleanup(cls.nginx.end)

    def ask(self, path, *arguments, **options):
        return ask(self.nginx.port, path, *arguments, **options)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.nginx.port), timeout=60)

    def test_health_of_gateway_and_program(self):
        self.assertEqual(self.ask("/health").body.strip(), b"Gateway OK")
        self.assertIn(self.ask("/api/health").json()["status"], ("ok", "degraded"))

    def test_an_event_changes_a_list(self):
        event = b'{"user_id":"user_123","movie_id":"1","event_type":"click"}'
        answer = self.ask("/api/events", "POST", body=event,
                          headers={"Content-Type": "application/json"})
        self.assertEqual(answer.status, 202, answer.body)
        offset = answer.json()["offset"]
        lists = self.ask(f"/api/recommendations?user_id=user_123&limit=10&min_offset={offset}")
        self.assertEqual(lists.status, 200)
        self.assertEqual(len(lists.json()["recommendations"]), 10)

    def test_pages_and_documents_keep_the_programs_policy(self):
        page = self.ask("/")
        self.assertEqual(page.status, 200)
        self.assertIn("default-src 'self'", page["content-security-policy"])
        self.assertEqual(page.times("content-security-policy"), 1)
        for path in ("/docs", "/openapi.json", "/api/metrics"):
            answer = self.ask(path)
            self.assertEqual(answer.status, 200, path)
            self.assertEqual(answer.times("x-frame-options"), 1, path)

    def test_what_the_program_answers_to_operators_stays_inside(self):
        for path in ("/metrics", "/api/admin/runs"):
            self.assertEqual(self.ask(path).status, 404, path)


if __name__ == "__main__":
    unittest.main()
