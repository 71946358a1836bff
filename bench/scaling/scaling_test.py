"""The plan's arithmetic and the simulation of a fold whose process dies."""

import dataclasses
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import lag
import plan

FIGURES = plan.MEASURED_ELSEWHERE | {
    "fold_us_per_event": 2.0, "state_bytes_per_viewer": 5_000.0, "state_events_per_viewer": 100,
    "epoch_ns_per_positive": 200.0, "epoch_ns_per_row": 10_000.0, "sweep_us_per_1000_films": 5.0}


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


class Lag(unittest.TestCase):
    even = lag.World(zipf=0.0, partitions=56, processes=8, viewers=200_000)

    def test_the_latest_event_waits_for_the_session_to_end(self):
        outcome = lag.simulate(self.even)
        self.assertAlmostEqual(outcome.late_max, self.even.session, delta=2 * lag.STEP)

    def test_recovery_takes_what_the_arithmetic_says(self):
        # 7 of 8 fold on: 20,000 x (1/8) x 6.7 events wait, and there is room for 35,000 - 20,000 a second.
        outcome = lag.simulate(self.even)
        spare = 7 * self.even.fold_rate - self.even.rate
        expected = self.even.session + self.even.rate / 8 * self.even.session / spare
        self.assertAlmostEqual(outcome.recovered_after, expected, delta=1.0)

    def test_without_room_for_one_that_is_missing_nothing_recovers(self):
        outcome = lag.simulate(dataclasses.replace(self.even, rate=36_000))
        self.assertIsNone(outcome.recovered_after)

    def test_a_process_that_comes_back_ends_the_delay(self):
        world = dataclasses.replace(self.even, rate=30_000, back_at=20.0)
        self.assertIsNotNone(lag.simulate(world).recovered_after)

    def test_every_partition_has_one_owner_after_a_takeover(self):
        owners = lag.assignment(64, 8)
        lag.take_over(owners, 3, 8)
        self.assertEqual(len(owners), 64)
        self.assertNotIn(3, owners.values())
        counts = [list(owners.values()).count(process) for process in range(8) if process != 3]
        self.assertLessEqual(max(counts) - min(counts), 1)

    def test_a_step_folds_neither_more_than_it_may_nor_than_there_is(self):
        behind = [10.0, 1.0, 0.0, 5.0]
        lag.fold_step(behind, [0, 1, 2], 6.0)
        self.assertAlmostEqual(sum(behind), 10.0)
        self.assertEqual(behind[3], 5.0)
        self.assertAlmostEqual(behind[1], 0.0)
        lag.fold_step(behind, [0, 1, 2], 100.0)
        self.assertEqual(behind[:3], [0.0, 0.0, 0.0])


if __name__ == "__main__":
    unittest.main()
