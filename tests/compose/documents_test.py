"""Commands of the documents: those of docs/QUICK_START_GUIDE.md that need no container engine are run as they stand,
in order, at the doors of the topology; the others have a line in its table. Of docs/operating.md the part about
containers."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from common import ROOT, services, text_of
from topology import Topology

from asking import ask  # of tests/gateway, whose folder topology has named
from servers import postgres

sys.path.insert(0, str(ROOT / "tests/scenario"))
from shell_blocks import commands  # noqa: E402

ENGINE = re.compile(r"^([A-Z_]+=\S+ )*docker ")
GUIDE = "docs/QUICK_START_GUIDE.md"


def of_engine(text):
    """Without what they set in the environment."""
    return [ENGINE.sub("docker ", command) for command in commands(text) if ENGINE.match(command)]


class QuickStart(unittest.TestCase):
    def test_commands_answer(self):
        wanted = [command for command in commands(text_of(GUIDE)) if not ENGINE.match(command)]
        self.assertGreater(len(wanted), 9)
        with Topology() as here, tempfile.TemporaryDirectory(prefix="marquee-guide-") as scratch:
            copy = Path(scratch)
            shutil.copytree(ROOT / "deploy", copy / "deploy")
            shutil.copy(ROOT / ".env.example", copy)
            for command in wanted:
                with self.subTest(command=command):
                    self.run_one(command, here, copy)
            self.assertTrue((copy / "secrets/postgres_password").exists())

    def run_one(self, command, here, folder):
        command = command.replace("http://localhost:3000", f"http://127.0.0.1:{here.frontend.port}")
        command = command.replace("http://localhost", f"http://127.0.0.1:{here.nginx.port}")
        command = command.replace("curl ", "curl -sS --fail-with-body -m 30 ")
        if "health_check.sh" in command:  # without an engine it is told where they are
            command += " --at " + " ".join(f"{name}={where}" for name, where in here.health().items())
        done = subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=False,
                              timeout=400, stdin=subprocess.DEVNULL,
                              env={**os.environ, "REDIS_PASSWORD_FILE": str(here.secrets / "redis_password")})
        self.assertEqual(done.returncode, 0, f"{command}\n{done.stdout}\n{done.stderr}")
        if "curl" in command and "/health" not in command:
            self.assertTrue(done.stdout.startswith("{"), done.stdout)


class Restore(unittest.TestCase):
    """What docs/operating.md does with pg_dump and pg_restore in containers, by the same two programs."""

    def test_a_dump_that_came_back_goes_on_with_the_topic(self):
        url = os.environ["STACK_POSTGRES_URL"]
        with Topology() as here:
            dump = self.postgres(here, "pg_dump", "-Fc", url)
            answer = ask(here.nginx.port, "/api/events", "POST", headers={"Content-Type": "application/json"},
                         body=b'{"user_id": "after-the-dump", "movie_id": "3", "event_type": "like"}')
            self.assertEqual(answer.status, 202, answer.body)
            for name in ("api", "speed"):
                here.processes[name].terminate()
                here.processes[name].wait(timeout=60)
            self.postgres(here, "pg_restore", "-d", url, "--clean", "--if-exists", given=dump)
            for name in ("api", "speed"):
                here.start(name)
                here.wait(name, here.ports[name])
            path = f"/api/recommendations?user_id=after-the-dump&min_offset={answer.json()['offset']}"
            deadline = time.monotonic() + 60
            while "stale" in (found := ask(here.ports["api"], path).json()) and time.monotonic() < deadline:
                time.sleep(0.2)
            self.assertNotIn("stale", found)  # the event that the dump had not is folded again
            history = ask(here.ports["api"], "/api/users/after-the-dump/history").json()["history"]
            self.assertEqual([entry["movie_id"] for entry in history], ["3"])

    def postgres(self, here, program, *arguments, given=None):
        done = subprocess.run([postgres.binaries() / program, *arguments], input=given, capture_output=True,
                              check=False, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout


# Of the stack that operators come from: what its own documents have them call, beside curl at the gateway.
THERE = ("scripts/health_check.sh", "pytest tests/", "asyncpg", "psql -U airflow -d moviedb", "airflow dags test",
         "airflow dags trigger", "airflow tasks logs", "streaming_recommendations.py", "spark-submit --version",
         "curl http://localhost:8088", "docker compose logs -f fastapi", "docker logs kafka", "docker compose ps",
         "docker stats", "docker info", "docker system df", "docker system prune", "docker volume prune",
         "docker compose build airflow-webserver")


class FromThePythonStack(unittest.TestCase):
    def test_each_command_has_its_counterpart(self):
        _, heading, table = text_of(GUIDE).partition("## Coming from the Python stack")
        self.assertTrue(heading)
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("| `")]
        for command in THERE:
            with self.subTest(command=command):
                self.assertEqual(len([row for row in rows if command in row[0]]), 1)
        for row in rows:
            self.assertTrue(len(row) == 3 and all(row), row)


class NeedAnEngine(unittest.TestCase):
    def test_each_has_its_counterpart_in_the_table(self):
        text = text_of(GUIDE)
        table = " ".join(re.findall(r"^\| (`docker.*?) \|", text, re.MULTILINE))
        for command in of_engine(text):
            verb = re.sub(r" (-f \S+|--profile \S+)", "", command).split()[2]
            self.assertIn(verb, table, command)

    def test_each_names_services_that_exist(self):
        for page in (GUIDE, "docs/operating.md"):
            for command in of_engine(text_of(page)):
                words = command.split()
                if words[:2] == ["docker", "compose"] and words[2] in ("exec", "run", "restart", "kill"):
                    named = [word for word in words[3:] if not word.startswith("-") and word not in ("HUP", "marquee")]
                    self.assertIn(named[0], services(), command)

    def test_files_that_commands_name_exist(self):
        for page in (GUIDE, "docs/operating.md", "docs/DOCKERFILE_FIXES_CHANGELOG.md"):
            for path in re.findall(r"(?<![\w/])((?:deploy|tools|tests)/[\w./-]+\w)", text_of(page)):
                self.assertTrue((ROOT / path).exists(), f"{page}: {path}")


if __name__ == "__main__":
    unittest.main()
