"""An authority of one folder's own and the certificate that it gives to all servers there, made by
openssl. It names 127.0.0.1 and nothing else, so that any other name of this machine is a wrong one."""

import os
import shutil
import subprocess
from pathlib import Path

from .progress import Failed

DAYS = 30
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Certificates:
    """Files in PEM form; the authority's certificate is for anybody to read, the keys for their owner."""

    def __init__(self, folder):
        self.folder = Path(folder) / "certificates"

    @property
    def authority(self):
        return self.folder / "ca.pem"

    @property
    def certificate(self):
        return self.folder / "server.pem"

    @property
    def key(self):
        return self.folder / "server.key"

    @property
    def both(self):
        """The key and its certificate in one file, as Kafka wants them."""
        return self.folder / "server-with-key.pem"

    def make(self):
        """Once a folder: who has the authority goes on believing the servers after a restart."""
        if self.both.exists():
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o711)
        self.openssl("req", "-x509", *NEW_KEY, "-keyout", self.folder / "ca.key", "-out", self.authority,
                     "-days", DAYS, "-subj", "/CN=marquee stack")
        self.openssl("req", "-x509", *NEW_KEY, "-keyout", self.key, "-out", self.certificate,
                     "-CA", self.authority, "-CAkey", self.folder / "ca.key", "-days", DAYS,
                     "-subj", "/CN=server", "-addext", "subjectAltName=IP:127.0.0.1",
                     "-addext", "basicConstraints=critical,CA:FALSE")
        with open(os.open(self.both, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self.key.read_text() + self.certificate.read_text())

    def openssl(self, *arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, check=False, umask=0o077)
        if done.returncode != 0:
            raise Failed(f"openssl {arguments[0]}: {done.stderr.strip()}")
        for public in (self.authority, self.certificate):
            if public.exists():
                public.chmod(0o644)
