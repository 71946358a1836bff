"""The plan's arithmetic."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import plan

FIGURES = plan.MEASURED_ELSEWHERE | {
    "fold_us_per_event": 2.0, "state_bytes_per_viewer": 5_000.0, "state_events_per_viewer": 100,
    "epoch_ns_per_positive": 200.0, "epoch_ns_per_row": 10_000.0, "sweep_us_per_1000_films": 5.0,
    "lists_us_per_1000_films": 2.0}


class Plan(unittest.TestCase):
    def test_grows_with_viewers_in_everything_that_is_theirs(self):
        one, two = (plan.plan(plan.Load(viewers=viewers), FIGURES) for viewers in (1e8, 2e8))
        for name in ("events, peak", "topic, 7 days, 3 copies", "folded state, once", "viewers' vectors"):
            self.assertAlmostEqual(two[name][0], 2 * one[name][0], msg=name)
        self.assertEqual(two["item vectors, once a process"], one["item vectors, once a process"])

    def test_agrees_with_a_calculation_by_hand(self):
        made = plan.plan(plan.Load(), FIGURES)
        self.assertAlmostEqual(made["events, average"][0], 3e7 * 20 / 86_400)
        # 10^10 positives of 200 ns and 1.01 x 10^8 rows of 10 us.
        self.assertAlmostEqual(made["an epoch"][0] * 3600, 2_000 + 1_010)
        self.assertAlmostEqual(made["folded state, once"][0], 1e8 * 5_000 / 2**30)

    def test_gives_each_core_that_folds_at_least_four_partitions(self):
        for viewers in (1e4, 1e6, 1e8, 1e9):
            made = plan.plan(plan.Load(viewers=viewers), FIGURES)
            self.assertGreaterEqual(made["partitions"][0], 4 * (made["cores that fold, peak"][0] - 1))


if __name__ == "__main__":
    unittest.main()
