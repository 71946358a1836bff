"""How good MLlib's model is beside the native trainer's, on viewers that neither has seen:

    tools/stack exec spark -- tests/spark/run quality

On $MARQUEE_DATASET where it is set, else on a synthetic world. `./dev bench spark` measures more.
"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

from small_world import ROOT

BENCH = ROOT / "build/release/bin/marquee_bench_spark"
DATASET = os.environ.get("MARQUEE_DATASET") or "synthetic:1500:3000:150000"
JOB = "batch_model_training"
WITHIN = 0.010


@unittest.skipUnless("STACK_SPARK_URL" in os.environ, "wants tools/stack exec spark")
class QualityTest(unittest.TestCase):
    def must(self, *command, environment=None):
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900,
                              env={**os.environ, **(environment or {})})
        self.assertEqual(done.returncode, 0, f"{command}: {done.stdout[-1000:]} {done.stderr[-3000:]}")
        return done.stdout

    def test_mllib_ranks_for_viewers_it_has_not_seen_as_well_as_the_native_trainer(self):
        with tempfile.TemporaryDirectory() as scratch:
            lakehouse = Path(scratch) / "lakehouse"
            lakehouse.mkdir()
            self.must(BENCH, "split", DATASET, lakehouse)
            self.must(ROOT / "tools/spark_submit", JOB + ".py", "--run-id", JOB,
                      environment={"MARQUEE_OBJECTS": f"file:{lakehouse}"})
            told = self.must(BENCH, "measure", DATASET, lakehouse)
        print("\n    " + told.strip().replace("\n", "\n    "), flush=True)
        native = re.search(r"marquee batch train +NDCG@100 ([.\d]+) of (\d+) viewers", told)
        spark = re.search(JOB + r" +NDCG@100 [.\d]+, ([+-][.\d]+) \(", told)
        self.assertTrue(native and spark, told)
        self.assertGreater(float(native[1]), 0.2, "neither has learnt anything")
        self.assertGreaterEqual(int(native[2]), 100)
        self.assertLessEqual(abs(float(spark[1])), WITHIN)


if __name__ == "__main__":
    unittest.main()
