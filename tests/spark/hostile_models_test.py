"""Models that a cluster got wrong: `marquee` refuses each with a clear end, and what serves goes on."""

import json
import shutil
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import numpy
from small_world import FILMS, RANK, VIEWERS, marquee, must, write_dataset

from marquee_spark import artifact, lakehouse, run_record

OK, FAILED, REFUSED, DAMAGED = 0, 1, 3, 4


class HostileModelsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.data = Path(scratch.name) / "data"
        must(cls.data, "import", "--dataset", str(write_dataset(Path(scratch.name) / "set")))
        must(cls.data, "batch", "run", "--run-id", "native")
        cls.in_service = cls.current()
        cls.count = 0

    @classmethod
    def current(cls):
        models = json.loads(must(cls.data, "models", "list", "--json"))["models"]
        return next(model["version"] for model in models if model["standing"] == "current")

    def setUp(self):
        type(self).count += 1
        self.run_id = f"spark-{self.count}"
        must(self.data, "batch", "archive", "--run-id", self.run_id)
        self.store = lakehouse.open_lakehouse(None, f"file:{self.data}/lakehouse")
        self.run_ = run_record.load_run(self.store, self.run_id)
        self.folder = self.data / "lakehouse/models" / self.run_.version
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def good(self):
        """Ids and vectors of the model in service: as good as it."""
        import pyarrow.parquet
        tables = {name: pyarrow.parquet.read_table(
            self.data / "lakehouse/models" / self.in_service / f"{name}.parquet")
            for name in ("user_factors", "item_factors")}
        vectors = {name: table["factor"].combine_chunks().values.to_numpy().reshape(-1, int(RANK)).copy()
                   for name, table in tables.items()}
        return SimpleNamespace(user_ids=tables["user_factors"]["user_id"].to_pylist(),
                               item_ids=tables["item_factors"]["movie_id"].to_pylist(),
                               users=vectors["user_factors"], items=vectors["item_factors"])

    def store_model(self, model):
        events = SimpleNamespace(history_events=1, log_events=0, log_end="")
        matrix = SimpleNamespace(user_ids=model.user_ids, item_ids=model.item_ids, interactions=1)
        artifact.store_model(self.store, self.run_, events, matrix, model.users, model.items, "test", {})

    def ends(self, code, text):
        """The model gets no further than the stages say, and what serves is the same."""
        said = []
        for stage in ("evaluate", "generate", "publish"):
            got, _, stderr = marquee(self.data, "batch", stage, "--run-id", self.run_id)
            said.append(f"{stage}: exit {got}: {stderr.strip().splitlines()[-1]}")
            if got != OK:
                break
        self.assertEqual(got, code, said)
        self.assertIn(text, said[-1])
        self.assertNotEqual(marquee(self.data, "models", "promote", self.run_.version)[0], OK)
        self.assertEqual(self.current(), self.in_service)

    def test_one_as_good_as_the_model_in_service_is_published(self):
        self.store_model(self.good())
        for stage in ("evaluate", "generate", "publish"):
            must(self.data, "batch", stage, "--run-id", self.run_id)
        self.assertEqual(self.current(), self.run_.version)
        must(self.data, "models", "rollback")
        self.assertEqual(self.current(), self.in_service)

    def test_a_nan_is_refused(self):
        model = self.good()
        model.items[3, 2] = numpy.nan
        with mock.patch.object(artifact, "check_vectors"):
            self.store_model(model)
        self.ends(DAMAGED, "finite")

    def test_an_infinity_among_the_viewers_is_refused(self):
        model = self.good()
        model.users[0, 0] = numpy.inf
        with mock.patch.object(artifact, "check_vectors"):
            self.store_model(model)
        self.ends(DAMAGED, "finite")

    def test_other_dimensions_than_the_run_wants_are_refused(self):
        model = self.good()
        model.users, model.items = model.users[:, :5], model.items[:, :5]
        self.store_model(model)
        self.ends(DAMAGED, "rank")

    def test_films_of_another_catalogue_are_refused(self):
        model = self.good()
        model.item_ids = [f"other{number:03}" for number in range(FILMS)][:len(model.item_ids)]
        self.store_model(model)
        self.ends(REFUSED, self.run_.version)

    def test_half_of_the_viewers_are_refused(self):
        model = self.good()
        model.user_ids, model.users = model.user_ids[:VIEWERS // 2], model.users[:VIEWERS // 2]
        self.store_model(model)
        self.ends(REFUSED, "viewers")

    def test_vectors_without_a_sense_are_refused_by_their_quality(self):
        model = self.good()
        model.items = numpy.random.default_rng(5).normal(size=model.items.shape).astype(numpy.float32)
        self.store_model(model)
        self.ends(REFUSED, "NDCG")

    def test_ids_that_do_not_ascend_are_refused(self):
        model = self.good()
        model.item_ids = model.item_ids[::-1]
        self.store_model(model)
        self.ends(DAMAGED, "")

    def test_a_file_that_differs_from_its_checksum_is_refused(self):
        self.store_model(self.good())
        path = self.folder / "user_factors.parquet"
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        self.ends(DAMAGED, "user_factors.parquet")

    def test_a_manifest_that_was_changed_is_refused(self):
        self.store_model(self.good())
        path = self.folder / "manifest.json"
        path.write_text(path.read_text().replace('"rank":', '"rank" :', 1))
        self.ends(DAMAGED, "checksum")

    def test_a_model_whose_manifest_was_never_written_does_not_exist(self):
        self.store_model(self.good())
        (self.folder / "manifest.json").unlink()
        self.ends(FAILED, "no model")

    def test_an_attempt_again_leaves_a_stored_model_as_it_is_and_replaces_a_damaged_one(self):
        self.store_model(self.good())
        self.assertTrue(artifact.is_stored(self.store, self.run_))
        (self.folder / "item_factors.parquet").write_bytes(b"cut")
        self.assertFalse(artifact.is_stored(self.store, self.run_))


if __name__ == "__main__":
    unittest.main()
