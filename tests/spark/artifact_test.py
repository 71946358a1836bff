"""What the jobs write and how they end, without a Spark: files, manifest, parameters, libmarquee_c."""

import hashlib
import json
import os
import tempfile
import types
import unittest
from pathlib import Path
from unittest import mock

import numpy
import small_world

import batch_model_training
from marquee_spark import artifact, failure, lakehouse, native, native_als, run_record

LIBRARY = small_world.ROOT / "build/release/capi/libmarquee_c.so"
PARAMETERS = run_record.Parameters(4, 2, 0.2, 0.007, 1.0, 0.1, 1)


class ArtifactTest(unittest.TestCase):
    def test_neighbours_are_the_largest_positive_cosines_ties_by_the_smaller_row(self):
        vectors = numpy.random.default_rng(1).normal(size=(130, 5)).astype(numpy.float32)
        vectors[7] = vectors[9] = vectors[3]
        vectors[11] = 0
        unit = vectors / numpy.maximum(numpy.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)
        rows, neighbors, weights = artifact.nearest_items(vectors)
        self.assertFalse((rows == 11).any() or (neighbors == 11).any())
        self.assertEqual(list(neighbors[rows == 3][:2]), [7, 9])
        for row in (0, 64, 129):
            cosines = unit @ unit[row]
            cosines[row] = -1
            mine = neighbors[rows == row]
            self.assertNotIn(row, mine)
            self.assertEqual(len(mine), min(50, int((cosines > 0).sum())))
            self.assertTrue((numpy.diff(weights[rows == row]) <= 0).all())
            self.assertAlmostEqual(cosines[mine].min(), numpy.sort(cosines)[::-1][len(mine) - 1], places=5)
        self.assertTrue(((weights > 0) & (weights <= 1)).all())

    def test_neighbours_do_not_depend_on_how_many_are_looked_at_at_a_time(self):
        vectors = numpy.random.default_rng(2).normal(size=(90, 4)).astype(numpy.float32)
        whole = artifact.nearest_items(vectors)
        with mock.patch.object(artifact, "NEIGHBOR_BLOCK", 7):
            parts = artifact.nearest_items(vectors)
        self.assertTrue((whole[1] == parts[1]).all())

    def test_a_manifest_ends_with_the_checksum_of_what_stands_before_it(self):
        text = artifact.sealed({"schema": 2, "metrics": {}}).decode()
        before, _, after = text.rpartition(',"checksum":"')
        self.assertEqual(after, hashlib.sha256(before.encode()).hexdigest() + '"}')
        self.assertEqual(json.loads(text)["schema"], 2)

    def test_vectors_that_are_not_finite_are_refused_before_anything_is_written(self):
        vectors = numpy.ones((3, 4), numpy.float32)
        artifact.check_vectors("films'", vectors)
        for bad in (numpy.nan, numpy.inf):
            vectors[1, 2] = bad
            with self.assertRaisesRegex(failure.Failed, "1 of the 3 films' vectors"):
                artifact.check_vectors("films'", vectors)

    def test_an_object_in_a_folder_is_replaced_as_a_whole(self):
        with tempfile.TemporaryDirectory() as scratch:
            store = lakehouse.open_lakehouse(None, f"file:{scratch}")
            self.assertIsNone(store.get("models/a/x"))
            for data in (b"one", b"two"):
                store.put("models/a/x", data)
                self.assertEqual(store.get("models/a/x"), data)
            self.assertEqual(os.listdir(Path(scratch) / "models/a"), ["x"])

    def test_a_lakehouse_that_is_none_is_wrong_usage(self):
        for uri in ("", "lakehouse", "http://a/b", "s3:///x", "file:"):
            with self.assertRaises(failure.Failed, msg=uri) as raised:
                lakehouse.open_lakehouse(None, uri)
            self.assertEqual(raised.exception.code, failure.USAGE)


class BlockTest(unittest.TestCase):
    def test_a_block_holds_each_row_with_its_columns(self):
        block = native_als.block_of(numpy.array([3, 3, 5, 9, 9]), numpy.array([1, 4, 0, 2, 7])).iloc[0]
        self.assertEqual(numpy.frombuffer(block.numbers, numpy.uint32).tolist(), [3, 5, 9])
        self.assertEqual(numpy.frombuffer(block.starts, numpy.uint64).tolist(), [0, 2, 3, 5])
        self.assertEqual(numpy.frombuffer(block.columns, numpy.uint32).tolist(), [1, 4, 0, 2, 7])


class RunRecordTest(unittest.TestCase):
    def test_a_run_that_has_not_begun_or_whose_history_is_another_ends_clearly(self):
        with tempfile.TemporaryDirectory() as scratch:
            store = lakehouse.open_lakehouse(None, f"file:{scratch}")
            with self.assertRaisesRegex(failure.Failed, "has not begun"):
                run_record.load_run(store, "r1")
            with self.assertRaisesRegex(failure.Failed, "no run id"):
                run_record.load_run(store, "../r1")
            store.put("runs/r1.json", b'{"schema":1,"history_sha256":"aa"}')
            with self.assertRaisesRegex(failure.Failed, "imported anew"):
                run_record.load_run(store, "r1")
            for text, code in ((b"{", failure.DAMAGED), (b'{"schema":9}', failure.DAMAGED),
                               (b'{"schema":1,"history_sha256":""}', failure.DAMAGED)):
                store.put("runs/r1.json", text)
                with self.assertRaises(failure.Failed) as raised:
                    run_record.load_run(store, "r1")
                self.assertEqual(raised.exception.code, code)


class MllibParametersTest(unittest.TestCase):
    def with_(self, **changed):
        return types.SimpleNamespace(**{**PARAMETERS.__dict__, **changed})

    def test_alpha_is_one_over_the_weight_of_what_was_not_observed(self):
        self.assertAlmostEqual(batch_model_training.alpha_of(PARAMETERS), 5)
        with self.assertRaisesRegex(failure.Failed, "unobserved_weight"):
            batch_model_training.alpha_of(self.with_(unobserved_weight=0.0))

    def test_the_ridge_of_a_viewer_among_equals_is_that_of_the_native_trainer(self):
        # 30 viewers with 6 positives each on 90 films with 2 each.
        regularization = batch_model_training.regularization_of(PARAMETERS, [6] * 30, [2] * 90)
        ours = 0.007 * (6 + 0.2 * 90)
        self.assertAlmostEqual(regularization * 6, ours / 0.2 * 1.2)
        with self.assertRaisesRegex(failure.Failed, "regularization_exp"):
            batch_model_training.regularization_of(self.with_(regularization_exp=0.5), [1], [1])


@mock.patch.dict(os.environ, {"MARQUEE_C_LIBRARY": str(LIBRARY)})
class NativeTest(unittest.TestCase):
    starts, columns = [0, 2, 3], [0, 2, 1]

    def setUp(self):
        self.fixed = numpy.random.default_rng(3).normal(size=(3, 4)).astype(numpy.float32)

    def test_a_half_step_solves_what_numpy_solves(self):
        gramian = native.gramian(self.fixed)
        numpy.testing.assert_allclose(gramian, self.fixed.T @ self.fixed, rtol=1e-5)
        weights = [1.0, 0.5, 2.0]
        solved = native.half_step(PARAMETERS, self.starts, self.columns, self.fixed, gramian, weights)
        for row in range(2):
            part = slice(self.starts[row], self.starts[row + 1])
            y, w = self.fixed[self.columns[part]], numpy.array(weights[part])
            a = 0.2 * gramian + (y.T * w) @ y + 0.007 * (w.sum() + 0.2 * 3) * numpy.eye(4)
            numpy.testing.assert_allclose(solved[row], numpy.linalg.solve(a, w @ y), rtol=1e-3)

    def test_an_epochs_half_steps_come_nearer_to_the_solution_and_leave_what_they_are_given(self):
        gramian = native.gramian(self.fixed)
        solved = native.half_step(PARAMETERS, self.starts, self.columns, self.fixed, gramian)
        vectors, distances = numpy.zeros((2, 4), numpy.float32), []
        for _ in range(2):
            moved = native.improve(PARAMETERS, self.starts, self.columns, self.fixed, gramian, vectors)
            self.assertFalse((moved == vectors).any())
            vectors = moved
            distances.append(abs(solved - vectors).max())
        self.assertLess(distances[0], 1e-2)
        self.assertLess(distances[1], 1e-4)

    def test_where_training_starts_depends_on_the_id_alone(self):
        both = native.initial_vectors(PARAMETERS, ["m1", "m22"])
        self.assertTrue((native.initial_vectors(PARAMETERS, ["m22"])[0] == both[1]).all())
        self.assertFalse((both[0] == both[1]).any())

    def test_what_is_wrong_is_said_by_the_library(self):
        gramian = native.gramian(self.fixed)
        self.fixed[1, 1] = numpy.nan
        with self.assertRaisesRegex(native.NativeError, r"fixed\[5\] is nan"):
            native.half_step(PARAMETERS, self.starts, self.columns, self.fixed, gramian)
        with self.assertRaisesRegex(native.NativeError, "do not fit together"):
            native.half_step(PARAMETERS, self.starts, self.columns[:2], self.fixed, gramian)
        with self.assertRaisesRegex(native.NativeError, "do not fit together"):
            native.half_step(PARAMETERS, self.starts, self.columns, self.fixed[:, :3], gramian)
        with self.assertRaisesRegex(native.NativeError, "do not fit together"):
            native.improve(PARAMETERS, self.starts, self.columns, self.fixed, gramian, numpy.zeros((3, 4)))

    def test_a_library_of_another_abi_is_not_used(self):
        with mock.patch.object(native, "ABI_VERSION", 99):
            native.library.cache_clear()
            self.addCleanup(native.library.cache_clear)
            with self.assertRaisesRegex(native.NativeError, "C ABI 2"):
                native.library(str(LIBRARY))


if __name__ == "__main__":
    unittest.main()
