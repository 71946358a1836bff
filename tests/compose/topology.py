"""compose.yaml's services on 127.0.0.1: the servers are those of `tools/stack exec`, the rest is started here with
the environment, the secrets and the commands that compose.yaml gives them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from common import ROOT, project, services

sys.path.insert(0, str(ROOT / "tests/gateway"))
from nginx import Nginx, free_port  # noqa: E402

WITH_SECRETS = ROOT / "deploy/docker/with_secrets"
PROGRAM = ROOT / "build/release/bin/marquee"
STACK = Path(os.environ.get("STACK_DIR", "/nonexistent"))


def address_of(server):
    """host:port of a server of the stack; S3 is MinIO's."""
    url = os.environ[f"STACK_{server}_URL"]
    return urlsplit(url.partition("endpoint=")[2] if server == "S3" else url).netloc.rpartition("@")[2]


def record(server):
    return json.loads((STACK / "stack.json").read_text())["servers"][server]


def stack(*arguments):
    """A verb of tools/stack on the servers that we run under."""
    done = subprocess.run([ROOT / "tools/stack", *arguments, "--dir", STACK], capture_output=True, text=True,
                          check=False, timeout=180, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr


class StandIn:
    """Answers GET with 200 and a text for the paths that it knows."""

    def __init__(self, answers):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                text = answers.get(self.path)
                self.send_response(404 if text is None else 200)
                self.end_headers()
                self.wfile.write((text or "").encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Frontend:
    """deploy/docker/frontend on a port of its own; `gateway` is where its calls go."""

    def __init__(self, folder, port, gateway):
        self.port, etc = port, Path(folder) / "etc"
        shutil.copytree(ROOT / "deploy/docker/frontend", etc)
        (etc / "listen.conf").write_text(f"listen 127.0.0.1:{port};\nroot {ROOT}/build/page;\n")
        (etc / "gateway.conf").write_text(f"map $host $gateway {{ default {gateway}; }}\n")
        (Path(folder) / "run").mkdir()
        with (Path(folder) / "log").open("w") as log:
            self.process = subprocess.Popen(["nginx", "-p", f"{folder}/run/", "-c", etc / "nginx.conf"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)


class Topology:
    def __init__(self):
        self.scratch = Path(tempfile.mkdtemp(prefix="marquee-compose-"))
        self.scratch.chmod(0o755)
        self.processes, self.nginx, self.frontend = {}, None, None
        self.ports = {name: free_port() for name in ("api", "speed", "frontend")}
        self.secrets = self.scratch / "secrets"

    def __enter__(self):
        try:
            self.make_secrets()
            self.run_once("bootstrap")
            for name in ("api", "speed"):
                self.start(name)
            for name in ("api", "speed"):
                self.wait(name, self.ports[name])
            self.open_doors()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for door in (self.nginx, self.frontend):
            if door is not None:
                door.end()
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            process.wait(timeout=60)
        shutil.rmtree(self.scratch)

    # --- what compose.yaml says, on loopback ---

    def make_secrets(self):
        subprocess.run([ROOT / "deploy/secrets.sh", self.secrets], check=True, capture_output=True)
        for name, value in {
                "postgres_password": unquote(urlsplit(os.environ["STACK_POSTGRES_URL"]).password),
                "redis_password": urlsplit(os.environ["STACK_REDIS_URL"]).password,
                "minio_user": os.environ["STACK_S3_ACCESS_KEY"],
                "minio_password": os.environ["STACK_S3_SECRET_KEY"]}.items():
            (self.secrets / name).write_text(value)

    def addresses(self):
        """host:port of compose.yaml to where it is here."""
        return {"kafka:29092": address_of("KAFKA"), "postgres:5432": address_of("POSTGRES"),
                "redis:6379": address_of("REDIS"), "minio:9000": address_of("S3"), "0.0.0.0": "127.0.0.1"}

    def environment(self, name):
        found = {"PATH": f"{PROGRAM.parent}:{ROOT}/deploy/docker/marquee:{os.environ['PATH']}",
                 "SECRETS_DIR": str(self.secrets), "MARQUEE_DATA_DIR": str(self.scratch / name)}
        for variable, value in services()[name]["environment"].items():
            for there, here in self.addresses().items():
                value = str(value).replace(there, here)
            found[variable] = value
        if name in self.ports:
            found["MARQUEE_SERVER__PORT"] = str(self.ports[name])
        return found

    def command(self, name):
        service = services()[name]
        entry = service.get("entrypoint") or ["with_secrets", "marquee"]
        return [WITH_SECRETS, *entry[1:], *(service.get("command") or [])]

    def run_once(self, name):
        done = subprocess.run(self.command(name), env=self.environment(name), capture_output=True, text=True,
                              check=False, timeout=300, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, name):
        with (self.scratch / f"{name}.log").open("w") as log:
            self.processes[name] = subprocess.Popen(
                self.command(name), env=self.environment(name), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait(self, name, port, seconds=60):
        done = subprocess.run(
            [ROOT / "deploy/health_check.sh", "--wait", str(seconds), "--at", f"{name}=127.0.0.1:{port}"],
            capture_output=True, text=True, check=False, timeout=seconds + 30)
        log = self.scratch / f"{name}.log"
        assert done.returncode == 0, done.stdout + (log.read_text() if log.exists() else "")

    def open_doors(self):
        airflow = address_of("AIRFLOW")
        believed = Path(project()["configs"]["trusted_proxies"]["file"]).read_text().replace(
            services()["frontend"]["networks"]["gateway"]["ipv4_address"], "127.0.0.1")
        (self.scratch / "gateway").mkdir()
        (self.scratch / "page").mkdir()
        self.nginx = Nginx(self.scratch / "gateway", {
            "api": [f"127.0.0.1:{self.ports['api']}"], "frontend": [f"127.0.0.1:{self.ports['frontend']}"],
            "airflow": [airflow], "minio_console": [f"127.0.0.1:{record('minio')['ports']['console']}"]},
            {"trusted_proxies": believed})
        self.frontend = Frontend(self.scratch / "page", self.ports["frontend"], f"127.0.0.1:{self.nginx.port}")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.frontend.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise AssertionError("the page's server did not start: " + (self.scratch / "page/log").read_text())

    # --- looking ---

    def health(self):
        """What --at of health_check.sh wants for every service that runs here."""
        airflow, spark = address_of("AIRFLOW"), f"127.0.0.1:{record('spark')['ports']['console']}"
        return {"nginx": f"127.0.0.1:{self.nginx.port}", "frontend": f"127.0.0.1:{self.frontend.port}",
                **{name: f"127.0.0.1:{self.ports[name]}" for name in ("api", "speed")},
                "kafka": address_of("KAFKA"), "redis": address_of("REDIS"), "postgres": address_of("POSTGRES"),
                "minio": address_of("S3"), "spark-master": spark, "airflow-webserver": airflow,
                "airflow-scheduler": airflow, "airflow-dag-processor": airflow}
