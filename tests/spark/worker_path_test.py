"""A worker's path for modules: Spark's jar goes, whatever holds modules stays; on a Spark of one thread too."""

import importlib.util
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

import small_world  # noqa: F401  (finds marquee_spark)
from pyspark.sql import SparkSession

from marquee_spark import worker_path
from marquee_spark.worker_path import leave_out_jars


class LeaveOutJarsTest(unittest.TestCase):
    def test_a_jar_is_never_read_again_and_archives_with_modules_are_still_found(self):
        with tempfile.TemporaryDirectory() as folder:
            jar, modules = Path(folder) / "spark-core.jar", Path(folder) / "modules.zip"
            for archive, module in ((jar, "in_the_jar"), (modules, "in_the_zip")):
                with zipfile.ZipFile(archive, "w") as file:
                    file.writestr(f"{module}.py", "FOUND = True\n")
            with mock.patch.object(sys, "path", [str(jar), str(modules), *sys.path]), \
                    mock.patch.dict(sys.path_importer_cache):
                self.assertIsNone(importlib.util.find_spec("nowhere"))  # has looked through both
                self.assertIn(str(jar), sys.path_importer_cache)
                leave_out_jars()
                leave_out_jars()
                self.assertNotIn(str(jar), sys.path)
                self.assertNotIn(str(jar), sys.path_importer_cache)
                self.assertIsNone(importlib.util.find_spec("in_the_jar"))
                self.assertIsNotNone(importlib.util.find_spec("in_the_zip"))

    def test_a_worker_of_spark_keeps_what_it_was_left(self):
        jobs = str(Path(worker_path.__file__).parent.parent)

        def jars(rows):
            sys.path.append(jobs)  # where no file goes to workers with the job
            from marquee_spark.worker_path import leave_out_jars
            found = [path for path in sys.path if path.endswith(".jar")]
            leave_out_jars()
            yield len(list(rows)), len(found)

        spark = SparkSession.builder.master("local[1]").getOrCreate()
        self.addCleanup(spark.stop)
        rows = spark.sparkContext.parallelize(range(3), 1)
        [(count, before)] = rows.mapPartitions(jars).collect()
        [(again, after)] = rows.mapPartitions(jars).collect()
        self.assertEqual((count, again), (3, 3))
        self.assertGreater(before, 0, "Spark no longer puts its jar there: this module has no purpose")
        self.assertEqual(after, 0)


if __name__ == "__main__":
    unittest.main()
