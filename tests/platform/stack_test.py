"""tools/stack with the four real servers: they start, answer whom they should, survive kill -9 and
end. Takes some 40 seconds on two cores once the servers were brought.

    python3 -m unittest discover -s tests/platform -p '*_test.py'
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools"))
from servers import process, stack  # noqa: E402

LISTENING = "0A"  # in the column 'st' of /proc/net/tcp
LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}


def run(*arguments, environment=None):
    return subprocess.run([ROOT / "tools/stack", *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=1800, check=False,
                          env={**os.environ, **(environment or {})})


def listening_addresses(pid):
    """Hexadecimal local addresses on which a process or a descendant listens."""
    inodes = set()
    for member in process.tree(pid):
        for file in Path(f"/proc/{member}/fd").iterdir():
            try:
                target = os.readlink(file)
            except OSError:
                continue
            if target.startswith("socket:["):
                inodes.add(target[8:-1])
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and fields[9] in inodes:
                found.add(fields[1].partition(":")[0])
    return found


def redis_says(port, *commands):
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall("".join(command + "\r\n" for command in commands).encode())
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while received := connection.recv(4096):
            answer += received
    return answer.decode()


class RealServersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = Path(scratch.name)
        cls.addClassCleanup(run, "down", "--dir", scratch.name)
        done = run("up", "--dir", scratch.name)
        if done.returncode != 0:
            raise AssertionError(f"tools/stack up: {done.stderr}")

    def setUp(self):
        self.stack = stack.Stack(self.folder)

    def must(self, *arguments):
        done = run(*arguments, "--dir", str(self.folder))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.stack = stack.Stack(self.folder)
        return done.stdout

    def record(self, name):
        return self.stack.state.record(name)

    def test_all_are_running_and_a_second_up_leaves_them_alone(self):
        before = {name: self.record(name)["pid"] for name in stack.by_default()}
        self.must("up")
        self.assertEqual({name: self.record(name)["pid"] for name in stack.by_default()}, before)
        table = self.must("status")
        self.assertEqual(table.count("running"), len(stack.by_default()), table)

    def test_they_listen_on_loopback_only(self):
        for name in stack.by_default():
            found = listening_addresses(self.record(name)["pid"])
            self.assertTrue(found, name)
            self.assertLessEqual(found, LOOPBACK, name)

    def test_no_password_stands_in_a_command_line(self):
        secrets = {secret for record in self.stack.state.servers.values()
                   for key, secret in record["secrets"].items() if key != "user"}
        self.assertGreaterEqual(len(secrets), 3)
        for name in stack.by_default():
            for pid in process.tree(self.record(name)["pid"]):
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
                for secret in secrets:
                    self.assertNotIn(secret, command, name)

    def test_redis_wants_its_password_and_evicts(self):
        server = self.stack.server("redis")
        self.assertIn("NOAUTH", redis_says(server.port, "PING"))
        answer = redis_says(server.port, f"AUTH {server.secret('password')}",
                            "CONFIG GET maxmemory-policy", "CONFIG GET save")
        self.assertIn("allkeys-lru", answer)

    def test_postgres_has_pgvector_and_refuses_a_wrong_password(self):
        server = self.stack.server("postgres")
        self.assertEqual(server.sql("moviedb", "SELECT '[1,2]'::vector <-> '[1,4]'"), "2")
        self.assertRegex(server.sql("moviedb", "SHOW server_version"), r"^1[6-9]\b")
        self.assertEqual(server.sql("moviedb", "SHOW max_connections"), "100")
        server.record["secrets"]["password_in_use"] = "wrong"
        with self.assertRaisesRegex(OSError, "password authentication failed"):
            server.sql("moviedb", "SELECT 1")

    def test_what_was_committed_survives_kill_9(self):
        self.stack.server("postgres").sql("moviedb", "CREATE TABLE kept AS SELECT 7 AS n")
        self.assertEqual(self.stack.server("minio").request("PUT", "/lakehouse/kept")[0], 200)
        os.kill(self.record("postgres")["pid"], signal.SIGKILL)  # not through the tool
        self.must("kill", "minio", "kafka", "redis")
        gone = run("status", "--dir", str(self.folder))
        self.assertEqual(gone.returncode, 1)
        self.assertEqual(gone.stdout.count(" down "), len(stack.by_default()), gone.stdout)
        ports = {name: self.record(name)["ports"] for name in stack.by_default()}
        self.must("up")
        self.assertEqual({name: self.record(name)["ports"] for name in stack.by_default()}, ports)
        self.assertEqual(self.stack.server("postgres").sql("moviedb", "SELECT n FROM kept"), "7")
        self.assertEqual(self.stack.server("minio").request("GET", "/lakehouse/kept")[0], 200)

    def test_a_paused_server_keeps_silent_until_it_is_resumed(self):
        server = self.stack.server("postgres")
        self.must("pause", "postgres")
        with self.assertRaises((OSError, subprocess.TimeoutExpired)):
            server.sql("postgres", "SELECT 1")
        self.must("resume", "postgres")
        self.assertTrue(server.answers())

    def test_one_is_stopped_and_started_and_the_others_go_on(self):
        before = {name: self.record(name)["pid"] for name in ("kafka", "postgres")}
        self.must("stop", "redis", "minio")
        self.assertEqual(self.must("status").count("stopped"), 2)
        self.must("start", "redis", "minio")
        self.assertEqual({name: self.record(name)["pid"] for name in before}, before)

    def test_a_new_password_in_the_environment_is_taken_at_the_next_start(self):
        self.must("stop", "postgres")
        done = run("start", "postgres", "--dir", str(self.folder),
                   environment={"POSTGRES_PASSWORD": "o'ther \\ word"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.stack = stack.Stack(self.folder)
        self.assertEqual(self.record("postgres")["secrets"]["password_in_use"], "o'ther \\ word")
        self.assertTrue(self.stack.server("postgres").answers())


class ExecTest(unittest.TestCase):
    def test_a_command_gets_every_address_and_nothing_is_left_of_the_servers(self):
        script = ("import json, os, subprocess; d = os.environ['STACK_DIR'];"
                  "print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('STACK_')}));"
                  "print(open(d + '/stack.json').read().replace('\\n', ' '))")
        done = run("exec", "--", sys.executable, "-c", script)
        self.assertEqual(done.returncode, 0, done.stderr)
        variables, state = (json.loads(line) for line in done.stdout.splitlines())
        self.assertEqual(set(variables), {
            "STACK_DIR", "STACK_KAFKA_URL", "STACK_POSTGRES_URL", "STACK_REDIS_URL", "STACK_S3_URL",
            "STACK_S3_ACCESS_KEY", "STACK_S3_SECRET_KEY"})
        for name, record in state["servers"].items():
            self.assertFalse(process.alive(record["pid"], record["identity"]), name)
        self.assertFalse(Path(variables["STACK_DIR"]).exists())


if __name__ == "__main__":
    unittest.main()
