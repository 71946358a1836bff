"""What every server is asked."""

import os
import secrets
import signal
import socket
import ssl
from pathlib import Path

from .certificates import Certificates
from .progress import Failed

# Of our environment only this reaches a server: settings of others must not change it.
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "JAVA_HOME")


def write_private(path, text):
    """A file that only its owner may read, from its first byte on."""
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


class Server:
    """One server in a folder of its own; subclasses say how. `record` is its part of stack.json."""

    name = ""
    by_default = True  # meant where no server is named
    default_ports = {}  # what for -> the port operators know; 'client' is the one clients use
    stop_signal = signal.SIGTERM
    stop_timeout_s = 20
    start_timeout_s = 60
    settings_from = {}  # environment variable -> setting
    secrets_from = {}  # environment variable -> secret
    random_secrets = ("password",)

    def __init__(self, folder, record):
        self.folder = Path(folder) / self.name
        self.record = record
        self.certificates = Certificates(folder)

    # --- bringing it ---

    purpose = "platform"  # of tools/dependencies

    @classmethod
    def installed(cls):
        raise NotImplementedError

    @classmethod
    def install(cls):
        """Brings what `installed` misses and tools/dependencies does not bring."""

    # --- running it ---

    def prepare(self):
        """Writes the configuration and, the first time, the data."""

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {}

    def answers(self):
        """Whether it answers a client with the right password. May raise OSError for no."""
        raise NotImplementedError

    def complete(self):
        """What is to be there besides the running server; each start repeats it."""

    def ended(self):
        """After it ended when asked to."""

    # --- using it ---

    def variables(self):
        """STACK_* of a test."""
        raise NotImplementedError

    def address(self):
        """For a person to see: without the password."""
        raise NotImplementedError

    @property
    def port(self):
        return self.record["ports"]["client"]

    @property
    def log(self):
        return self.folder / "server.log"

    @property
    def tls(self):
        """As operators run it: TLS, and a user with a password (STACK_TLS)."""
        return self.setting("tls", "") != ""

    def connect(self, timeout):
        """A connection to its port, under TLS when it speaks that."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        if not self.tls:
            return plain
        context = ssl.create_default_context(cafile=self.certificates.authority)
        return context.wrap_socket(plain, server_hostname="127.0.0.1")

    def whole_environment(self):
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        return {**passed, **self.environment()}

    def take_settings(self):
        """Settings and passwords that the environment names, for now and for later starts."""
        for variable, setting in self.settings_from.items():
            if os.environ.get(variable):
                self.record["settings"][setting] = os.environ[variable]
        if os.environ.get("STACK_TLS"):
            self.record["settings"]["tls"] = os.environ["STACK_TLS"]
        for variable, secret in self.secrets_from.items():
            if os.environ.get(variable):
                self.record["secrets"][secret] = os.environ[variable]
        for name in self.random_secrets:
            self.record["secrets"].setdefault(name, secrets.token_hex(16))
        self.check_settings()

    def check_settings(self):
        """Raises Failed for a setting the server would not take."""

    def secret(self, name):
        """Random when it was first started, the same ever after."""
        return self.record["secrets"][name]

    def setting(self, name, default):
        return self.record["settings"].get(name, default)

    def wants(self, condition, text):
        if not condition:
            raise Failed(f"{self.name}: {text}")
