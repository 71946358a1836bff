"""Redis as a cache: nothing on disk, bounded memory, evicting what was used least lately."""

import re
import shutil
import socket

from .server import Server, write_private


class Redis(Server):
    name = "redis"
    default_ports = {"client": 6379}
    settings_from = {"REDIS_MAX_MEMORY": "max_memory"}

    @classmethod
    def installed(cls):
        return shutil.which("redis-server") is not None

    def check_settings(self):
        memory = self.setting("max_memory", "64mb")
        self.wants(re.fullmatch(r"\d+([kmg]b?)?", memory, re.IGNORECASE),
                   f"REDIS_MAX_MEMORY '{memory}': want bytes, or a number with kb, mb or gb")

    def configuration(self):
        return "\n".join((
            "bind 127.0.0.1", f"port {self.port}", "daemonize no", f'dir "{self.folder}"',
            f"requirepass {self.secret('password')}",
            f"maxmemory {self.setting('max_memory', '64mb')}", "maxmemory-policy allkeys-lru",
            "appendonly no", 'save ""', ""))

    def prepare(self):
        write_private(self.folder / "redis.conf", self.configuration())

    def command(self):
        return ["redis-server", str(self.folder / "redis.conf")]

    def answers(self):
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(f"AUTH {self.secret('password')}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                received = connection.recv(4096)
                if not received:
                    break
                answer += received
        return answer == b"+OK\r\n+PONG\r\n"

    def variables(self):
        return {"STACK_REDIS_URL": f"redis://:{self.secret('password')}@127.0.0.1:{self.port}/0"}

    def address(self):
        return f"redis://:***@127.0.0.1:{self.port}/0"
