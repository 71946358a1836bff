"""Where a path leads, and what the public never reaches."""

import unittest

from gateway_case import GatewayCase


class Routes(GatewayCase):
    def leads_to(self, path):
        answer = self.ask(path)
        self.assertEqual(answer.status, 200, path)
        return answer.json()["upstream"], answer.json()["path"]

    def test_the_gateway_answers_for_itself(self):
        answer = self.ask("/health")
        self.assertEqual((answer.status, answer.body), (200, b"Gateway OK\n"))
        self.assertEqual(answer["content-type"], "text/plain")

    def test_each_path_has_its_process(self):
        for path, process in {
                "/api/recommendations?user_id=1": "api0", "/api/metrics": "api0",
                "/api/users/u/stream": "api0", "/docs": "api0", "/openapi.json": "api0",
                "/": "frontend", "/console": "frontend", "/assets/a.js": "frontend"}.items():
            self.assertEqual(self.leads_to(path), (process, path))
        self.assertEqual(self.leads_to("/admin/dags"), ("airflow", "/admin/dags"))
        self.assertEqual(self.leads_to("/storage/browser?a=b"), ("minio_console", "/browser?a=b"))
        self.assertEqual(self.leads_to("/admin/health"),
                         ("airflow", "/admin/api/v2/monitor/health"))

    def test_a_console_is_found_without_its_last_slash(self):
        for path in ("/admin", "/storage"):
            answer = self.ask(path)
            self.assertEqual((answer.status, answer["location"]), (301, path + "/"))

    def test_what_operators_ask_is_not_public_however_it_is_spelt(self):
        for path in ("/metrics", "/api/admin", "/api/admin/runs", "/api/x/../admin/keys",
                     "/api//admin/keys", "/api/%61dmin/keys", "/api/admin%2Fkeys", "//metrics",
                     "/./metrics", "/%6Detrics", "/api/./admin/runs", "/api/administrators"):
            self.assert_problem(self.ask(path), 404)
        for process in self.apis + list(self.others.values()):
            self.assertEqual(process.asked, [])

    def test_a_path_out_of_the_root_is_refused(self):
        self.assert_problem(self.ask("/../etc/passwd"), 400)
        self.assert_problem(self.ask("/api/%2e%2e/%2e%2e/metrics"), 400)

    def test_an_answer_of_a_process_passes_unchanged(self):
        self.apis[0].fault = "503"
        answer = self.ask("/api/events", "POST", body=b"{}")
        self.assertEqual((answer.status, answer.json()["upstream"]), (503, "api0"))

    def test_a_stream_arrives_line_by_line(self):
        self.apis[0].fault = "stream"
        answer = self.ask("/api/users/u/stream", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(answer.body.count(b"data: x"), 3)
        self.assertIsNone(answer["content-encoding"])


if __name__ == "__main__":
    unittest.main()
