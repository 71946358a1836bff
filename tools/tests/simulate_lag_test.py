"""tools/simulate_lag: its arithmetic against what can be said by hand."""

import importlib.machinery
import importlib.util
import subprocess
import unittest
from pathlib import Path

TOOL = Path(__file__).resolve().parent.parent / "simulate_lag"
loader = importlib.machinery.SourceFileLoader("simulate_lag", str(TOOL))
simulate_lag = importlib.util.module_from_spec(importlib.util.spec_from_loader("simulate_lag", loader))
loader.exec_module(simulate_lag)
Plan, simulate = simulate_lag.Plan, simulate_lag.simulate

CALM = {"partitions": 8, "processes": 4, "rate": 1_000, "peak": 1, "event_us": 1_000, "seconds": 120}


class SimulateLagTest(unittest.TestCase):
    def test_every_event_is_folded_or_pending(self):
        for more in ({}, {"kill_at": 30}, {"join_at": 30}, {"interval_s": 5}, {"skew": 1}, {"rate": 9_000}):
            outcome = simulate(Plan(**{**CALM, **more}))
            pending = outcome.moments[-1].pending
            self.assertAlmostEqual(outcome.accepted, outcome.folded + pending, delta=1e-3, msg=more)
            self.assertGreaterEqual(min(moment.pending for moment in outcome.moments), -1e-6)
            self.assertAlmostEqual(outcome.accepted, 120 * {**CALM, **more}["rate"], delta=1, msg=more)

    def test_with_cores_to_spare_nothing_lags(self):
        self.assertLess(simulate(Plan(**CALM)).worst.lag_s, 0.2)

    def test_a_killed_process_costs_its_session_and_a_claim(self):
        outcome = simulate(Plan(**CALM, kill_at=30, session_s=10, claim_s=1))
        self.assertAlmostEqual(outcome.worst.lag_s, 11, delta=0.3)
        # A quarter of the events of 10 s, and all of 1 s.
        self.assertAlmostEqual(outcome.worst.pending, 2_500 + 1_000, delta=200)
        self.assertIsNotNone(outcome.caught_up_at())
        self.assertEqual(outcome.moments[-1].folding, 3)

    def test_a_process_that_joins_costs_a_claim_and_takes_its_share(self):
        outcome = simulate(Plan(**CALM, join_at=30, claim_s=2))
        self.assertAlmostEqual(outcome.worst.lag_s, 2, delta=0.3)
        self.assertEqual(outcome.moments[-1].folding, 5)

    def test_a_peak_above_the_cores_is_worked_off_after_it(self):
        outcome = simulate(Plan(**{**CALM, "rate": 3_000, "peak": 2, "seconds": 600}))
        self.assertGreater(outcome.worst.lag_s, 3)
        self.assertIsNotNone(outcome.caught_up_at())
        self.assertIsNone(simulate(Plan(**{**CALM, "rate": 5_000})).caught_up_at())

    def test_more_processes_than_partitions_help_nobody(self):
        full = {**CALM, "rate": 6_000}
        eight, twelve = simulate(Plan(**{**full, "processes": 8})), simulate(Plan(**{**full, "processes": 12}))
        self.assertAlmostEqual(eight.worst.lag_s, twelve.worst.lag_s, delta=0.2)

    def test_skew_makes_one_partition_lag_though_there_are_cores_enough(self):
        even = simulate(Plan(**{**CALM, "rate": 6_000, "processes": 8}))
        skewed = simulate(Plan(**{**CALM, "rate": 6_000, "processes": 8, "skew": 1.2}))
        self.assertLess(even.worst.lag_s, 0.2)
        self.assertGreater(skewed.worst.lag_s, 5)

    def test_micro_batches_lag_their_interval_and_no_more_while_one_core_is_enough(self):
        outcome = simulate(Plan(**{**CALM, "rate": 500, "interval_s": 5}))
        self.assertGreater(outcome.worst.lag_s, 4.5)
        self.assertLess(outcome.worst.lag_s, 8)
        self.assertGreater(simulate(Plan(**{**CALM, "rate": 2_000, "interval_s": 5})).worst.lag_s, 30)

    def test_it_prints_a_table_and_a_verdict(self):
        done = subprocess.run([TOOL, "--seconds", "30", "--every", "10", "--partitions", "4", "--processes", "2",
                               "--rate", "100"], capture_output=True, text=True, check=True)
        self.assertEqual(len(done.stdout.splitlines()), 1 + 3 + 1)
        self.assertIn("within a second again", done.stdout)
        self.assertEqual(subprocess.run([TOOL, "--rate", "0"], capture_output=True, check=False).returncode, 2)


if __name__ == "__main__":
    unittest.main()
