"""The proxies do what they say, each way something can go wrong.

    python3 -m unittest discover -s tests/stability -p '*_test.py'
"""

import socket
import socketserver
import sys
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "tools"))
from proxy import Proxies  # noqa: E402
from servers import process  # noqa: E402


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)


class EchoServer(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that was cut off is no news."""


class ProxyTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = EchoServer(("127.0.0.1", 0), Echo)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.port = process.free_port(())
        cls.proxies = Proxies()
        cls.proxies.open("echo", cls.port, cls.server.server_address[1])

    @classmethod
    def tearDownClass(cls):
        cls.proxies.close()
        cls.server.shutdown()
        cls.server.server_close()

    def setUp(self):
        self.proxies.switch("echo", "pass")
        self.proxies.take_counts("echo")

    def connect(self, timeout_s=5):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=timeout_s)
        self.addCleanup(connection.close)
        return connection

    def assert_echoes(self, connection, text=b"ping"):
        connection.sendall(text)
        answer = b""
        while len(answer) < len(text):
            piece = connection.recv(4096)
            if not piece:
                raise ConnectionResetError("closed")
            answer += piece
        self.assertEqual(answer, text)

    def assert_is_cut(self, connection):
        try:
            self.assertEqual(connection.recv(1), b"")
        except ConnectionResetError:
            pass

    def assert_takes_nobody(self, port):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
                self.assert_is_cut(connection)
        except ConnectionResetError:
            pass  # cut before we could look at it

    def test_it_passes_everything_on_and_counts_it(self):
        connection = self.connect()
        self.assert_echoes(connection)
        self.assert_echoes(connection, b"x" * 100_000)
        counts = self.proxies.take_counts("echo")
        self.assertEqual((counts.accepted, counts.open), (1, 1))
        self.assertGreaterEqual(counts.pieces, 2)
        self.assertEqual(self.proxies.take_counts("echo").accepted, 0)

    def test_refuse_closes_the_door_and_what_was_open(self):
        before = self.connect()
        self.assert_echoes(before)
        self.proxies.switch("echo", "refuse")
        self.assert_is_cut(before)
        with self.assertRaises(ConnectionRefusedError):
            self.connect()
        self.proxies.switch("echo", "pass")
        self.assert_echoes(self.connect())

    def test_cut_ends_connections_as_soon_as_they_are_made(self):
        before = self.connect()
        self.assert_echoes(before)
        self.proxies.switch("echo", "cut")
        self.assert_is_cut(before)
        self.assert_takes_nobody(self.port)

    def test_hang_takes_connections_and_says_nothing_until_it_is_over(self):
        before = self.connect()
        self.assert_echoes(before)
        self.proxies.switch("echo", "hang")
        fresh = self.connect()
        for connection in (before, fresh):
            connection.sendall(b"late")
            connection.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                connection.recv(1)
        self.proxies.switch("echo", "pass")
        for connection in (before, fresh):
            connection.settimeout(5)
            self.assertEqual(connection.recv(4), b"late")

    def test_slow_answers_come_byte_by_byte(self):
        connection = self.connect()
        self.assert_echoes(connection)
        self.proxies.switch("echo", "slow")
        begin = time.monotonic()
        connection.sendall(b"abc")
        self.assertEqual([connection.recv(10) for _ in range(2)], [b"a", b"b"])
        self.assertGreater(time.monotonic() - begin, 0.9)
        self.proxies.switch("echo", "pass")
        self.assertEqual(connection.recv(10), b"c")

    def test_garbage_is_as_long_as_the_answer_and_something_else(self):
        connection = self.connect()
        self.assert_echoes(connection)
        self.proxies.switch("echo", "garbage")
        connection.sendall(b"x" * 1000)
        answer = b""
        while len(answer) < 1000:
            answer += connection.recv(4096)
        self.assertEqual(len(answer), 1000)
        self.assertLess(answer.count(b"x"), 100)
        self.proxies.switch("echo", "pass")
        self.assert_echoes(connection)

    def test_flapping_goes_and_comes_until_it_is_over(self):
        self.proxies.switch("echo", "flap")
        seen = []
        until = time.monotonic() + 30
        while len(seen) < 4 and time.monotonic() < until:
            try:
                self.assert_echoes(self.connect())
                now = "up"
            except OSError:
                now = "down"
            if seen[-1:] != [now]:
                seen.append(now)
            time.sleep(0.05)
        self.assertEqual(seen, ["down", "up", "down", "up"])
        self.proxies.switch("echo", "pass")
        until = time.monotonic() + 2.5
        while time.monotonic() < until:
            self.assert_echoes(self.connect())
            time.sleep(0.05)

    def test_a_server_that_is_gone_looks_cut(self):
        empty = process.free_port(())
        port = process.free_port((empty,))
        self.proxies.open("nobody", port, empty)
        self.assert_takes_nobody(port)


if __name__ == "__main__":
    unittest.main()
