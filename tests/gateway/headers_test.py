"""CORS, security headers, compression, request ids and the access log."""

import gzip
import json
import unittest

from gateway_case import GatewayCase

ALLOWED, OTHER = "http://localhost:3000", "http://localhost:3000.evil.example"


class Cors(GatewayCase):
    def preflight(self, origin, path="/api/events"):
        return self.ask(path, "OPTIONS", headers={
            "Origin": origin, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type"})

    def test_a_page_on_the_list_may_ask(self):
        answer = self.preflight(ALLOWED)
        self.assertEqual((answer.status, answer["access-control-allow-origin"]), (204, ALLOWED))
        self.assertIn("POST", answer["access-control-allow-methods"])
        self.assertIn("Content-Type", answer["access-control-allow-headers"])
        self.assertEqual(self.apis[0].asked, [])
        answer = self.ask("/api/metrics", headers={"Origin": ALLOWED})
        self.assertEqual((answer.status, answer["access-control-allow-origin"]), (200, ALLOWED))
        self.assertIn("Origin", answer["vary"])

    def test_another_may_not(self):
        for origin in (OTHER, "null", "https://localhost:3000", "http://localhost:30000"):
            answer = self.preflight(origin)
            self.assertEqual((answer.status, answer["access-control-allow-origin"]), (403, None))
            answer = self.ask("/api/metrics", headers={"Origin": origin})
            self.assertIsNone(answer["access-control-allow-origin"])
            self.assertIn("Origin", answer["vary"])

    def test_no_answer_lets_a_page_send_cookies(self):
        self.assertIsNone(self.preflight(ALLOWED)["access-control-allow-credentials"])

    def test_preflights_cost_no_request(self):
        for _ in range(120):
            self.assertEqual(self.preflight(ALLOWED).status, 204)
        self.assertEqual(self.ask("/api/metrics").status, 200)


class Security(GatewayCase):
    ONCE = ("x-content-type-options", "x-frame-options", "referrer-policy", "permissions-policy",
            "x-request-id", "content-security-policy")

    def test_every_answer_has_each_header_once(self):
        policy = "default-src 'self'"
        for process in [self.apis[0], self.others["frontend"]]:
            process.headers = {"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff",
                               "Content-Security-Policy": policy}
        for path in ("/health", "/metrics", "/", "/api/metrics", "/admin/x", "/storage/x", "/docs",
                     "/api/users/u/stream"):
            answer = self.ask(path)
            for name in self.ONCE:
                self.assertEqual(answer.times(name), 1, f"{name} of {path}")
            self.assertIsNone(answer["strict-transport-security"])
            self.assertNotIn("1.22", answer["server"] or "")
        self.assertEqual(self.ask("/")["content-security-policy"], policy)
        self.assertIn("'none'", self.ask("/health")["content-security-policy"])

    def test_a_console_may_be_framed_by_itself_alone(self):
        answer = self.ask("/admin/dags")
        self.assertEqual(answer["x-frame-options"], "SAMEORIGIN")
        self.assertIn("frame-ancestors 'self'", answer["content-security-policy"])


class Compression(GatewayCase):
    def test_what_is_worth_it_is_compressed_once(self):
        self.others["frontend"].headers = {"X-Filling": "x" * 100}
        path = "/list.json?filling=" + "marquee" * 200
        plain = self.ask(path)
        small = self.ask(path, headers={"Accept-Encoding": "gzip"})
        self.assertIsNone(plain["content-encoding"])
        self.assertEqual(small["content-encoding"], "gzip")
        self.assertEqual(json.loads(gzip.decompress(small.body))["path"], path)
        self.assertLess(len(small.body), 0.35 * len(plain.body))
        self.assertIn("Accept-Encoding", small["vary"])


class Log(GatewayCase):
    def test_a_request_is_one_object_without_its_secrets(self):
        self.ask("/api/recommendations?user_id=CANARY-query&token=CANARY-token", headers={
            "Authorization": "Bearer CANARY-bearer", "Cookie": "s=CANARY-cookie",
            "User-Agent": 'quo"te\\and\ttab', "X-Request-ID": "abc-12345678"})
        (line,) = self.nginx.log(1)
        self.assertEqual((line["method"], line["path"], line["status"]),
                         ("GET", "/api/recommendations", 200))
        self.assertEqual(line["request_id"], "abc-12345678")
        self.assertEqual(line["client"], "127.0.0.1")
        self.assertGreaterEqual(line["seconds"], 0)
        self.assertEqual(line["upstream"], self.apis[0].address)
        self.assertNotIn("CANARY", json.dumps(line))

    def test_an_id_goes_through_to_the_process_and_back(self):
        answer = self.ask("/api/metrics", headers={"X-Request-ID": "abc-12345678"})
        self.assertEqual(answer["x-request-id"], "abc-12345678")
        self.assertEqual(answer.json()["headers"]["x-request-id"], "abc-12345678")

    def test_an_id_that_could_forge_a_line_is_made_anew(self):
        for bad in ('a","status":200,"x":"', "short", "x" * 65, "spa ce-spa ce"):
            answer = self.ask("/api/metrics", headers={"X-Request-ID": bad})
            self.assertRegex(answer["x-request-id"], r"^[0-9a-f]{32}$")


if __name__ == "__main__":
    unittest.main()
