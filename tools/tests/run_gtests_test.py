"""tools/run_gtests.py on the output of GoogleTest programs: nothing that failed is missed."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import run_gtests  # noqa: E402


class RunGtestsTest(unittest.TestCase):
    def read(self, output, code):
        outcome = run_gtests.Outcome(Path("marquee_x_test"), output)
        run_gtests.read_output(outcome, code)
        return outcome

    def test_counts_what_passed_and_what_failed(self):
        outcome = self.read("[ RUN      ] A.One\n[       OK ] A.One (0 ms)\n[ RUN      ] A.Two\n"
                            "x.cpp:1: Failure\n[  FAILED  ] A.Two, where GetParam() = 3 (12 ms)\n"
                            "[ RUN      ] A.Three\n[  SKIPPED ] A.Three (0 ms)\n"
                            "[  PASSED  ] 1 test.\n[  FAILED  ] 1 test, listed below:\n"
                            "[  FAILED  ] A.Two, where GetParam() = 3\n", 1)
        self.assertEqual((outcome.passed, outcome.failed, outcome.skipped), (1, ["A.Two"], 1))

    def test_a_crash_is_the_failure_of_the_test_it_was_in(self):
        outcome = self.read("[ RUN      ] A.One\n[       OK ] A.One (0 ms)\n[ RUN      ] A.Two\n"
                            "ERROR: AddressSanitizer: heap-use-after-free\n", -6)
        self.assertEqual((outcome.passed, outcome.failed), (1, ["A.Two"]))

    def test_a_program_that_fails_outside_of_a_test_counts_once(self):
        outcome = self.read("[ RUN      ] A.One\n[       OK ] A.One (0 ms)\nLeakSanitizer: leaks\n", 23)
        self.assertEqual((outcome.passed, outcome.failed), (1, ["marquee_x_test (exit code 23)"]))


if __name__ == "__main__":
    unittest.main()
