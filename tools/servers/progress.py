"""Long steps: their output goes to a log, what a person sees is one line a step."""

import os
import subprocess
import sys
import time
from pathlib import Path

FIRST_WORD_AFTER_S = 1
LINE_EVERY_S = 20


class Failed(Exception):
    """What failed, on what, and what to do, in one line."""


def say(text):
    """One line to stderr: stdout belongs to what was asked for."""
    print(text, file=sys.stderr, flush=True)


def last_lines(path, count):
    try:
        return "\n".join(Path(path).read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""


def run(title, command, log, cwd=None, environment=None):
    """Runs `command` with its output in the file `log`. Says that it lives when it takes over a
    second. Raises Failed with the log's end when it fails; ends it when we are interrupted."""
    begin = time.monotonic()
    said = False
    next_line_s = FIRST_WORD_AFTER_S
    with open(log, "wb") as output:
        child = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=cwd,
                                 stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        try:
            while True:
                try:
                    code = child.wait(timeout=0.2)
                    break
                except subprocess.TimeoutExpired:
                    elapsed_s = time.monotonic() - begin
                    if elapsed_s >= next_line_s:
                        tail = last_lines(log, 1)[:70] if said else ""
                        say(f"  {elapsed_s:.0f} s  {tail}" if said else f"{title} …")
                        said = True
                        next_line_s = elapsed_s + LINE_EVERY_S
        except BaseException:
            child.terminate()
            child.wait()
            raise
    if code != 0:
        raise Failed(f"{title}: failed with exit code {code}; the end of its output:\n"
                     f"{last_lines(log, 30)}")
    if said:
        say(f"{title}: done in {time.monotonic() - begin:.1f} s")
