"""What a test of a gateway stands on. Tests of both gateways are classes without a base, such as
`RateTests`; two classes beside them run each on one:

    class RateOfNginx(RateTests, GatewayCase): ...
    class RateOfTheProgram(RateTests, ProgramCase): ...
"""

import socket
import tempfile
import unittest
from pathlib import Path

from asking import ask
from nginx import Nginx
from program_gateway import ProgramGateway
from upstream import Upstream


class Asking:
    """What both have: `gateway`, with a port, a log and what it said."""

    trusted_proxy = None  # an address whose X-Forwarded-For is believed
    stranger = {}  # headers that make a request of this machine one from elsewhere

    def ask(self, path, *arguments, **options):
        try:
            return ask(self.gateway.port, path, *arguments, **options)
        except OSError as error:
            raise AssertionError(f"no answer ({error}); {self.gateway.said()}") from error

    def connect(self, source="127.0.0.1"):
        return socket.create_connection(("127.0.0.1", self.gateway.port), timeout=60,
                                        source_address=(source, 0))

    def assert_problem(self, answer, status):
        self.assertEqual((answer.status, answer["content-type"]),
                         (status, "application/problem+json"), answer.body)
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"] and problem["detail"])

    def scratch_folder(self):
        scratch = tempfile.TemporaryDirectory(prefix="marquee-gateway-")
        Path(scratch.name).chmod(0o755)
        self.addCleanup(scratch.cleanup)
        return scratch.name


class GatewayCase(Asking, unittest.TestCase):
    """NGINX before processes whose answers and faults a test chooses."""

    api_processes = 1

    def setUp(self):
        self.apis = [self.upstream(f"api{number}") for number in range(self.api_processes)]
        self.others = {name: self.upstream(name)
                       for name in ("frontend", "airflow", "minio_console")}
        self.gateway = self.nginx = Nginx(self.scratch_folder(), self.upstreams(), self.settings())
        self.addCleanup(self.gateway.end)

    def upstreams(self, down=()):
        """As Nginx takes them, with the word `down` behind processes that are to be taken out."""
        return {"api": [f"{each.address} down" if each in down else each.address for each in self.apis],
                **{name: [each.address] for name, each in self.others.items()}}

    def settings(self):
        if self.trusted_proxy is None:
            return None
        return {"trusted_proxies": f"set_real_ip_from {self.trusted_proxy};\n"
                                   "real_ip_header X-Forwarded-For;\nreal_ip_recursive on;\n"}

    def upstream(self, name):
        started = Upstream(name)
        self.addCleanup(started.end)
        return started

    def assert_reached(self, count):
        """How many requests got past the gateway."""
        self.assertEqual(len(self.apis[0].asked), count)


class ProgramCase(Asking, unittest.TestCase):
    """The program as its own gateway. Operators of this machine are let in, so a stranger is whoever
    says that it came through a proxy."""

    stranger = {"X-Forwarded-For": "203.0.113.1"}

    def setUp(self):
        proxies = self.trusted_proxy or "none"
        self.gateway = ProgramGateway(self.scratch_folder(), {"gateway.trusted_proxies": proxies})
        self.addCleanup(self.gateway.end)

    def ask(self, path, *arguments, host="127.0.0.1", **options):
        del host  # it listens on one address; a client of any other may connect to it
        return super().ask(path, *arguments, **options)

    def assert_reached(self, count):
        """There is nothing behind it that could tell."""
