"""A hundred requests a minute for each client, and sizes; on NGINX and on the program itself."""

import random
import re
import threading
import time
import unittest

from gateway_case import GatewayCase, ProgramCase

LISTS = "/api/recommendations?user_id=1"


class RateTests:
    def use_up(self, **options):
        """All that this client may send just now; how many that were."""
        begin, passed = time.monotonic(), 0
        while (answer := self.ask(LISTS, **options)).status == 200:
            passed += 1
            self.assertLess(passed, 1000)
        self.assertEqual(answer.status, 429)
        return passed, time.monotonic() - begin

    def test_a_client_may_send_a_hundred_at_once_and_the_rest_by_the_minute(self):
        passed, seconds = self.use_up()
        self.assertGreaterEqual(passed, 100)
        self.assertLessEqual(passed, 100 + seconds * 100 / 60 + 1)
        self.assert_reached(passed)
        refused = self.ask(LISTS)
        if refused.status == 200:  # the next may just have been due
            refused = self.ask(LISTS)
        self.assert_problem(refused, 429)
        self.assertEqual(refused["retry-after"], "1")
        time.sleep(2)  # some three more are due; a new window would let in a hundred
        again, seconds = self.use_up()
        self.assertLessEqual(again, (2 + seconds) * 100 / 60 + 2)

    def test_one_client_does_not_use_up_anothers(self):
        self.use_up()
        self.assertEqual(self.ask(LISTS, host="127.0.0.2", source="127.0.0.77").status, 200)

    def test_a_header_makes_no_other_client(self):
        self.use_up()
        for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP"):
            statuses = [self.ask(LISTS, headers={name: f"for=10.0.{i}.1"}).status
                        for i in range(5)]
            self.assertLessEqual(statuses.count(200), 2, name)

    def test_many_addresses_that_claim_to_be_others_get_no_more_than_their_own(self):
        def spoof(number, passed):
            rng = random.Random(number)
            for _ in range(130):
                claimed = f"{rng.randrange(1, 223)}.{rng.randrange(256)}.{rng.randrange(256)}.7"
                headers = {name: claimed for name in ("X-Forwarded-For", "X-Real-IP", "True-Client-IP")}
                passed[number] += self.ask(LISTS, headers=headers, source=f"127.0.1.{number + 1}").status == 200

        begin, passed = time.monotonic(), [0] * 8
        clients = [threading.Thread(target=spoof, args=(number, passed)) for number in range(len(passed))]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        most = 100 + (time.monotonic() - begin) * 100 / 60 + 1
        for count in passed:
            self.assertGreaterEqual(count, 100)
            self.assertLessEqual(count, most)

    def test_streams_and_pages_are_not_counted(self):
        self.use_up()
        for path in ("/health", "/", "/docs", "/api/users/u/stream"):
            statuses = [self.ask(path, whole=False).status for _ in range(5)]
            self.assertEqual(statuses, [200] * 5, path)

    def test_a_refusal_can_be_read_by_a_page_elsewhere(self):
        self.use_up()
        headers = {"Origin": "http://localhost:3000"}
        answers = [self.ask(LISTS, headers=headers) for _ in range(3)]
        refused = next(answer for answer in answers if answer.status == 429)
        self.assertEqual(refused["access-control-allow-origin"], "http://localhost:3000")


class RateOfNginx(RateTests, GatewayCase):
    def test_an_ipv6_client_is_somebody_else(self):
        self.use_up(host="::1")
        self.assertEqual(self.ask(LISTS).status, 200)

    def test_consoles_are_not_counted(self):
        self.use_up()
        for path in ("/admin/dags", "/storage/browser"):
            self.assertEqual([self.ask(path).status for _ in range(5)], [200] * 5, path)


class RateOfTheProgram(RateTests, ProgramCase):
    def test_a_counted_answer_tells_what_is_left(self):
        left = []
        for _ in range(3):
            answer = self.ask(LISTS)
            self.assertEqual(answer["ratelimit-policy"], '"client";q=100;w=60')
            self.assertRegex(answer["ratelimit"], r'^"client";r=\d+;t=\d+$')
            left.append(int(re.search(r"r=(\d+)", answer["ratelimit"])[1]))
        self.assertEqual(left[0], 99)
        self.assertLess(left[2], left[0])
        for path in ("/health", "/"):
            self.assertIsNone(self.ask(path)["ratelimit"])


class BelievedProxyTests:
    trusted_proxy = "127.0.0.2"

    def passed(self, forwarded, source, count=110):
        host = "127.0.0.2" if source == "127.0.0.2" else "127.0.0.1"
        return [self.ask(LISTS, headers={"X-Forwarded-For": forwarded(i)}, host=host,
                         source=source).status for i in range(count)].count(200)

    def test_only_a_configured_proxy_is_believed(self):
        self.assertEqual(self.passed(lambda i: f"203.0.113.{i}", "127.0.0.2"), 110)
        self.assertLess(self.passed(lambda i: f"203.0.113.{i}", "127.0.0.9"), 110)

    def test_of_a_chain_the_last_that_is_no_proxy_counts(self):
        self.assertLess(self.passed(lambda i: f"198.51.100.{i}, 203.0.113.7", "127.0.0.2"), 110)

    def test_ipv6_clients_of_one_network_are_one(self):
        self.assertLess(self.passed(lambda i: f"2001:db8::{i + 1:x}", "127.0.0.2"), 110)
        self.assertEqual(self.passed(lambda i: f"2001:db8:0:{i + 1:x}::1", "127.0.0.2"), 110)

    def test_the_log_says_who_asks(self):
        self.ask(LISTS, headers={"X-Forwarded-For": "1.2.3.4, 203.0.113.7"}, host="127.0.0.2",
                 source="127.0.0.2")
        (line,) = self.gateway.log(1)
        self.assertEqual(line["client"], "203.0.113.7")


class BelievedProxyBeforeNginx(BelievedProxyTests, GatewayCase):
    def test_the_process_is_told_who_asks(self):
        answer = self.ask(LISTS, headers={"X-Forwarded-For": "1.2.3.4, 203.0.113.7"},
                          host="127.0.0.2", source="127.0.0.2")
        self.assertEqual(answer.json()["headers"]["x-forwarded-for"], "203.0.113.7")


class BelievedProxyBeforeTheProgram(BelievedProxyTests, ProgramCase):
    pass


class SizeTests:
    def test_a_body_of_more_than_a_mebibyte_is_refused(self):
        self.assertNotEqual(self.ask("/api/events", "POST", body=b"x" * (1 << 20)).status, 413)
        self.assert_problem(self.ask("/api/events", "POST", body=b"x" * ((1 << 20) + 1)), 413)
        self.assert_reached(1)

    def test_a_long_line_or_head_is_refused(self):
        self.assert_problem(self.ask("/api/movies?query=" + "x" * 9000), 414)
        self.assert_problem(self.ask("/api/movies", headers={"X-Long": "x" * 9000}), 431)
        many = {f"X-{number}": "x" * 4000 for number in range(12)}
        self.assert_problem(self.ask("/api/movies", headers=many), 431)


class SizesOfNginx(SizeTests, GatewayCase):
    pass


class SizesOfTheProgram(SizeTests, ProgramCase):
    pass


if __name__ == "__main__":
    unittest.main()
