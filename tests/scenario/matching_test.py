"""The language of the scenario files: what matches and what is said when it does not."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from client import uuid7  # noqa: E402
from matching import fill, find, mismatch  # noqa: E402


class MatchingTest(unittest.TestCase):
    def assert_matches(self, want, got):
        self.assertIsNone(mismatch(want, got))

    def assert_differs(self, want, got, *words):
        said = mismatch(want, got)
        self.assertIsNotNone(said)
        for word in words:
            self.assertIn(word, said)

    def test_an_object_may_have_more_fields_but_not_fewer(self):
        self.assert_matches({"a": 1}, {"a": 1, "b": 2})
        self.assert_differs({"a": 1, "c": {"d": 2}}, {"a": 1, "c": {}}, "body.c.d", "missing")

    def test_an_array_matches_item_by_item(self):
        self.assert_matches([1, {"a": 1}], [1, {"a": 1, "b": 2}])
        self.assert_differs([1], [1, 2])
        self.assert_differs([1, 2], [1, 3], "body.1")

    def test_true_is_not_one(self):
        self.assert_differs(1, True)
        self.assert_differs(True, 1)
        self.assert_differs({"$type": "number"}, True)

    def test_tests_look_at_types_and_ranges(self):
        self.assert_matches({"$type": "null"}, None)
        self.assert_matches({"$between": [0, 1]}, 0.5)
        self.assert_differs({"$between": [0, 1]}, "0.5")
        self.assert_matches({"$regex": "^e:[0-9]+$"}, "e:12")
        self.assert_differs({"$regex": "^e:[0-9]+$"}, 12)
        self.assert_matches({"$one_of": ["a", "b"]}, "b")

    def test_tests_look_into_arrays(self):
        self.assert_matches({"$length": 2}, [1, 2])
        self.assert_matches({"$length": {"$between": [1, 3]}}, [1, 2])
        self.assert_differs({"$each": {"$between": [0, 1]}}, [0.5, 2], "body.1")
        self.assert_matches({"$contains": {"a": 2}}, [{"a": 1}, {"a": 2}])
        self.assert_differs({"$distinct": True}, [1, 1])

    def test_absence_and_negation(self):
        self.assert_matches({"a": {"$absent": True}}, {})
        self.assert_differs({"a": {"$absent": True}}, {"a": None})
        self.assert_matches({"$not": [1, 2]}, [2, 1])
        self.assert_differs({"$not": {"$type": "string"}}, "x")

    def test_variables_fill_texts_and_whole_values(self):
        values = {"user": "u1", "list": [1, 2]}
        self.assertEqual(fill({"a": ["x/${user}", "${list}"]}, values.__getitem__),
                         {"a": ["x/u1", [1, 2]]})

    def test_paths_collect_with_a_star(self):
        self.assertEqual(find({"r": [{"id": "a"}, {"id": "b"}]}, "r.*.id"), ["a", "b"])
        self.assertEqual(find({"r": [{"id": "a"}]}, "r.0.id"), "a")

    def test_ids_are_version_7_and_carry_their_time(self):
        made = uuid7(1_700_000_000_000)
        self.assertRegex(made, r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertEqual(int(made.replace("-", "")[:12], 16), 1_700_000_000_000)


if __name__ == "__main__":
    unittest.main()
