#!/usr/bin/env python3
"""Plants known bugs one by one and shows which test catches each.

    tools/planted.py [NAME...]        names of tests/planted/NAME.patch; all without names

A patch opens with comment lines (git ignores what stands before the first 'diff'):

    # What is wrong in it, in one sentence.
    # caught-by: TARGET FILTER        a gtest program and the tests in it that must fail, or
    # caught-by: COMMAND ...          a command of this repository that must fail, e.g. tools/check_layers.py
    # with: NAME=VALUE ...            the environment of that check, where it differs (a larger number of cuts)

Works on a copy of the tree in build/planted, which is kept so that the next run compiles little.
Each named check must pass without the patch and fail with it, by the test's own verdict: a patch
that no longer applies or does not compile is a failure, too. Exits 1 if a bug is not caught.
"""

import argparse
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "build" / "planted" / "tree"
BUILD = ROOT / "build" / "planted" / "build"
PATCHES = ROOT / "tests" / "planted"


@dataclass
class Bug:
    name: str
    patch: Path
    about: str
    check: list
    environment: dict

    @property
    def target(self):
        """The gtest program to build, or None when the check is a command of the repository."""
        return self.check[0] if self.check[0].startswith("marquee_") else None


class NotShown(Exception):
    """Why nothing could be shown for a bug."""


def read_bug(patch):
    about, check, environment = "", [], {}
    for line in patch.read_text().splitlines():
        if line.startswith("# caught-by:"):
            check = line.removeprefix("# caught-by:").split()
        elif line.startswith("# with:"):
            environment = dict(word.split("=", 1) for word in line.removeprefix("# with:").split())
        elif line.startswith("# ") and not about:
            about = line[2:]
        elif line.startswith("diff "):
            break
    if not about or not check:
        raise NotShown(f"{patch.name} does not say what is wrong and what catches it")
    return Bug(patch.stem, patch, about, check, environment)


def run(command, cwd, timeout_s=1800, environment=None):
    return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=timeout_s, check=False,
                          env=os.environ | (environment or {}))


def copy_tree():
    """The working tree into COPY; a file that did not change keeps its time, so nothing of it is
    built again."""
    listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT).stdout
    wanted = {name for name in listed.split("\0") if name and (ROOT / name).is_file()}
    for name in wanted:
        source, target = ROOT / name, COPY / name
        content = source.read_bytes()
        if not target.is_file() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(source.stat().st_mode)
    for path in [path for path in COPY.rglob("*") if path.is_file()]:
        if path.relative_to(COPY).as_posix() not in wanted:
            path.unlink()


def configure():
    if (BUILD / "build.ninja").exists():
        return
    arrow = ROOT / "build/deps/pyarrow-26.0.1/pyarrow"
    done = run(["cmake", "--preset", "dev", "-S", str(COPY), "-B", str(BUILD),
                f"-DMARQUEE_ARROW_ROOT={arrow}"], COPY)
    if done.returncode != 0:
        sys.exit(f"planted: cmake failed\n{done.stdout[-3000:]}")


def build(target):
    done = run(["ninja", "-C", str(BUILD), target], COPY)
    if done.returncode != 0:
        raise NotShown(f"{target} does not build\n{done.stdout[-3000:]}")


def check(bug):
    """(passed, output) of the named check on the tree as it is now."""
    if not bug.target:
        done = run([str(COPY / bug.check[0]), *bug.check[1:]], COPY, environment=bug.environment)
        return done.returncode == 0, done.stdout
    build(bug.target)
    done = run([str(BUILD / "bin" / bug.target), f"--gtest_filter={':'.join(bug.check[1:]) or '*'}"],
               COPY, timeout_s=600, environment=bug.environment)
    if " 0 tests from" in done.stdout.split("\n[---", 1)[0]:
        raise NotShown(f"no test of {bug.target} is named {':'.join(bug.check[1:])}")
    return done.returncode == 0, done.stdout


def apply(bug, *options):
    done = run(["git", "apply", "--unsafe-paths", *options, f"--directory={COPY.relative_to(ROOT)}",
                str(bug.patch)], ROOT)
    if done.returncode != 0:
        raise NotShown(f"the patch does not apply any more: {done.stdout.strip()}")


def failing_tests(output):
    names = [line.split("]")[1].split("(")[0].split(",")[0].strip() for line in output.splitlines()
             if line.startswith("[  FAILED  ]") and line.rstrip().endswith("ms)")]
    return ", ".join(names) or (output.strip().splitlines() or ["failed"])[0][:120]


def show(bug):
    """What caught the bug. Raises NotShown when nothing did."""
    passed, output = check(bug)
    if not passed:
        raise NotShown(f"the check fails without the bug already\n{output[-2000:]}")
    apply(bug)
    try:
        passed, output = check(bug)
    finally:
        apply(bug, "--reverse")
    if passed:
        raise NotShown("NOT CAUGHT: the check passes with the bug in")
    return failing_tests(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="names of tests/planted/NAME.patch")
    names = parser.parse_args().names
    patches = [PATCHES / f"{name}.patch" for name in names] or sorted(PATCHES.glob("*.patch"))
    copy_tree()
    configure()
    failed = 0
    for patch in patches:
        begin = time.monotonic()
        try:
            bug = read_bug(patch)
            caught_by = show(bug)
            print(f"caught      {bug.name:28} {time.monotonic() - begin:5.0f} s  {bug.about}\n"
                  f"            by {caught_by}", flush=True)
        except (NotShown, OSError, subprocess.TimeoutExpired) as error:
            failed += 1
            print(f"NOT CAUGHT  {patch.stem:28} {error}", flush=True)
    print(f"{len(patches) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
