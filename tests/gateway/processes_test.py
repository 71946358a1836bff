"""Several api processes behind NGINX: load, failures, repeats."""

import threading
import time
import unittest

from gateway_case import GatewayCase


class Balance(GatewayCase):
    api_processes = 2

    def answered_by(self, count, path="/api/metrics"):
        return [self.ask(path).json()["upstream"] for _ in range(count)]

    def test_two_share_the_load(self):
        by = self.answered_by(40)
        self.assertGreater(min(by.count("api0"), by.count("api1")), 10)

    def test_the_one_that_is_less_busy_is_asked(self):
        self.apis[0].fault = "hang"
        waiting = [threading.Thread(target=self.ask, args=("/api/metrics",)) for _ in range(2)]
        for thread in waiting:
            thread.start()
        deadline = time.monotonic() + 10
        while not self.apis[0].asked and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertEqual(set(self.answered_by(10)), {"api1"})
        self.apis[0].release.set()
        for thread in waiting:
            thread.join()

    def test_a_get_is_asked_again_elsewhere(self):
        for fault in ("drop", "503"):
            self.apis[0].fault = fault
            self.assertEqual(set(self.answered_by(10)), {"api1"}, fault)

    def test_a_process_that_fails_is_left_alone_for_a_while(self):
        self.apis[0].fault = "drop"
        self.answered_by(20)
        self.assertLessEqual(len(self.apis[0].asked), 4)

    def test_an_event_is_never_sent_twice(self):
        self.apis[0].fault = self.apis[1].fault = "drop"
        answer = self.ask("/api/events", "POST", body=b"{}")
        self.assert_problem(answer, 502)
        self.assertEqual(answer["retry-after"], "1")
        self.assertEqual(len(self.apis[0].asked) + len(self.apis[1].asked), 1)

    def test_a_process_that_is_gone_costs_no_request(self):
        self.apis[0].end()
        self.assertEqual(set(self.answered_by(10)), {"api1"})
        self.assertEqual(self.ask("/api/events", "POST", body=b"{}").status, 200)

    def test_without_any_process_the_gateway_says_so(self):
        for process in self.apis:
            process.end()
        answer = self.ask("/api/recommendations?user_id=1")
        self.assert_problem(answer, 502)
        self.assertEqual(self.ask("/health").status, 200)


if __name__ == "__main__":
    unittest.main()
