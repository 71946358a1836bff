"""The servers for as long as one command runs."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from . import cache, process, progress
from .stack import Stack, install


class Interrupted(Exception):
    """A signal asked us to end before the command ran."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.number = number


class Session:
    """Ends what it started, however the command ends: by itself, by SIGINT or by SIGTERM."""

    def __init__(self, names, folder=None, stand_in=False):
        self.names = names
        self.stand_in = stand_in  # what is not built may be replaced by something quicker to have
        self.scratch = None if folder else Path(tempfile.mkdtemp(prefix="marquee-stack-"))
        self.stack = Stack(folder or self.scratch)
        self.child = None
        self.started = []

    def run(self, command):
        """The command's exit code, as a shell gives it."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_signal)
        code = 1
        try:
            with self.stack.locked():
                if self.stand_in and "minio" in self.names:
                    self.stack.let_stand_in()
                install(self.stack.kind(name) for name in self.names)
                self.started = [name for name in self.names if not self.stack.runs(name)]
                self.stack.up(self.names)
            environment = {**os.environ, **self.stack.variables(self.names)}
            try:
                self.child = subprocess.Popen(command, env=environment)
            except OSError as error:
                raise progress.Failed(f"could not run {command[0]}: {error.strerror}") from error
            code = self.wait_for_command()
        except Interrupted as interrupted:
            code = 128 + interrupted.number
        finally:
            self.end(keep_logs=code != 0)
        return code

    def wait_for_command(self):
        """Also takes notice of servers, our children, that end meanwhile: else they stay zombies."""
        while True:
            pid, status = os.wait()
            if pid == self.child.pid:
                code = self.child.returncode = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code

    def on_signal(self, number, _frame):
        if self.child is None:
            raise Interrupted(number)
        # A terminal sends SIGINT to the command as well: twice is not worse than never.
        process.send(self.child.pid, number)

    def end(self, keep_logs):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with self.stack.locked():
            self.stack.down(self.started)
        if self.scratch is None:
            return
        if keep_logs:
            self.save_logs()
        shutil.rmtree(self.scratch)

    def save_logs(self):
        logs = cache.TOOLS.parent / "build/logs" / self.scratch.name
        for log in self.scratch.glob("*/*.log"):
            logs.mkdir(parents=True, exist_ok=True)
            shutil.copy(log, logs / f"{log.parent.name}-{log.name}")
        if logs.exists():
            progress.say(f"logs of the servers: {logs}")
