"""Where a path leads, and what the public never reaches; on NGINX and on the program."""

import unittest

from gateway_case import GatewayCase, ProgramCase


class PublicTests:
    def test_the_gateway_answers_for_itself(self):
        answer = self.ask("/health")
        self.assertEqual((answer.status, answer.body.strip()), (200, b"Gateway OK"))
        self.assertEqual(answer["content-type"].partition(";")[0], "text/plain")

    def test_what_operators_ask_is_not_public_however_it_is_spelt(self):
        for path in ("/metrics", "/api/admin", "/api/admin/runs", "/api/x/../admin/keys",
                     "/api//admin/keys", "/api/%61dmin/keys", "//metrics", "/./metrics",
                     "/%6Detrics", "/api/./admin/runs", "/api/administrators", "/metrics?x=1"):
            self.assert_problem(self.ask(path, headers=self.stranger), 404)
        self.assert_reached(0)

    def test_a_slash_that_is_hidden_opens_nothing(self):
        answer = self.ask("/api/admin%2Fruns", headers=self.stranger)
        self.assert_problem(answer, answer.status)
        self.assertIn(answer.status, (400, 404))  # NGINX decodes it; the program takes it for none
        self.assert_reached(0)

    def test_a_path_out_of_the_root_is_refused(self):
        self.assert_problem(self.ask("/../etc/passwd"), 400)
        self.assert_problem(self.ask("/api/%2e%2e/%2e%2e/metrics"), 400)


class PublicOfNginx(PublicTests, GatewayCase):
    pass


class PublicOfTheProgram(PublicTests, ProgramCase):
    def test_operators_of_this_machine_are_let_in(self):
        self.assertEqual(self.ask("/metrics").status, 200)
        self.assertEqual(self.ask("/api/admin/runs").status, 401)


class Routes(GatewayCase):
    def leads_to(self, path):
        answer = self.ask(path)
        self.assertEqual(answer.status, 200, path)
        return answer.json()["upstream"], answer.json()["path"]

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
