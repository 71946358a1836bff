"""The program of another machine, run by an emulator, beside this machine's (tools/arm64_program):

    tests/arm64/program_test.py ROOT PROGRAM BESIDE

ROOT holds the libraries of PROGRAM; BESIDE is this machine's own. The last line is 'N passed, N failed'.
"""

import os
import sys
import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "scenario"))
from client import uuid7  # noqa: E402
from program import Program  # noqa: E402

EMULATOR = "qemu-aarch64-static"
SLOW_S = 1800  # an emulated command takes some twenty times as long
VIEWERS = {f"u{number:06}": uuid7() for number in range(1, 41)}  # each with the id of its click
WHEN = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def emulated(root, program, folder):
    """A program as others start it, which is `program` under the emulator."""
    script = folder / "marquee"
    libraries = f"{root}/usr/lib/aarch64-linux-gnu:{root}/opt/pyarrow"
    script.write_text(f'#!/bin/sh\nexec {EMULATOR} -L {root} -E LD_LIBRARY_PATH={libraries} {program} "$@"\n')
    script.chmod(0o755)
    return Program(script)


class BesideTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="marquee-arm64-")))
        root, program, beside = map(Path, ARGUMENTS)
        cls.programs = {"arm64": emulated(root, program.resolve(), folder), "here": Program(beside)}
        cls.data = {name: folder / name for name in cls.programs}
        small = {"MARQUEE_TRAIN__RANK": "16", "MARQUEE_TRAIN__EPOCHS": "4"}
        for name, program in cls.programs.items():
            program.environment.update(small)
            program.must("import", "--dataset", "synthetic", "--data", cls.data[name], timeout_s=SLOW_S)
            program.must("batch", "run", "--run-id", "night", "--logical-date", "2026-11-28", "--data", cls.data[name],
                         timeout_s=SLOW_S)

    def test_1_it_says_what_it_is(self):
        self.assertRegex(self.programs["arm64"].must("--version"), r"^marquee \d")

    def test_2_a_click_moves_a_list_in_the_same_way(self):
        lists = {name: self.lists_after_a_click(name) for name in self.programs}
        for viewer, here in lists["here"].items():
            there = lists["arm64"][viewer]
            # Sums are taken in another order, so films with almost the same score may change places.
            self.assertGreaterEqual(len(set(here) & set(there)), 0.9 * len(here), viewer)

    def lists_after_a_click(self, name):
        found = {}
        with self.programs[name].serve(self.data[name], ready_timeout_s=300) as server:
            for number, (viewer, event_id) in enumerate(VIEWERS.items()):
                accepted = server.client.event(viewer, str(number % 20 + 1), event_id=event_id, timestamp=WHEN)
                listed = server.client.recommendations(viewer, 20, min_offset=accepted["offset"])
                found[viewer] = [film["movie_id"] for film in listed["recommendations"]]
            self.assertEqual(server.end(), 0)
        return found

    def test_3_everything_was_counted_once_and_folds_to_the_same_state(self):
        audits = {name: program.audit(self.data[name]) for name, program in self.programs.items()}
        self.assertEqual(audits["arm64"], audits["here"])
        self.assertEqual(audits["arm64"]["applied"], len(VIEWERS))
        hashes = {name: program.must("rebuild", "--verify", "--data", self.data[name], timeout_s=SLOW_S)
                  for name, program in self.programs.items()}
        self.assertEqual(hashes["arm64"], hashes["here"])


if __name__ == "__main__":
    ARGUMENTS = sys.argv[1:]
    if len(ARGUMENTS) != 3:
        sys.exit(__doc__)
    os.environ.pop("MARQUEE_DATASET", None)
    result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(BesideTest))
    bad = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - bad} passed, {bad} failed")
    sys.exit(bad > 0)
