"""A stage as a child process: its output line by line while it runs, its end as a verdict. Needs no
Airflow."""

import ctypes
import os
import signal
import subprocess

PR_SET_PDEATHSIG = 1  # prctl(2)
GATE_SAID_NO, WRONG_USAGE, DAMAGED, TAKEN = 3, 2, 4, 5
# Of the DAGs, and none of Marquee's settings: it refuses names that it does not know.
OURS = ("MARQUEE_BIN", "MARQUEE_SPARK_SUBMIT", "MARQUEE_AIRFLOW_")
LIBC = ctypes.CDLL(None)


class StageFailed(Exception):
    """Worth another try."""


class StageEnded(Exception):
    """No repeat would change it."""


def program():
    return os.environ.get("MARQUEE_BIN", "marquee")


def settings_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith(OURS)}


def judge(what, code):
    """Raises unless the exit code is one of success."""
    if code == 0:
        return
    if code == GATE_SAID_NO:
        raise StageEnded(f"{what}: the gate refused the model: the old model stays in service, nothing "
                         "behind this is run. The figures stand above and in `marquee models compare`")
    if code == WRONG_USAGE:
        raise StageEnded(f"{what}: exit code 2, a setting or argument is wrong: see above; trying again "
                         "would not help")
    if code == DAMAGED:
        raise StageEnded(f"{what}: exit code 4, stored data are damaged: see above and ask `marquee doctor`")
    if code == TAKEN:
        raise StageFailed(f"{what}: Marquee's own scheduler has begun this run: the next try looks what became of "
                          "it. One of the two should have the nights: scheduler.enabled = false, or pause this")
    if code < 0:
        raise StageFailed(f"{what}: ended by {signal.Signals(-code).name}; the next try goes on from what "
                          "is stored")
    raise StageFailed(f"{what}: exit code {code}, see above")


def _with_parent():
    """In the child: a task that is killed must not leave a stage behind that goes on alone."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Stage:
    """One command. stop() may come from a signal handler."""

    def __init__(self, command):
        self.command, self.child = [str(word) for word in command], None

    def run(self, say):
        """Its exit code, a signal negative; calls say(line) for every line as it comes. Whatever ends
        this ends the child, and waits for it."""
        try:
            self.child = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace", env=settings_environment(), preexec_fn=_with_parent)
        except OSError as error:
            raise StageEnded(f"could not start {self.command[0]}: {error.strerror}; MARQUEE_BIN names the "
                             "program") from error
        try:
            with self.child.stdout as lines:
                for line in lines:
                    say(line.rstrip("\n"))
            return self.child.wait()
        except BaseException:
            self.stop()
            raise

    def stop(self, patience_s=30):
        """SIGTERM, then waits; SIGKILL when it takes too long."""
        if self.child is None or self.child.poll() is not None:
            return
        self.child.terminate()
        try:
            self.child.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def ask(*words):
    """What a command of Marquee prints, which has to succeed."""
    try:
        done = subprocess.run([program(), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=settings_environment(), check=False, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StageFailed(f"marquee {' '.join(words)}: {error}") from error
    if done.returncode != 0:
        raise StageFailed(f"marquee {' '.join(words)}: exit code {done.returncode}: {done.stderr.strip()}")
    return done.stdout
