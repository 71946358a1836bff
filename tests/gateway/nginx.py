"""The real NGINX with deploy/nginx as it stands, on free ports of 127.0.0.1 and ::1."""

import json
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
START_TIMEOUT_S = 20


def free_port():
    """Free on every loopback address: NGINX listens on several, and gives up without one of them."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        return probe.getsockname()[1]


class Nginx:
    """`upstreams`: name to list of host:port. Only files of settings/ are written anew."""

    def __init__(self, folder, upstreams, settings=None, listen=None):
        """`listen`: other lines for it, in which {port} is that which `port` has."""
        self.folder, self.port = Path(folder), free_port()
        self.configuration = self.folder / "etc"
        shutil.copytree(ROOT / "deploy/nginx", self.configuration)
        text = {
            "listen": (listen or "listen 127.0.0.1:{port};\nlisten 127.0.0.2:{port};\n"
                       "listen [::1]:{port};\n").format(port=self.port),
            "upstreams": "".join(map(_upstream, upstreams, upstreams.values())),
            "log": f"access_log {self.folder}/access.log gateway;\n", **(settings or {})}
        for name, content in text.items():
            self._write(name, content)
        (self.folder / "run").mkdir()
        with (self.folder / "error.log").open("w") as errors:
            self.process = subprocess.Popen(
                ["nginx", "-p", f"{self.folder}/run/", "-c", self.configuration / "nginx.conf"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors)
        self._wait_until_it_listens()

    def _wait_until_it_listens(self):
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                # The last that it binds; a connection to the first may come before it gives up.
                socket.create_connection(("::1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        self.process.kill()
        raise AssertionError("nginx did not start; " + self.said())

    def reload(self, upstreams):
        """As an operator does who has changed settings/upstreams.conf; a reload takes a moment."""
        self._write("upstreams", "".join(map(_upstream, upstreams, upstreams.values())))
        self.process.send_signal(signal.SIGHUP)

    def _write(self, name, content):
        (self.configuration / f"settings/{name}.conf").write_text(content)

    def log(self, wanted, timeout_s=10):
        """Lines of the access log once there are `wanted` of them; it is written after the answer."""
        deadline = time.monotonic() + timeout_s
        path = self.folder / "access.log"
        while True:
            lines = path.read_text().splitlines() if path.exists() else []
            if len(lines) >= wanted or time.monotonic() > deadline:
                return [json.loads(line) for line in lines]
            time.sleep(0.02)

    def said(self):
        """On standard error; warnings and worse."""
        return "nginx says: " + (self.folder / "error.log").read_text()[-4000:]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


def _upstream(name, addresses):
    fails = "max_fails=2 fail_timeout=5s" if name == "api" else "max_fails=0"
    servers = "".join(f"  server {address} {fails};\n" for address in addresses)
    return f"upstream {name} {{\n  zone {name} 256k;\n  least_conn;\n{servers}  keepalive 8;\n}}\n"
