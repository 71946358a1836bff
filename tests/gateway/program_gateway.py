"""The program itself as its own gateway, as strangers reach it, on a directory of its own."""

import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/scenario"))
from program import Program  # noqa: E402

PROGRAM = Path(os.environ.get("MARQUEE_PROGRAM", ROOT / "build/release/bin/marquee"))


class Films:
    """A directory with films, imported once and copied for each server."""

    _scratch = None

    @classmethod
    def copy_to(cls, folder):
        if cls._scratch is None:
            cls._scratch = tempfile.TemporaryDirectory(prefix="marquee-films-")
            Program(PROGRAM).must("import", "--data", Path(cls._scratch.name) / "data",
                                  "--dataset", "synthetic")
        shutil.copytree(Path(cls._scratch.name) / "data", folder)


class ProgramGateway:
    """`settings`: key to value. It listens on 127.0.0.1 alone, so it is told that it is public."""

    def __init__(self, folder, settings=None):
        self.folder = Path(folder)
        Films.copy_to(self.folder / "data")
        wanted = {"gateway.public": "yes", "gateway.access_log": self.folder / "access.log",
                  **(settings or {})}
        flags = [word for key, value in wanted.items() for word in ("--set", f"{key}={value}")]
        self.program = Program(PROGRAM)
        self.server = self.program.serve(self.folder / "data", *flags)
        self.port = int(self.server.address.rpartition(":")[2])

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
        return "the program says: " + self.server.stderr[-4000:]

    def end(self):
        self.server.end()
        self.server.process.stdout.close()
        self.server.process.stderr.close()
