"""What a cell calls wrong, on numbers made up."""

import sys
import unittest
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parent.parent / "scenario")]
from cells import KINDS, Cell, all_cells, grown  # noqa: E402
from open_loop import Phase, Plan  # noqa: E402
from proxy import Counts  # noqa: E402

BY_NAME = {kind.name: kind for kind in KINDS}
PLAN = Plan("http://127.0.0.1:1", [], [], lists_per_s=100)


def good_phase(**changes):
    phase = Phase(times_s=[0.01] * 100, named={"cache"})
    phase.probe_times_s["/api/health"] = [0.01]
    for name, value in changes.items():
        setattr(phase, name, value)
    return phase


class CellTest(unittest.TestCase):
    def wrong(self, kind="hung", servers=("redis",), after=None, **changes):
        cell = Cell("redis hung", servers, BY_NAME[kind])
        return cell.look_at_answers(good_phase(**changes), after or Phase(), PLAN, 1)

    def test_every_server_is_broken_in_every_way_and_all_at_once(self):
        titles = [cell.title for cell in all_cells(("kafka", "redis"))]
        self.assertEqual(len(titles), 3 * len(KINDS))
        self.assertIn("kafka slow", titles)
        self.assertIn("all full", titles)

    def test_nothing_is_wrong_with_quick_whole_answers(self):
        self.assertEqual(self.wrong(), [])

    def test_slow_and_missing_lists_are_wrong(self):
        self.assertIn("99th percentile", self.wrong(times_s=[0.01] * 90 + [3.0] * 10)[0])
        self.assertIn("only 50 lists", self.wrong(times_s=[0.01] * 50)[0])

    def test_health_must_answer_and_name_what_is_broken(self):
        self.assertIn("did not name ['cache']", self.wrong(named=set())[0])
        self.assertEqual(self.wrong(kind="full", named=set()), [], "nobody may have met it yet")
        slow = good_phase().probe_times_s | {"/metrics": [5.0]}
        self.assertIn("/metrics took 5.0 s", self.wrong(probe_times_s=slow)[0])

    def test_only_kafka_may_cost_events(self):
        refused = good_phase().events
        refused["refused"] = 1
        self.assertIn("refused though Kafka was well", self.wrong(events=refused)[0])
        self.assertEqual(self.wrong(servers=("kafka",), events=refused, named={"events"}), [])

    def test_wrong_answers_during_the_return_count_too(self):
        after = Phase()
        for _ in range(9):
            after.complain("500")
        self.assertEqual(len(self.wrong(after=after)), 6)

    def test_a_return_is_quick_and_without_a_herd(self):
        cell = Cell("redis hung", ("redis",), BY_NAME["hung"])
        self.assertEqual(cell.look_at_return(1, None, {"redis": Counts(peak_accepted=5)}), [])
        self.assertIn("a herd: 500", cell.look_at_return(1, None, {"redis": Counts(peak_accepted=500)})[0])
        self.assertIn("9000 requests", cell.look_at_return(1, None, {"redis": Counts(peak_pieces=9000)})[0])
        self.assertIn("not well again after 20 s: because",
                      cell.look_at_return(20, "because", {"redis": Counts()})[0])

    def test_growth_counts_and_shrinking_does_not(self):
        self.assertEqual(grown((30, 60), (32, 66)), [])
        self.assertEqual(grown((60, 115), (36, 64)), [])
        self.assertIn("(30, 60) -> (60, 60)", grown((30, 60), (60, 60))[0])


if __name__ == "__main__":
    unittest.main()
