"""Several api processes: load, failures, repeats; clients that take their time."""

import contextlib
import socket
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


class SlowClients(GatewayCase):
    def dribble(self, text, count):
        sockets = []
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", self.nginx.port), timeout=60)
            client.sendall(text)
            sockets.append(client)
        return sockets

    @staticmethod
    def wait_for_the_end(client):
        with client, contextlib.suppress(ConnectionResetError):
            while client.recv(4096):
                pass

    def test_heads_that_never_end_hold_nobody_up_and_are_cut_off(self):
        clients = self.dribble(b"GET /api/metrics HTTP/1.1\r\nHost: a\r\nX-", 200)
        begin = time.monotonic()
        self.assertEqual(self.ask("/api/metrics").status, 200)
        for client in clients[:5]:
            self.wait_for_the_end(client)
        self.assertLess(time.monotonic() - begin, 50)  # wanted 10
        for client in clients[5:]:
            client.close()

    def test_a_body_that_never_ends_reaches_no_process(self):
        (client,) = self.dribble(
            b"POST /api/events HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{", 1)
        self.wait_for_the_end(client)
        self.assertEqual(self.apis[0].asked, [])


class Ambiguous(GatewayCase):
    """A request that two readers might read as two different ones is read by none."""

    def raw(self, text):
        with socket.create_connection(("127.0.0.1", self.nginx.port), timeout=30) as client:
            client.sendall(text)
            client.shutdown(socket.SHUT_WR)
            answer = b""
            while received := client.recv(4096):
                answer += received
        return answer

    def test_it_is_refused(self):
        head = b"POST /api/events HTTP/1.1\r\nHost: a\r\n"
        for text in (head + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                     head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456",
                     head + b"Content-Length: +5\r\n\r\n12345",
                     head + b"Content-Length: 5,5\r\n\r\n12345",
                     head + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
                     head + b"Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n",
                     b"GET /api/metrics HTTP/1.1\r\n\r\n",
                     b"GET /api/metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                     b"GET /api/met\x00rics HTTP/1.1\r\nHost: a\r\n\r\n",
                     b"GET /api/metrics HTTP/1.1\r\nHost : a\r\n\r\n"):
            status = self.raw(text).split(b" ")[1:2]
            self.assertIn(status, ([b"400"], [b"411"], [b"501"]), text)
        self.assertEqual(self.apis[0].asked, [])


if __name__ == "__main__":
    unittest.main()
