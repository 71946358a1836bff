"""TLS on the listener itself; of NGINX and of the program."""

import http.client
import shutil
import signal
import socket
import ssl
import time
import unittest
import warnings
from pathlib import Path

from asking import Answer
from certificates import make_certificate
from gateway_case import Asking
from nginx import Nginx, free_port
from program_gateway import ProgramGateway
from upstream import Upstream

RELOADED_WITHIN_S = 30


class TlsTests:
    def setUp(self):
        self.folder = Path(self.scratch_folder())
        first, key = make_certificate(self.folder, "first")
        self.certificate, self.key = self.folder / "in-use.pem", self.folder / "in-use.key"
        self.put(first, key)
        self.start()
        self.addCleanup(self.gateway.end)

    def put(self, certificate, key):
        shutil.copy(certificate, self.certificate)
        shutil.copy(key, self.key)

    def context(self, certificate="first"):
        context = ssl.create_default_context(cafile=self.folder / f"{certificate}.pem")
        context.set_alpn_protocols(["http/1.1"])
        return context

    def ask(self, path, *arguments, context=None, **options):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30,
                                                 context=context or self.context())
        try:
            connection.request(*(arguments or ("GET",)), path, **options)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def shown(self):
        """The certificate that is shown to who connects now."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as plain, \
                context.wrap_socket(plain) as client:
            return ssl.DER_cert_to_PEM_cert(client.getpeercert(True))

    def test_who_trusts_the_certificate_is_answered_and_told_to_stay(self):
        answer = self.ask("/health")
        self.assertEqual(answer.body.strip(), b"Gateway OK")
        self.assertRegex(answer["strict-transport-security"], r"^max-age=31536000")
        body = b"x" * (200 << 10)
        self.assertIn(self.ask("/api/events", "POST", body=body).status, (200, 400, 415))
        self.assertEqual(self.ask("/api/events", "POST", body=b"x" * ((1 << 20) + 1)).status, 413)

    def test_several_requests_share_a_connection(self):
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30,
                                                 context=self.context())
        for _ in range(20):
            connection.request("GET", "/api/metrics")
            response = connection.getresponse()
            self.assertEqual((response.status, bool(response.read())), (200, True))
        connection.close()

    def test_older_protocols_are_not_spoken(self):
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            context = self.context()
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():  # that they are old is the point
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = version
            with self.assertRaises((ssl.SSLError, ConnectionResetError)):
                self.ask("/health", context=context)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = self.context()
            context.minimum_version = context.maximum_version = version
            self.assertEqual(self.ask("/health", context=context).status, 200)

    def test_who_speaks_no_tls_learns_nothing_and_holds_nobody_up(self):
        for said in (b"GET /api/metrics HTTP/1.1\r\nHost: a\r\n\r\n", b"\x16\x03\x01\xff\xff", b""):
            with socket.create_connection(("127.0.0.1", self.port), timeout=60) as client:
                client.sendall(said)
                client.shutdown(socket.SHUT_WR)
                answer = b""
                try:
                    while received := client.recv(4096):
                        answer += received
                except ConnectionResetError:
                    pass
                self.assertNotIn(b"total_requests", answer)
        self.assertEqual(self.ask("/health").status, 200)

    def test_a_signal_brings_a_new_certificate_without_a_restart(self):
        kept = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30,
                                           context=self.context())
        kept.request("GET", "/health")
        kept.getresponse().read()
        second, key = make_certificate(self.folder, "second")
        self.put(second, key)
        self.signal(signal.SIGHUP)
        deadline = time.monotonic() + RELOADED_WITHIN_S
        while self.shown() != second.read_text() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.ask("/health", context=self.context("second")).status, 200)
        with self.assertRaises(ssl.SSLCertVerificationError):
            self.ask("/health")
        kept.close()


class TlsOfNginx(TlsTests, Asking, unittest.TestCase):
    def start(self):
        self.port = free_port()
        console = Upstream("console")
        self.addCleanup(console.end)
        names = ("api", "frontend", "airflow", "minio_console")
        listen = (f"listen 127.0.0.1:{self.port} ssl;\nlisten [::1]:{{port}};\n"
                  f"ssl_certificate {self.certificate};\nssl_certificate_key {self.key};\n"
                  "ssl_protocols TLSv1.2 TLSv1.3;\n")
        self.gateway = Nginx(self.folder, {name: [console.address] for name in names},
                             listen=listen)

    def signal(self, number):
        self.gateway.process.send_signal(number)


class TlsOfTheProgram(TlsTests, Asking, unittest.TestCase):
    def start(self):
        self.gateway = ProgramGateway(self.folder, {
            "gateway.tls_certificate": self.certificate, "gateway.tls_key": self.key})
        self.assertTrue(self.gateway.server.address.startswith("https://"))
        self.port = self.gateway.port

    def signal(self, number):
        self.gateway.server.process.send_signal(number)

    def test_commands_of_this_machine_reach_it(self):
        address = self.gateway.server.owner()["address"]
        self.assertRegex(address, r"^http://127\.0\.0\.1:\d+$")
        audit = self.gateway.program.audit(self.folder / "data")
        self.assertEqual(audit["pending"], 0)

    def test_a_wrong_certificate_is_not_taken_and_the_old_one_stays(self):
        self.certificate.write_text("no certificate")
        self.signal(signal.SIGHUP)
        deadline = time.monotonic() + RELOADED_WITHIN_S
        while "in-use.pem" not in self.gateway.server.stderr and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertIn("in-use.pem", self.gateway.server.stderr)
        self.assertEqual(self.ask("/health").status, 200)

    def test_a_certificate_without_its_key_is_refused_at_the_start(self):
        data = self.folder / "data"
        self.gateway.server.end()
        done = self.gateway.program.run("serve", "--data", data, "--port", "0", "--set",
                                        f"gateway.tls_certificate={self.certificate}")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("gateway.tls_key", done.stderr)


if __name__ == "__main__":
    unittest.main()
