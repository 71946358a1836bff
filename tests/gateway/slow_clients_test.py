"""Clients that take their time or can be understood in two ways; of NGINX and of the program."""

import contextlib
import socket
import time
import unittest

from gateway_case import GatewayCase, ProgramCase


EVENT = b'{"user_id":"slow","movie_id":"1","event_type":"click"}'


class SlowBodyTests:
    """Of the program, alone or behind NGINX: what is not whole in time is no event."""

    def send_slowly(self, framing, pieces, pause_s):
        """Sends a piece after each pause until it is answered; the answer, and how long that took."""
        with self.connect() as client:
            client.sendall(b"POST /api/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                           + framing + b"\r\n\r\n")
            begin, answer = time.monotonic(), b""
            client.settimeout(pause_s)
            for piece in pieces:
                try:
                    client.sendall(piece)
                    answer = client.recv(4096)
                    break
                except TimeoutError:
                    pass
                except ConnectionError:
                    break
            return answer, time.monotonic() - begin

    def assert_cut_off(self, answer, took_s):
        self.assertTrue(answer == b"" or b" 408 " in answer.split(b"\r\n")[0], answer)
        self.assertLess(took_s, 100)  # wanted 10
        self.assertGreater(took_s, 5)
        history = self.ask("/api/users/slow/history")
        self.assertTrue(history.status == 200 and history.json()["history"] == [], history.body)

    def test_a_body_that_comes_byte_by_byte_is_cut_off_and_is_no_event(self):
        length = b"Content-Length: %d" % (len(EVENT) + 1000)
        self.assert_cut_off(*self.send_slowly(length, [bytes([byte]) for byte in EVENT + b" " * 100], 1))

    def test_a_body_in_endless_chunks_is_cut_off_and_is_no_event(self):
        chunks = [b"%x\r\n%s\r\n" % (len(EVENT), EVENT)] + [b"1\r\n \r\n"] * 100
        self.assert_cut_off(*self.send_slowly(b"Transfer-Encoding: chunked", chunks, 1))

    def test_a_body_that_stops_is_cut_off_and_is_no_event(self):
        self.assert_cut_off(*self.send_slowly(b"Content-Length: 100", [EVENT, b""], 90))


class SlowClientTests:
    def dribble(self, text, count):
        sockets = []
        for number in range(count):
            client = self.connect(f"127.0.0.{10 + number % 8}")  # none of them too often
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


class SlowClientsOfNginx(SlowClientTests, GatewayCase):
    pass


class SlowClientsOfTheProgram(SlowClientTests, SlowBodyTests, ProgramCase):
    def test_a_client_holds_so_many_connections(self):
        held = [self.connect() for _ in range(64)]
        for client in held:  # each is known when it has been answered
            client.sendall(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertIn(b"Gateway OK", client.recv(4096))
        self.assert_problem(self.ask("/health"), 429)
        self.assertEqual(self.ask("/health", source="127.0.0.77").status, 200)
        for client in held:
            client.close()


class AmbiguousTests:
    """A request that two readers might read as two different ones is read by none."""

    def raw(self, text):
        with self.connect() as client:
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
        self.assert_reached(0)


class AmbiguousForNginx(AmbiguousTests, GatewayCase):
    pass


class AmbiguousForTheProgram(AmbiguousTests, ProgramCase):
    pass


if __name__ == "__main__":
    unittest.main()
