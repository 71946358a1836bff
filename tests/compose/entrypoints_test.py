#!/usr/bin/env python3
"""What the images run first: secrets in settings, the passwords' files, and each server's start script on loopback,
with the program that `tools/stack` has."""

import base64
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from common import ROOT, project
from servers import cache, minio, postgres
from topology import WITH_SECRETS, free_port

DOCKER = ROOT / "deploy/docker"


class Scratch(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="marquee-entry-")
        self.addCleanup(scratch.cleanup)
        self.scratch = Path(scratch.name)
        self.scratch.chmod(0o755)
        self.secrets = self.scratch / "secrets"

    def make_secrets(self):
        return subprocess.run([ROOT / "deploy/secrets.sh", self.secrets], capture_output=True, text=True, check=True)


class WithSecrets(Scratch):
    def run_with(self, **environment):
        self.secrets.mkdir(exist_ok=True)
        return subprocess.run([WITH_SECRETS, "env"], capture_output=True, text=True, check=False,
                              env={"PATH": os.environ["PATH"], "SECRETS_DIR": str(self.secrets), **environment})

    def test_a_secret_stands_where_its_name_did(self):
        self.secrets.mkdir()
        (self.secrets / "a_key").write_text("s3cr=t {x} \"'$HOME\n")
        done = self.run_with(KEY="{a_key}", OTHER="untouched {A} {}")
        self.assertIn("KEY=s3cr=t {x} \"'$HOME\n", done.stdout)
        self.assertIn("OTHER=untouched {A} {}\n", done.stdout)

    def test_in_an_address_it_may_hold_anything(self):
        self.secrets.mkdir()
        (self.secrets / "p").write_text("a/b@c:%é")
        done = self.run_with(MARQUEE_STATE="postgresql://u:{p}@h:1/d", TWO="redis://{p}:{p}@h")
        self.assertIn("MARQUEE_STATE=postgresql://u:%61%2f%62%40%63%3a%25%c3%a9@h:1/d\n", done.stdout)
        self.assertEqual(done.stdout.count("%61%2f"), 3)

    def test_one_that_is_missing_or_empty_is_named_and_nothing_runs(self):
        for content in (None, ""):
            self.secrets.mkdir(exist_ok=True)
            if content is not None:
                (self.secrets / "gone").write_text(content)
            done = self.run_with(KEY="{gone}")
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn("KEY wants the secret gone", done.stderr)

    def test_within_itself_it_changes_nothing(self):
        self.secrets.mkdir()
        (self.secrets / "a_key").write_text("{gone}")
        done = subprocess.run([WITH_SECRETS, WITH_SECRETS, "env"], capture_output=True, text=True, check=False, env={
            "PATH": os.environ["PATH"], "SECRETS_DIR": str(self.secrets), "KEY": "{a_key}"})
        self.assertIn("KEY={gone}\n", done.stdout, done.stderr)

    def test_the_command_knows_nothing_of_the_folder(self):
        self.assertNotIn("SECRETS_DIR", self.run_with().stdout)


class SecretFiles(Scratch):
    def test_all_that_compose_names_are_made_once(self):
        self.make_secrets()
        made = {file.name: file.read_text() for file in self.secrets.iterdir()}
        self.assertEqual(set(made), set(project()["secrets"]))
        self.assertEqual(len(set(made.values())), len(made))
        self.assertEqual(len(base64.urlsafe_b64decode(made["airflow_fernet_key"])), 32)
        self.assertEqual(self.secrets.stat().st_mode & 0o777, 0o700)
        (self.secrets / "redis_password").unlink()
        self.assertEqual(self.make_secrets().stdout.count("made "), 1)
        self.assertEqual((self.secrets / "minio_password").read_text(), made["minio_password"])


class Starts(Scratch):
    """Started, asked by health_check.sh, ended, and started again on what is there."""

    def setUp(self):
        super().setUp()
        self.make_secrets()
        self.work = self.scratch / "work"
        self.work.mkdir()

    def twice(self, service, command, environment, port, between=lambda: None):
        for _ in range(2):
            log = self.scratch / "log"
            with log.open("w") as output:
                process = subprocess.Popen(command, env={"PATH": os.environ["PATH"], **environment},
                                           stdin=subprocess.DEVNULL, stdout=output, stderr=output)
            try:
                done = subprocess.run(
                    [ROOT / "deploy/health_check.sh", "--wait", "90", "--at", f"{service}=127.0.0.1:{port}"],
                    capture_output=True, text=True, check=False,
                    env={**os.environ, "REDIS_PASSWORD_FILE": str(self.secrets / "redis_password")})
                self.assertEqual(done.returncode, 0, done.stdout + log.read_text())
                between()
            finally:
                process.send_signal(signal.SIGINT if service == "postgres" else signal.SIGTERM)
                self.assertEqual(process.wait(timeout=60), 0, log.read_text())

    def test_redis(self):
        port = free_port()
        self.twice("redis", [DOCKER / "redis/start"], {
            "REDIS_RUN": str(self.work), "REDIS_BIND": "127.0.0.1", "REDIS_PORT": str(port),
            "REDIS_PASSWORD_FILE": str(self.secrets / "redis_password")}, port)

    def test_minio_with_its_bucket(self):
        port, console = free_port(), free_port()
        programs = cache.root() / minio.ENTRY
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}", "MINIO_DATA": str(self.work), "MINIO_LISTEN": "127.0.0.1",
            "MINIO_PORT": str(port), "MINIO_CONSOLE_PORT": str(console), "SECRETS_DIR": str(self.secrets)}

        def bucket_is_there():
            from servers import s3
            keys = [(self.secrets / name).read_text() for name in ("minio_user", "minio_password")]
            deadline = time.monotonic() + 30
            while (status := s3.request("PUT", port, "/lakehouse/a", *keys, body=b"x")[0]) != 200:
                self.assertLess(time.monotonic(), deadline, status)
                time.sleep(0.1)

        self.twice("minio", [DOCKER / "minio/start"], environment, port, bucket_is_there)

    def test_postgres_with_its_roles_and_databases(self):
        port, programs = free_port(), postgres.binaries()
        prefix = postgres.as_system_user((self.work, programs))
        if prefix:
            for path in (self.scratch, self.work, self.secrets, *self.secrets.iterdir()):
                shutil.chown(path, postgres.SYSTEM_USER)
        environment = {
            "PATH": f"{programs}:{os.environ['PATH']}", "PGDATA_ROOT": str(self.work), "POSTGRES_RUN": str(self.work),
            "SECRETS_DIR": str(self.secrets), "POSTGRES_SQL": str(ROOT / "deploy/postgres"),
            "POSTGRES_LISTEN": "127.0.0.1", "POSTGRES_PORT": str(port)}

        def ask(role, database, statement, host="127.0.0.1", secret=None):
            return subprocess.run(
                [*prefix, programs / "psql", "-X", "-At", "-h", host, "-p", str(port), "-U", role, "-d", database, "-c",
                 statement], capture_output=True, text=True, check=False, cwd="/",
                env={"PATH": os.environ["PATH"], "PGPASSWORD": (self.secrets / secret).read_text() if secret else "x"})

        def roles_work():
            made = ask("marquee", "moviedb", "CREATE TABLE IF NOT EXISTS movies(v vector(2)); "
                       "SELECT count(*) FROM movies", secret="postgres_password")
            self.assertIn("0", made.stdout, made.stderr)
            self.assertEqual(ask("airflow", "airflow", "CREATE TABLE IF NOT EXISTS a()",
                                 secret="airflow_db_password").returncode, 0)
            inside = ask("airflow", "moviedb", "SELECT COUNT(*) FROM movies;", host=str(self.work))
            self.assertEqual(inside.stdout, "0\n", inside.stderr)  # as in the quick start
            self.assertNotEqual(ask("airflow", "moviedb", "DROP TABLE movies", host=str(self.work)).returncode, 0)
            for role in ("marquee", "airflow", "postgres"):
                self.assertIn("password authentication failed", ask(role, "moviedb", "SELECT 1").stderr)

        self.twice("postgres", [*prefix, DOCKER / "postgres/start"], environment, port, roles_work)

    def test_without_its_secret_a_server_says_so(self):
        for name, secret in {"redis": "redis_password", "minio": "minio_user", "airflow": "airflow_password"}.items():
            (self.secrets / secret).unlink()
            done = subprocess.run([DOCKER / name / "start"], capture_output=True, text=True, check=False, env={
                "PATH": os.environ["PATH"], "SECRETS_DIR": str(self.secrets), "MINIO_DATA": str(self.work),
                "REDIS_PASSWORD_FILE": str(self.secrets / secret)})
            self.assertEqual(done.returncode, 2, name)
            self.assertIn("deploy/secrets.sh", done.stderr)


if __name__ == "__main__":
    unittest.main()
