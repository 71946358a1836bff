"""The jobs on a real master with two workers, the lakehouse in a real bucket, the model served by the program:

    tools/stack exec spark minio -- tests/spark/run jobs
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import uuid
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy
import pyarrow
import pyarrow.parquet
from small_world import RANK, ROOT, must, write_dataset

sys.path.insert(0, str(ROOT / "tests/scenario"))
from servers import s3  # noqa: E402
from client import Client  # noqa: E402
from program import Program, Server  # noqa: E402

URL = os.environ.get("STACK_S3_URL", "")


class Bucket:
    """A folder of the bucket for this test alone."""

    def __init__(self):
        self.prefix = "spark-" + uuid.uuid4().hex[:8]
        there = urlsplit(URL)
        self.name = there.netloc
        self.uri = URL.replace(f"s3://{self.name}", f"s3://{self.name}/{self.prefix}", 1)
        self.port = urlsplit(parse_qs(there.query)["endpoint"][0]).port
        self.keys = os.environ["STACK_S3_ACCESS_KEY"], os.environ["STACK_S3_SECRET_KEY"]

    def get(self, key):
        status, body = s3.request("GET", self.port, f"/{self.name}/{self.prefix}/{key}", *self.keys)
        assert status == 200, f"{key}: {status}"
        return body


def submit(job, run_id, objects):
    return subprocess.run([ROOT / "tools/spark_submit", job, "--run-id", run_id], capture_output=True, text=True,
                          check=False, timeout=1500, env={**os.environ, "MARQUEE_OBJECTS": objects})


@unittest.skipUnless(URL and "STACK_SPARK_URL" in os.environ, "wants tools/stack exec spark minio")
class JobsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.bucket = Bucket()
        cls.data = Path(scratch.name) / "data"
        cls.environment = {"AWS_ACCESS_KEY_ID": cls.bucket.keys[0], "AWS_SECRET_ACCESS_KEY": cls.bucket.keys[1],
                           "MARQUEE_OBJECTS": cls.bucket.uri}
        cls.must("import", "--dataset", str(write_dataset(Path(scratch.name) / "set")))
        cls.must("batch", "run", "--run-id", "native")

    @classmethod
    def must(cls, *arguments):
        return must(cls.data, *arguments, environment=cls.environment)

    def trained(self, job, run_id):
        """The manifest of the model that the job makes of a new run."""
        self.must("batch", "archive", "--run-id", run_id)
        done = submit(job, run_id, self.bucket.uri)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])
        return self.manifest(run_id)

    def manifest(self, run_id):
        version = json.loads(self.bucket.get(f"runs/{run_id}.json"))["model_version"]
        return json.loads(self.bucket.get(f"models/{version}/manifest.json"))

    def vectors(self, manifest, name):
        table = pyarrow.parquet.read_table(pyarrow.BufferReader(
            self.bucket.get(f"models/{manifest['version']}/{name}.parquet")))
        return table[0].to_pylist(), table["factor"].combine_chunks().values.to_numpy().reshape(-1, int(RANK))

    def test_mllib_trains_a_model_that_the_program_publishes_and_serves_as_its_own(self):
        native, manifest = self.manifest("native"), self.trained("batch_model_training.py", "mllib")
        self.assertEqual(manifest["rows"], native["rows"])
        self.assertEqual(manifest["input"], native["input"])
        self.assertEqual(manifest["parameters"]["rank"], int(RANK))
        for stage in ("evaluate", "generate", "publish"):
            self.must("batch", stage, "--run-id", "mllib")
        program = Program(ROOT / "build/release/bin/marquee", environment={**os.environ, **self.environment})
        with Server(program, self.data) as server:
            answer = Client(server.address).recommendations("u003", limit=5)
            self.assertEqual(answer["model_version"], manifest["version"])
            self.assertEqual(len(answer["recommendations"]), 5)
        again = submit("batch_model_training.py", "mllib", self.bucket.uri)
        self.assertEqual(again.returncode, 0, again.stderr[-2000:])
        self.assertIn("left as it is", again.stdout)

    def test_the_spread_half_steps_give_the_bits_of_the_native_trainer(self):
        native, manifest = self.manifest("native"), self.trained("native_training.py", "spread")
        self.assertEqual(manifest["rows"], native["rows"])
        for name in ("item_factors", "user_factors"):
            (ids, vectors), (wanted_ids, wanted) = self.vectors(manifest, name), self.vectors(native, name)
            self.assertEqual(ids, wanted_ids)
            self.assertTrue(numpy.array_equal(vectors, wanted), name)

    def test_a_bucket_that_is_missing_ends_with_one_clear_line(self):
        missing = re.sub("s3://[^?]*", "s3://nowhere", URL)
        done = submit("batch_model_training.py", "mllib", missing)
        self.assertEqual(done.returncode, 1, done.stderr[-2000:])
        self.assertIn("batch_model_training: s3a://nowhere cannot be read", done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    unittest.main()
