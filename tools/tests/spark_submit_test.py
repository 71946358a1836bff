"""tools/spark_submit: what a job is given, without a Spark."""

import importlib.machinery
import importlib.util
import os
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest import mock

TOOLS = Path(__file__).resolve().parent.parent
loader = importlib.machinery.SourceFileLoader("spark_submit", str(TOOLS / "spark_submit"))
spark_submit = importlib.util.module_from_spec(importlib.util.spec_from_loader("spark_submit", loader))
loader.exec_module(spark_submit)

# As a program, for signals: with a Spark that is the folder of the first argument.
SUBMIT = """
import sys
from pathlib import Path
from spark_submit_test import spark_submit
from unittest import mock
spark = spark_submit.spark
with mock.patch.object(spark, "home", lambda: Path(sys.argv[1])), \\
        mock.patch.object(spark.Spark, "installed", classmethod(lambda _: True)):
    sys.exit(spark_submit.main(["native_training.py"]))
"""

THERE = {"STACK_SPARK_URL": "spark://127.0.0.1:7077", "STACK_KAFKA_URL": "kafka://127.0.0.1:29092",
         "STACK_S3_URL": "s3://lakehouse?endpoint=http://127.0.0.1:9000", "STACK_S3_ACCESS_KEY": "marquee",
         "STACK_S3_SECRET_KEY": "very-secret"}


def environment(there, **given):
    with mock.patch.dict(os.environ, given):
        return spark_submit.job_environment(there)


class SparkSubmitTest(unittest.TestCase):
    def test_a_job_finds_the_servers_under_the_names_of_the_settings(self):
        found = environment(THERE)
        self.assertEqual(found["MARQUEE_OBJECTS"], THERE["STACK_S3_URL"])
        self.assertEqual(found["MARQUEE_EVENTS"], "kafka://127.0.0.1:29092/movie-events")
        self.assertEqual(found["SPARK_LOCAL_IP"], "127.0.0.1")

    def test_each_job_gets_the_library_that_it_calls_and_no_other(self):
        with tempfile.TemporaryDirectory() as scratch, mock.patch.object(spark_submit, "LIBRARIES", Path(scratch)):
            self.assertEqual(spark_submit.library_files(Path("native_training.py")), [])
            for name in ("libmarquee_c.so", "libmarquee_streaming.so"):
                (Path(scratch) / name).touch()
            self.assertEqual([file.name for job in ("native_training.py", "streaming_recommendations.py")
                              for file in spark_submit.library_files(Path(job))],
                             ["libmarquee_c.so", "libmarquee_streaming.so"])

    def test_the_state_is_the_databases_address(self):
        there = {**THERE, "STACK_POSTGRES_URL": "postgresql://m:secret@127.0.0.1:5432/moviedb"}
        self.assertEqual(environment(there)["MARQUEE_STATE"], there["STACK_POSTGRES_URL"])

    def test_a_job_that_reads_a_servers_settings_is_told_nothing_that_beats_them(self):
        found = environment(THERE)
        self.assertEqual(spark_submit.for_job(found, ["--interval", "1"]), found)
        for arguments in (["--config", "marquee.toml"], ["--data=api1"]):
            with mock.patch.dict(os.environ, {"MARQUEE_STATE": "postgresql://h/d"}):
                left = spark_submit.for_job({**found, "MARQUEE_STATE": "postgresql://h/d"}, arguments)
            self.assertEqual([name for name in left if name.startswith("MARQUEE_")], ["MARQUEE_STATE"])
            self.assertIn("AWS_ACCESS_KEY_ID", left)

    def test_what_the_environment_names_already_is_left_alone(self):
        found = environment(THERE, MARQUEE_OBJECTS="file:/data/lakehouse")
        self.assertEqual(found["MARQUEE_OBJECTS"], "file:/data/lakehouse")

    def test_s3a_gets_the_endpoint_and_the_keys_of_the_bucket(self):
        pairs = spark_submit.configuration(THERE, environment(THERE), "p.zip", ["/l/libmarquee_c.so"])
        self.assertEqual(pairs["spark.hadoop.fs.s3a.endpoint"], "http://127.0.0.1:9000")
        self.assertEqual(pairs["spark.hadoop.fs.s3a.connection.ssl.enabled"], "false")
        self.assertEqual(pairs["spark.hadoop.fs.s3a.secret.key"], "very-secret")
        self.assertEqual(pairs["spark.files"], "/l/libmarquee_c.so")

    def test_without_a_store_s3a_has_neither_keys_nor_endpoint(self):
        there = {"STACK_SPARK_URL": THERE["STACK_SPARK_URL"]}
        with mock.patch.dict(os.environ):
            for name in ("MARQUEE_OBJECTS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                os.environ.pop(name, None)
            pairs = spark_submit.configuration(there, spark_submit.job_environment(there), "p.zip", [])
        self.assertFalse([name for name in pairs if "s3a.access" in name or "endpoint" in name])

    def test_the_package_holds_the_jobs_modules_under_their_name(self):
        with tempfile.TemporaryDirectory() as scratch:
            spark_submit.pack(Path(scratch) / "p.zip")
            names = zipfile.ZipFile(Path(scratch) / "p.zip").namelist()
        self.assertIn("marquee_spark/__init__.py", names)

    def test_who_asks_it_to_end_asks_the_job_and_nothing_stays_behind(self):
        with tempfile.TemporaryDirectory() as scratch:
            job = Path(scratch) / "bin/spark-submit"
            job.parent.mkdir()
            job.write_text("#!/bin/sh\ntrap 'echo asked; exit 7' TERM\necho runs\nwhile :; do sleep 0.05; done\n")
            job.chmod(0o755)
            (Path(scratch) / "tmp").mkdir()
            submit = subprocess.Popen(
                [sys.executable, "-c", SUBMIT, scratch], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parent,
                env={**os.environ, **THERE, "TMPDIR": f"{scratch}/tmp"})
            with submit.stdout as said:
                self.assertEqual(said.readline(), "runs\n")
                self.assertEqual(len(os.listdir(f"{scratch}/tmp")), 1, "the keys, for as long as it runs")
                submit.terminate()
                self.assertEqual(said.read(), "asked\n")
            self.assertEqual(submit.wait(30), 7)
            self.assertEqual(os.listdir(f"{scratch}/tmp"), [])

    def test_a_job_that_is_none_is_wrong_usage_and_names_those_that_are(self):
        for job in ("nothing.py", "../../dev", "marquee_spark/__init__.py"):
            done = subprocess.run([TOOLS / "spark_submit", job], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2, job)
            self.assertIn("batch_model_training.py", done.stderr)


if __name__ == "__main__":
    unittest.main()
