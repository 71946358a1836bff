"""The streaming job as a process that is started and killed, on the services of a fleet."""

import json
import os
import re
import signal
import subprocess
import threading
import time

from small_world import ROOT

STORED = re.compile(r"batch (\d+): stored after (\d+) ms: (\d+) applied, (\d+) repeated, (\d+) set aside, (\d+)")
TIMES = re.compile(r"batch (\d+): times ({.*})")


class StreamingJob:
    """Runs when the constructor returns; ready() once it folds. `master` other than the stack's cluster:
    a Spark in the driver, which starts in half the time."""

    def __init__(self, environment, interval=0, master=None, arguments=()):
        variables = {name: value for name, value in os.environ.items() if not name.startswith("MARQUEE_")}
        variables.update(environment)
        if master:
            variables["STACK_SPARK_URL"] = master
        variables["TMPDIR"] = os.environ["STACK_DIR"]  # what a kill leaves behind goes with the servers
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            [ROOT / "tools/spark_submit", "streaming_recommendations.py", "--interval", str(interval), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors="backslashreplace", start_new_session=True, env=variables)
        self.lines, self.changed = [], threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.rstrip("\n"))
                self.changed.notify_all()
        with self.changed:
            self.lines.append("(ended)")
            self.changed.notify_all()

    def wait_for(self, pattern, seconds=120, behind=0):
        """The first line behind `behind` lines that has it."""
        def found():
            return next((line for line in self.lines[behind:] if re.search(pattern, line)), None)

        with self.changed:
            told = self.changed.wait_for(lambda: found() or "(ended)" in self.lines[behind:], seconds)
            line = found()
        assert line, f"no '{pattern}' ({'ended' if told else f'{seconds} s'}):\n" + "\n".join(self.lines[-30:])
        return line

    def ready(self):
        self.wait_for("^folding ")
        return self

    def times(self):
        """{micro-batch: {step: ms}}, see deploy/spark/marquee_spark/batch_times.py."""
        return {int(found[1]): json.loads(found[2]) for found in TIMES.finditer("\n".join(self.lines))}

    def skipped(self):
        return sum(int(found[6]) for found in STORED.finditer("\n".join(self.lines)))

    def end(self, how=signal.SIGKILL):
        """Of the driver, its JVM and spark-submit at once: nobody of them may tidy up."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        code = self.process.wait(60)
        self.reader.join(10)
        return code
