"""Where the DAGs' module and what scenarios are made of lie."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
for folder in ("deploy/airflow/dags", "tests/scenario", "tools"):
    sys.path.insert(0, str(ROOT / folder))
