"""Redis as a cache: nothing on disk, bounded memory, evicting what was used least lately."""

import re
import shutil

from .server import Server, write_private


USER = "marquee"  # under TLS; else the default one


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

    def doors(self):
        if not self.tls:
            return (f"port {self.port}", f"requirepass {self.secret('password')}")
        return ("port 0", f"tls-port {self.port}", f'tls-cert-file "{self.certificates.certificate}"',
                f'tls-key-file "{self.certificates.key}"',
                f'tls-ca-cert-file "{self.certificates.authority}"', "tls-auth-clients optional",
                "user default off", f"user {USER} on >{self.secret('password')} ~* &* +@all")

    def configuration(self):
        return "\n".join((
            "bind 127.0.0.1", "daemonize no", f'dir "{self.folder}"', *self.doors(),
            f"maxmemory {self.setting('max_memory', '64mb')}", "maxmemory-policy allkeys-lru",
            "appendonly no", 'save ""', ""))

    def prepare(self):
        write_private(self.folder / "redis.conf", self.configuration())

    def command(self):
        return ["redis-server", str(self.folder / "redis.conf")]

    def answers(self):
        user = f"{USER} " if self.tls else ""
        with self.connect(2) as connection:
            connection.sendall(f"AUTH {user}{self.secret('password')}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                received = connection.recv(4096)
                if not received:
                    break
                answer += received
        return answer == b"+OK\r\n+PONG\r\n"

    def variables(self):
        url = f"{self.door}:{self.secret('password')}@127.0.0.1:{self.port}/0"
        if self.tls:
            url += f"?ca_file={self.certificates.authority}"
        return {"STACK_REDIS_URL": url}

    @property
    def door(self):
        return f"rediss://{USER}" if self.tls else "redis://"

    def address(self):
        return f"{self.door}:***@127.0.0.1:{self.port}/0"
