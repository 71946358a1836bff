"""Scenarios on a few processes at once: each has an interpreter and descriptors of its own, so that
the Python of one scenario holds up no other and no child inherits another's open files."""

import contextlib
import io
import multiprocessing
import os
import signal
import sys
import time
import traceback

_processes = multiprocessing.get_context("fork")  # cases are functions: they need not be sent


class Shared:
    """The one server that scenarios use which leave no mark on each other; started when wanted."""

    def __init__(self, stage):
        self.stage, self.server = stage, None

    def client(self):
        if self.server is None or not self.server.alive():
            self.server = self.stage.program.serve(self.stage.copy())
        return self.server.client

    def check_alive(self):
        assert self.server is None or self.server.alive(), \
            f"the server died (exit code {self.server.wait()}): {self.server.stderr[-2000:]}"

    def end(self):
        if self.server is not None and self.server.alive():
            self.server.end()


def groups_of(scenarios):
    """Lists of scenarios, each for one process to run in order: those that share a server, and every
    other by itself. What takes longest comes first, else the last one would be waited for alone."""
    sharing = [scenario for scenario in scenarios if hasattr(scenario, "steps")]
    groups = [[scenario] for scenario in scenarios if not hasattr(scenario, "steps")]
    if sharing:
        groups.insert(0, sharing)
    return sorted(groups, key=lambda group: -sum(scenario.seconds for scenario in group))


def run_one(scenario, stage, shared):
    """(whether it passed, the lines that say so with what it printed)."""
    name, begin, said = f"{scenario.topic}: {scenario.name}", time.monotonic(), io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            if hasattr(scenario, "steps"):
                scenario.run(shared.client())
            else:
                scenario.function(stage)
            shared.check_alive()
    except Exception as error:  # a scenario's bug must not hide the others
        known = isinstance(error, AssertionError)
        text = str(error) if known and str(error) else traceback.format_exc()
        why = "  " + text.rstrip().replace("\n", "\n  ")
        return False, f"{said.getvalue()}FAILED - {name}\n{why}\n"
    return True, f"{said.getvalue()}ok - {name} ({time.monotonic() - begin:.1f} s)\n"


class Lanes:
    """Runs groups of scenarios, `jobs` at once."""

    def __init__(self, groups, stage, jobs):
        self.groups, self.stage = groups, stage
        self.jobs = max(1, min(jobs, len(groups)))
        self.taken, self.passed = _processes.Value("i", 0), _processes.Value("i", 0)
        self.printing = _processes.Lock()

    def run(self):
        """How many scenarios passed. One whose process died did not."""
        lanes = [_processes.Process(target=self._work, args=(lane,)) for lane in range(self.jobs)]
        try:
            for process in lanes:
                process.start()
            for process in lanes:
                process.join()
        except BaseException:
            for process in lanes:
                if process.is_alive():
                    os.kill(process.pid, signal.SIGINT)
            raise
        finally:
            for process in lanes:
                if process.pid:
                    process.join()
        for process in lanes:
            if process.exitcode != 0:
                print(f"FAILED - a process that ran scenarios ended with {process.exitcode}", flush=True)
        return self.passed.value

    def _take(self):
        """The next group that no process took, or None."""
        with self.taken.get_lock():
            self.taken.value += 1
            number = self.taken.value - 1
        return self.groups[number] if number < len(self.groups) else None

    def _work(self, lane):
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends the servers, too
        self.stage.lane, self.stage.lanes = lane, self.jobs
        with contextlib.suppress(KeyboardInterrupt):
            while group := self._take():
                self._run_group(group)

    def _run_group(self, group):
        shared = Shared(self.stage)
        try:
            for scenario in group:
                passed, text = run_one(scenario, self.stage, shared)
                with self.passed.get_lock():
                    self.passed.value += passed
                with self.printing:  # whole lines, those of one scenario together
                    sys.stdout.write(text)
                    sys.stdout.flush()
        finally:
            shared.end()
