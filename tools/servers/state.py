"""stack.json: what is remembered of the servers of one folder. It holds passwords: mode 0600."""

import json
import os
from pathlib import Path

from .progress import Failed

FORMAT = 1


class State:
    """Records by server name: `ports`, `secrets`, `settings`, and of a started server `pid`,
    `identity`, `wanted` (it was started and not stopped since)."""

    def __init__(self, folder):
        self.path = Path(folder) / "stack.json"
        self.servers = {}
        if self.path.exists():
            self.load()

    def load(self):
        try:
            content = json.loads(self.path.read_text())
            form, self.servers = content["format"], content["servers"]
        except (ValueError, KeyError, TypeError) as error:
            raise Failed(f"{self.path}: not readable ({error}): end its servers by hand and remove "
                         "the folder") from error
        if form != FORMAT:
            raise Failed(f"{self.path}: format {form}, this tools/stack knows {FORMAT}: remove the "
                         "folder, or use the tools/stack that made it")

    def record(self, name):
        return self.servers.setdefault(
            name, {"ports": {}, "secrets": {}, "settings": {}, "pid": 0, "identity": None,
                   "wanted": False})

    def ports(self):
        return {port for record in self.servers.values() for port in record["ports"].values()}

    def save(self):
        """Replaces the file as a whole: who reads meanwhile sees the old one or the new one."""
        text = json.dumps({"format": FORMAT, "servers": self.servers}, indent=2) + "\n"
        scratch = self.path.with_name(f".stack.json.{os.getpid()}")
        scratch.unlink(missing_ok=True)
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        scratch.rename(self.path)
