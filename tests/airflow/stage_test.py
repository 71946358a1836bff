#!/usr/bin/env python3
"""A stage as a child process: its lines live, its end as a verdict, never left behind."""

import os
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path
from unittest import mock

import common  # noqa: F401  (finds the DAGs' module)
from marquee_airflow import stage

SLEEPS = "import time; print('begun', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS


def python(code):
    return stage.Stage([sys.executable, "-c", code])


def ends(pid, within_s=20):
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


class JudgeTest(unittest.TestCase):
    def test_success_says_nothing(self):
        stage.judge("train", 0)

    def test_what_no_repeat_would_change_is_final(self):
        for code, word in ((2, "setting"), (3, "old model stays"), (4, "damaged")):
            with self.assertRaisesRegex(stage.StageEnded, word):
                stage.judge("publish of run 2025-01-02", code)

    def test_anything_else_is_worth_another_try(self):
        for code, word in ((1, "exit code 1"), (127, "127"), (-9, "SIGKILL"), (5, "own scheduler has begun")):
            with self.assertRaisesRegex(stage.StageFailed, word):
                stage.judge("train", code)


class StageTest(unittest.TestCase):
    def test_lines_come_while_it_runs_from_both_outputs(self):
        seen, running = [], python("import sys, time; print('one', flush=True);"
                                   "print('two', file=sys.stderr, flush=True); time.sleep(600)")

        def say(line):
            seen.append((line, running.child.poll()))
            if len(seen) == 2:
                running.child.kill()

        self.assertEqual(running.run(say), -signal.SIGKILL)
        self.assertEqual(seen, [("one", None), ("two", None)])

    def test_its_exit_code_and_bytes_that_are_no_text(self):
        seen = []
        code = python("import sys; sys.stdout.buffer.write(b'\\xff\\n'); sys.exit(3)").run(seen.append)
        self.assertEqual((code, len(seen)), (3, 1))

    def test_an_interruption_reaches_it_and_waits_for_its_end(self):
        running = python(SLEEPS)

        def interrupt(_line):
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            running.run(interrupt)
        self.assertEqual(running.child.returncode, -signal.SIGTERM)

    def test_one_that_does_not_hear_is_killed(self):
        running = python(STUBBORN)
        running.run(lambda _line: running.stop(patience_s=0.2))
        self.assertEqual(running.child.returncode, -signal.SIGKILL)

    def test_stop_before_and_after_it_ran_does_nothing(self):
        running = python("pass")
        running.stop()
        running.run(print)
        running.stop()

    def test_it_ends_with_a_parent_that_was_killed(self):
        parent = subprocess.Popen(
            [sys.executable, "-c",
             f"import sys; sys.path.insert(0, {str(common.ROOT / 'deploy/airflow/dags')!r})\n"
             "from marquee_airflow.stage import Stage\n"
             f"stage = Stage([sys.executable, '-c', {SLEEPS!r}])\n"
             "stage.run(lambda line: print(stage.child.pid, flush=True))"],
            stdout=subprocess.PIPE, text=True)
        child = int(parent.stdout.readline())
        parent.kill()
        parent.wait()
        parent.stdout.close()
        self.assertTrue(ends(child))

    def test_a_missing_program_is_final_and_named(self):
        with self.assertRaisesRegex(stage.StageEnded, "/no/marquee.*MARQUEE_BIN"):
            stage.Stage(["/no/marquee"]).run(print)

    def test_marquee_sees_its_settings_and_not_ours(self):
        with mock.patch.dict(os.environ, {"MARQUEE_BIN": "x", "MARQUEE_DATA_DIR": "/data"}):
            environment = stage.settings_environment()
        self.assertEqual(environment["MARQUEE_DATA_DIR"], "/data")
        self.assertNotIn("MARQUEE_BIN", environment)


class AskTest(unittest.TestCase):
    def test_it_is_what_was_printed_or_worth_another_try(self):
        with mock.patch.dict(os.environ, {"MARQUEE_BIN": "/bin/echo"}):
            self.assertEqual(stage.ask("runs", "list"), "runs list\n")
        for program in ("/bin/false", "/no/marquee"):
            with mock.patch.dict(os.environ, {"MARQUEE_BIN": program}):
                with self.assertRaisesRegex(stage.StageFailed, "runs list"):
                    stage.ask("runs", "list")


if __name__ == "__main__":
    unittest.main()
