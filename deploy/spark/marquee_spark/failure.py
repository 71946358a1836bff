"""How a job ends: with the exit codes of `marquee`."""

import sys
import traceback

FAILED, USAGE, DAMAGED = 1, 2, 4


class Failed(Exception):
    """What failed, on what, and what to do, in one line."""

    def __init__(self, text, code=FAILED):
        super().__init__(text)
        self.code = code


def first_line(error):
    """Of an exception that came out of the JVM, what a person can use."""
    java = getattr(error, "java_exception", None)
    text = str(java.toString() if java is not None else error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def end(name, job):
    """Runs `job` and ends the process. The last line says why when it failed; spark-submit puts what a job
    writes to stderr on stdout too, among its own."""
    try:
        job()
    except Failed as failure:
        print(f"{name}: {failure}", file=sys.stderr, flush=True)
        sys.exit(failure.code)
    except Exception as error:  # of Spark, numpy or the network: no plan here, but one clear line
        traceback.print_exc()
        print(f"{name}: {first_line(error)}", file=sys.stderr, flush=True)
        sys.exit(FAILED)
