"""Several api processes behind NGINX: load, failures, repeats."""

import threading
import time
import unittest

from gateway_case import GatewayCase


class Balance(GatewayCase):
    api_processes = 2

    def answered_by(self, count, path="/api/metrics"):
        return [self.ask(path).json()["upstream"] for _ in range(count)]

    def wait_until(self, condition):
        deadline = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_two_share_the_load(self):
        by = self.answered_by(40)
        self.assertGreater(min(by.count("api0"), by.count("api1")), 10)

    def test_the_one_that_is_less_busy_is_asked(self):
        self.apis[0].fault = "hang"
        waiting = [threading.Thread(target=self.ask, args=("/api/metrics",)) for _ in range(2)]
        for thread in waiting:
            thread.start()
        self.wait_until(lambda: self.apis[0].asked)
        self.assertEqual(set(self.answered_by(10)), {"api1"})
        self.apis[0].release.set()
        for thread in waiting:
            thread.join()

    def test_connections_to_processes_are_used_again(self):
        self.answered_by(60)
        self.assertLess(sum(each.connections for each in self.apis), 30)

    def test_a_process_that_is_taken_out_answers_what_it_has_and_gets_no_more(self):
        answers = []
        for process in self.apis:
            process.fault = "hang"
        waiting = [threading.Thread(target=lambda: answers.append(self.ask("/api/metrics"))) for _ in range(3)]
        for thread in waiting:
            thread.start()
        self.wait_until(lambda: sum(len(each.asked) for each in self.apis) == len(waiting))
        for process in self.apis:
            process.fault = None
        out, stays = sorted(self.apis, key=lambda each: len(each.asked))
        had = len(out.asked)
        self.assertEqual(set(self.answered_by(4)), {out.name}, "the less busy one is asked")
        self.nginx.reload(self.upstreams(down=[out]))
        self.wait_until(lambda: set(self.answered_by(10, "/docs")) == {stays.name})  # which is not limited
        self.assertEqual(answers, [], "they are under way still")
        for process in self.apis:
            process.release.set()
        for thread in waiting:
            thread.join()
        self.assertEqual([each.status for each in answers], [200] * 3)
        self.assertEqual([each.json()["upstream"] for each in answers].count(out.name), had)

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
