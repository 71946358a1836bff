"""Submits compare.py as tools/spark_submit submits a job."""

import importlib.machinery
import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
loader = importlib.machinery.SourceFileLoader("spark_submit", str(ROOT / "tools/spark_submit"))
spark_submit = importlib.util.module_from_spec(importlib.util.spec_from_loader("spark_submit", loader))
loader.exec_module(spark_submit)

sys.exit(spark_submit.submit(None, Path(__file__).with_name("compare.py"), sys.argv[1:]))
