"""Scenarios run on both profiles, unchanged, but for those that say why not."""

import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from cases import all_cases  # noqa: E402
from steps import read_topic  # noqa: E402


class Profiles(unittest.TestCase):
    def test_those_that_are_data_run_on_both(self):
        for path in (HERE / "topics").glob("*.json"):
            for scenario in read_topic(path):
                self.assertTrue(scenario.platform and scenario.embedded, f"{scenario.topic}: {scenario.name}")

    def test_a_case_that_is_not_on_the_platform_says_why(self):
        for case in all_cases():
            with self.subTest(case=f"{case.topic}: {case.name}"):
                self.assertTrue(case.platform or case.tls or len(case.embedded_only) > 20)

    def test_a_case_runs_somewhere(self):
        for case in all_cases():
            self.assertTrue(case.embedded or case.platform or case.tls, case.name)


if __name__ == "__main__":
    unittest.main()
