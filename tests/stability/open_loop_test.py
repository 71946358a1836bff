"""The generator keeps its rate whatever the server does, and notices every answer that breaks a promise."""

import http.server
import json
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "scenario")]
from open_loop import Load, Plan, percentile  # noqa: E402

GOOD_LIST = {"source": "hybrid", "recommendations": [{"movie_id": "1"}]}
HEALTH = {"dependencies": {"cache": {"status": "degraded"}, "state": {"status": "ok"}}}


class Program(http.server.ThreadingHTTPServer):
    """Answers as the program would; a test changes how."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.list, self.list_delay_s, self.event = (200, GOOD_LIST), 0, (202, {}, {})
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        """The generator leaves as it likes."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body, headers=None):
        content = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self):  # http.server wants this name
        if self.path.startswith("/api/recommendations"):
            time.sleep(self.server.list_delay_s)
            return self.answer(*self.server.list)
        return self.answer(200, HEALTH if self.path == "/api/health" else {})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        status, body, headers = self.server.event
        self.answer(status, body, headers)

    def log_message(self, *_):
        """Nobody reads it."""


class OpenLoopTest(unittest.TestCase):
    def setUp(self):
        self.program = Program()
        self.addCleanup(self.program.server_close)
        self.addCleanup(self.program.shutdown)
        address = f"http://127.0.0.1:{self.program.server_address[1]}"
        self.load = Load(Plan(address, ["1", "2"], ["7"], lists_per_s=50, events_per_s=20))
        self.addCleanup(self.load.close)

    def phase(self, seconds=1.0):
        self.load.begin("one")
        time.sleep(seconds)
        self.load.begin("next")
        time.sleep(0.5)
        return self.load.take("one")

    def test_it_keeps_its_rate_and_sees_tiers_events_and_health(self):
        seen = self.phase()
        self.assertGreater(len(seen.times_s), 25)
        self.assertEqual(set(seen.tiers), {"hybrid"})
        self.assertGreater(seen.events["acknowledged"], 5)
        self.assertEqual(seen.named, {"cache"})
        self.assertEqual(seen.wrong, [])

    def test_a_server_that_stands_still_does_not_slow_it_down(self):
        self.program.list_delay_s = 0.3
        seen = self.phase()
        self.assertGreater(len(seen.times_s), 25)
        self.assertGreater(percentile(seen.times_s, 0.5), 0.25)

    def test_empty_lists_and_other_statuses_are_wrong(self):
        self.program.list = (200, {"source": "popular", "recommendations": []})
        self.assertIn("is empty", self.phase().wrong[0])
        self.program.list = (503, {})
        self.assertIn("503", self.phase().wrong[0])

    def test_a_refusal_says_when_to_come_back_in_a_problem_document(self):
        problem = {"Content-Type": "application/problem+json"}
        self.program.event = (503, {}, {**problem, "Retry-After": "1"})
        seen = self.phase()
        self.assertGreater(seen.events["refused"], 5)
        self.assertEqual(seen.wrong, [])
        self.program.event = (503, {}, problem)
        self.assertIn("without Retry-After", self.phase().wrong[0])
        self.program.event = (503, {}, {"Retry-After": "1"})
        self.assertIn("no problem document", self.phase().wrong[0])

    def test_what_was_refused_is_sent_again_under_the_same_id(self):
        self.program.event = (503, {}, {"Content-Type": "application/problem+json", "Retry-After": "1"})
        self.phase()
        self.load.stop()
        before = self.load.sent()
        self.assertGreater(self.load.resend(), 5)
        self.program.event = (202, {}, {})
        self.assertEqual(self.load.resend(), 0)
        after = self.load.sent()
        self.assertEqual(set(after), set(before))
        self.assertTrue(all(acknowledged for _, _, acknowledged in after.values()))


class PercentileTest(unittest.TestCase):
    def test_the_least_value_that_so_many_do_not_exceed(self):
        self.assertEqual(percentile([3, 1, 2], 0.5), 2)
        self.assertEqual(percentile(range(1000), 0.99), 990)
        self.assertEqual(percentile([5], 1), 5)
        self.assertEqual(percentile([], 0.99), 0)


if __name__ == "__main__":
    unittest.main()
