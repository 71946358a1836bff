"""What a Python worker of Spark looks through for modules."""

import sys


def leave_out_jars():
    """Takes Spark's own jar off this worker's path, where Spark 3.5 puts it though no module is in it.

    Before each task a worker calls importlib.invalidate_caches() (pyspark/worker.py), by which Python from 3.10
    on reads the directory of every archive on its path anew (zipimport): for 5,000 entries of that jar a tenth
    of a second. Workers are kept, so it is the first task alone that pays."""
    for path in [path for path in sys.path if path.endswith(".jar")]:
        sys.path.remove(path)
        sys.path_importer_cache.pop(path, None)
