"""CORS, security headers, compression, request ids and the access log; on NGINX and on the program."""

import gzip
import json
import unittest

from gateway_case import GatewayCase, ProgramCase

ALLOWED, OTHER = "http://localhost:3000", "http://localhost:3000.evil.example"


class CorsTests:
    def preflight(self, origin, path="/api/events"):
        return self.ask(path, "OPTIONS", headers={
            "Origin": origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type"})

    def test_a_page_on_the_list_may_ask(self):
        answer = self.preflight(ALLOWED)
        self.assertEqual((answer.status, answer["access-control-allow-origin"]), (204, ALLOWED))
        self.assertIn("POST", answer["access-control-allow-methods"])
        self.assertIn("Content-Type", answer["access-control-allow-headers"])
        self.assert_reached(0)
        answer = self.ask("/api/metrics", headers={"Origin": ALLOWED})
        self.assertEqual((answer.status, answer["access-control-allow-origin"]), (200, ALLOWED))
        self.assertIn("X-Request-ID", answer["access-control-expose-headers"])
        self.assertIn("Origin", answer["vary"])

    def test_another_may_not(self):
        for origin in (OTHER, "null", "https://localhost:3000", "http://localhost:30000"):
            answer = self.preflight(origin)
            self.assert_problem(answer, 403)
            self.assertIsNone(answer["access-control-allow-origin"])
            answer = self.ask("/api/metrics", headers={"Origin": origin})
            self.assertIsNone(answer["access-control-allow-origin"])
            self.assertIn("Origin", answer["vary"])

    def test_no_answer_lets_a_page_send_cookies(self):
        self.assertIsNone(self.preflight(ALLOWED)["access-control-allow-credentials"])

    def test_preflights_cost_no_request(self):
        for _ in range(120):
            self.assertEqual(self.preflight(ALLOWED).status, 204)
        self.assertEqual(self.ask("/api/metrics").status, 200)


class CorsOfNginx(CorsTests, GatewayCase):
    def test_a_process_that_answers_pages_by_itself_does_not_say_it_twice(self):
        self.apis[0].headers = {"Access-Control-Allow-Origin": ALLOWED,
                                "Access-Control-Expose-Headers": "ETag"}
        answer = self.ask("/api/metrics", headers={"Origin": ALLOWED})
        self.assertEqual(answer.times("access-control-allow-origin"), 1)
        self.assertEqual(answer.times("access-control-expose-headers"), 1)
        self.assertIsNone(self.ask("/api/metrics", headers={"Origin": OTHER})[
            "access-control-allow-origin"])


class CorsOfTheProgram(CorsTests, ProgramCase):
    pass


ONCE = ("x-content-type-options", "x-frame-options", "referrer-policy", "permissions-policy",
        "x-request-id", "content-security-policy")


class SecurityTests:
    def test_every_answer_has_each_header_once(self):
        for path in ("/health", "/metrics", "/", "/api/metrics", "/docs", "/api/users/u/stream",
                     "/nothing/here.js"):
            answer = self.ask(path, headers=self.stranger, whole=False)
            for name in ONCE:
                self.assertEqual(answer.times(name), 1, f"{name} of {path}")
            self.assertEqual(answer["x-content-type-options"], "nosniff")
            self.assertEqual(answer["x-frame-options"], "DENY")
            self.assertEqual(answer["referrer-policy"], "no-referrer")
            self.assertIsNone(answer["strict-transport-security"])
            self.assertNotRegex(answer["server"] or "", r"\d")
        self.assertIn("'none'", self.ask("/health")["content-security-policy"])

    def test_what_cannot_be_read_is_refused_with_them_too(self):
        answer = self.ask("/api/movies?query=" + "x" * 9000)
        for name in ONCE:
            self.assertEqual(answer.times(name), 1, name)


class SecurityOfNginx(SecurityTests, GatewayCase):
    def test_those_of_a_process_are_not_repeated_and_its_policy_is_kept(self):
        policy = "default-src 'self'"
        for process in [self.apis[0], self.others["frontend"]]:
            process.headers = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
                               "Content-Security-Policy": policy}
        for path in ("/", "/api/metrics", "/docs"):
            answer = self.ask(path)
            for name in ONCE:
                self.assertEqual(answer.times(name), 1, f"{name} of {path}")
            self.assertEqual(answer["content-security-policy"], policy)

    def test_a_console_may_be_framed_by_itself_alone(self):
        answer = self.ask("/admin/dags")
        self.assertEqual(answer["x-frame-options"], "SAMEORIGIN")
        self.assertIn("frame-ancestors 'self'", answer["content-security-policy"])


class SecurityOfTheProgram(SecurityTests, ProgramCase):
    def test_its_page_may_load_from_itself_alone(self):
        self.assertIn("default-src 'self'", self.ask("/")["content-security-policy"])


class CompressionTests:
    def test_what_is_worth_it_is_compressed_once(self):
        plain = self.ask(self.worth_it)
        small = self.ask(self.worth_it, headers={"Accept-Encoding": "gzip"})
        self.assertIsNone(plain["content-encoding"])
        self.assertEqual(small["content-encoding"], "gzip")
        unpacked = json.loads(gzip.decompress(small.body))
        self.assertEqual(unpacked.keys(), plain.json().keys())
        self.assertLess(len(small.body), 0.35 * len(plain.body))
        self.assertIn("Accept-Encoding", small["vary"])


class CompressionOfNginx(CompressionTests, GatewayCase):
    worth_it = "/list.json?filling=" + "marquee" * 200


class CompressionOfTheProgram(CompressionTests, ProgramCase):
    worth_it = "/api/movies?limit=100"

    def ask(self, path, **options):
        answer = super().ask(path, **options)
        # Two lines of Vary are one list; of them the last is Origin.
        answer.names["vary"] = ", ".join(
            value for name, value in answer.headers if name.lower() == "vary")
        return answer


class LogTests:
    def test_a_request_is_one_object_without_its_secrets(self):
        self.ask("/api/recommendations?user_id=CANARY-query&limit=3", headers={
            "Authorization": "Bearer CANARY-bearer", "Cookie": "s=CANARY-cookie",
            "User-Agent": 'quo"te\\and\ttab', "X-Request-ID": "abc-12345678"})
        (line,) = self.gateway.log(1)
        self.assertEqual((line["method"], line["path"]), ("GET", "/api/recommendations"))
        self.assertEqual(line["request_id"], "abc-12345678")
        self.assertEqual(line["client"], "127.0.0.1")
        self.assertGreaterEqual(line["seconds"], 0)
        self.assertGreater(line["bytes_out"], 100)
        self.assertGreater(line["bytes_in"], 100)
        self.assertNotIn("CANARY", json.dumps(line))

    def test_a_path_cannot_forge_a_line(self):
        self.ask('/a%22,%22status%22:200%0A{%22x%22:')
        (line,) = self.gateway.log(1)
        self.assertIn(line["status"], (200, 404))

    def test_an_id_comes_back(self):
        answer = self.ask("/api/metrics", headers={"X-Request-ID": "abc-12345678"})
        self.assertEqual(answer["x-request-id"], "abc-12345678")
        refused = self.ask("/metrics", headers={"X-Request-ID": "abc-12345678", **self.stranger})
        self.assertEqual((refused.status, refused["x-request-id"]), (404, "abc-12345678"))

    def test_an_id_that_could_forge_a_line_is_made_anew(self):
        for bad in ('a","status":200,"x":"', "short", "x" * 65, "spa ce-spa ce"):
            answer = self.ask("/api/metrics", headers={"X-Request-ID": bad})
            self.assertRegex(answer["x-request-id"], r"^[0-9a-f]{32}$")


class LogOfNginx(LogTests, GatewayCase):
    def test_it_says_which_process_answered(self):
        self.ask("/api/metrics")
        (line,) = self.gateway.log(1)
        self.assertEqual((line["status"], line["upstream"]), (200, self.apis[0].address))

    def test_an_id_goes_through_to_the_process(self):
        answer = self.ask("/api/metrics", headers={"X-Request-ID": "abc-12345678"})
        self.assertEqual(answer.json()["headers"]["x-request-id"], "abc-12345678")


class LogOfTheProgram(LogTests, ProgramCase):
    pass


if __name__ == "__main__":
    unittest.main()
