"""lanes.py: nothing is lost, left uncounted or out of order when scenarios run at once."""

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from types import SimpleNamespace

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from lanes import Lanes, groups_of  # noqa: E402
from program import Stage  # noqa: E402


def case(name, function=lambda stage: None, seconds=1.0):
    return SimpleNamespace(topic="t", name=name, function=function, seconds=seconds)


def data(name, run=lambda client: None, seconds=0.1):
    return SimpleNamespace(topic="d", name=name, steps=[], run=run, seconds=seconds)


class FakeServer:
    """Which process started it; it lives until it is ended."""

    def __init__(self):
        self.client, self.is_alive = os.getpid(), True

    def alive(self):
        return self.is_alive

    def end(self):
        self.is_alive = False


class LanesTest(unittest.TestCase):
    def setUp(self):
        self.scratch = Path(self.enterContext(tempfile.TemporaryDirectory()))
        (self.scratch / "base").mkdir()
        self.stage = Stage(SimpleNamespace(serve=lambda data: FakeServer()), self.scratch, "synthetic")

    def run_at_once(self, scenarios, jobs=2):
        """(how many passed, the lines that were printed)."""
        said = self.scratch / "said"
        with said.open("a", buffering=1) as file, contextlib.redirect_stdout(file):
            passed = Lanes(groups_of(scenarios), self.stage, jobs).run()
        return passed, said.read_text().splitlines()

    def note(self, text):
        with (self.scratch / "noted").open("a") as file:
            file.write(text + "\n")

    def noted(self):
        return (self.scratch / "noted").read_text().split()

    def test_what_takes_longest_comes_first_and_equals_keep_their_order(self):
        groups = groups_of([case("a"), case("long", seconds=9), case("b"), case("c")])
        self.assertEqual([[each.name for each in group] for group in groups], [["long"], ["a"], ["b"], ["c"]])

    def test_those_that_share_a_server_are_one_group_in_their_order(self):
        groups = groups_of([data("x"), case("a"), data("y"), data("z", seconds=0.05)])
        self.assertEqual([[each.name for each in group] for group in groups], [["a"], ["x", "y", "z"]])

    def test_those_that_share_a_server_get_the_same_one_in_order(self):
        sharing = [data(str(number), lambda client, number=number: self.note(f"{number}:{client}"))
                   for number in range(20)]
        passed, _ = self.run_at_once([*sharing, case("other")])
        self.assertEqual(passed, 21)
        numbers, servers = zip(*(line.split(":") for line in self.noted()))
        self.assertEqual(numbers, tuple(map(str, range(20))))
        self.assertEqual(len(set(servers)), 1)

    def test_as_many_run_at_once_as_there_are_jobs(self):
        def meet(stage, mine, others):
            (self.scratch / mine).touch()
            until = time.monotonic() + 60
            while not (self.scratch / others).exists():
                assert time.monotonic() < until, "the other one never ran"
                time.sleep(0.01)

        both = [case("a", lambda stage: meet(stage, "a", "b")), case("b", lambda stage: meet(stage, "b", "a"))]
        self.assertEqual(self.run_at_once(both)[0], 2)

    def test_each_scenarios_lines_stay_together(self):
        def talk(stage):
            for _ in range(50):
                print("  word")
                time.sleep(0.0005)

        _, lines = self.run_at_once([case(f"n{number}", talk) for number in range(6)])
        for number, line in enumerate(lines):
            self.assertEqual(line == "  word", number % 51 != 50, line)
            self.assertTrue(line == "  word" or re.fullmatch(r"ok - t: n\d \(\d+\.\d s\)", line), line)

    def test_a_failure_says_why_and_the_others_go_on(self):
        def fails(stage):
            assert False, "because\nof this"

        passed, lines = self.run_at_once([case("bad", fails), case("a"), case("b")])
        self.assertEqual(passed, 2)
        at = lines.index("FAILED - t: bad")
        self.assertEqual(lines[at + 1:at + 3], ["  because", "  of this"])

    def test_what_a_process_did_not_live_to_finish_has_not_passed(self):
        passed, lines = self.run_at_once([case("dies", lambda stage: os._exit(9), 2), case("a"), case("b")])
        self.assertEqual(passed, 2)
        self.assertIn("FAILED - a process that ran scenarios ended with 9", lines)

    def test_no_two_processes_get_the_same_path(self):
        def take(stage):
            for _ in range(200):
                self.note(stage.empty().name)

        self.run_at_once([case(f"n{number}", take) for number in range(4)], jobs=4)
        self.assertEqual(len(set(self.noted())), 800)

    def test_each_process_knows_which_of_how_many_it_is(self):
        def tell(stage):
            self.note(f"{stage.lane}/{stage.lanes}")
            time.sleep(0.3)

        self.run_at_once([case("a", tell), case("b", tell)])
        self.assertLessEqual(set(self.noted()), {"0/2", "1/2"})

    def test_a_signal_to_run_py_ends_what_its_processes_started(self):
        script = self.scratch / "script.py"
        script.write_text(
            f"import signal, subprocess, sys, time\nsys.path.insert(0, {str(HERE)!r})\n"
            "from types import SimpleNamespace\nfrom lanes import Lanes, groups_of\n"
            "def serve(stage):\n    child = subprocess.Popen(['sleep', '600'])\n"
            f"    try:\n        open({str(self.scratch / 'noted')!r}, 'a').write(f'{{child.pid}}\\n')\n"
            "        time.sleep(600)\n    finally:\n        child.kill()\n        child.wait()\n"
            "signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
            "cases = [SimpleNamespace(topic='t', name=n, function=serve, seconds=1) for n in 'ab']\n"
            "Lanes(groups_of(cases), SimpleNamespace(), 2).run()\n")
        with subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL) as runner:
            until = time.monotonic() + 60
            while not (self.scratch / "noted").exists() or len(self.noted()) < 2:
                self.assertLess(time.monotonic(), until)
                time.sleep(0.02)
            runner.terminate()
            self.assertNotEqual(runner.wait(60), 0)
        for pid in self.noted():
            self.assertFalse(Path("/proc", pid).exists(), f"{pid} was left")


if __name__ == "__main__":
    unittest.main()
