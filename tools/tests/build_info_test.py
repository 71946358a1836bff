#!/usr/bin/env python3
"""Tests of cmake/write_build_info.cmake: python3 -m unittest discover -s tools/tests -p '*_test.py'"""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[2] / "cmake/write_build_info.cmake"


class BuildInfo(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.source = Path(directory.name) / "source"
        self.out = Path(directory.name) / "out" / "build_info.cpp"
        self.source.mkdir()
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        self.environment["GIT_CEILING_DIRECTORIES"] = directory.name

    def git(self, *words):
        identity = ["-c", "user.name=T", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        return subprocess.run(["git", "-C", self.source, *identity, *words], check=True, text=True,
                              capture_output=True, env=self.environment).stdout.strip()

    def commit(self, text):
        (self.source / "file").write_text(text)
        self.git("add", "file")
        self.git("commit", "-q", "-m", text)
        return self.git("rev-parse", "HEAD")[:12]

    def written(self, source=None):
        """Runs the script; version, revision, build type and compiler as the C++ code has them."""
        subprocess.run(["cmake", "-D", f"SOURCE={source or self.source}", "-D", f"OUT={self.out}",
                        "-D", "VERSION=1.2.3", "-D", "BUILD_TYPE=Release", "-D", "COMPILER=GNU 12.2.0",
                        "-P", SCRIPT], check=True, capture_output=True, env=self.environment)
        return re.findall(r'"([^"]*)"', self.out.read_text().split("return", 1)[1])

    def revision(self, source=None):
        return self.written(source)[1]

    def test_outside_of_git_the_revision_is_unknown(self):
        self.assertEqual(self.written(), ["1.2.3", "unknown", "Release", "GNU 12.2.0"])

    def test_a_repository_without_a_commit_has_no_revision(self):
        self.git("init", "-q")
        self.assertEqual(self.revision(), "unknown")

    def test_a_clean_checkout_is_its_commit(self):
        self.git("init", "-q")
        head = self.commit("one")
        self.assertEqual(self.revision(), head)
        head = self.commit("two")
        self.assertEqual(self.revision(), head)

    def test_changed_and_new_files_are_told(self):
        self.git("init", "-q")
        head = self.commit("one")
        (self.source / "file").write_text("other")
        self.assertEqual(self.revision(), head + "+changes")
        self.git("checkout", "-q", "file")
        (self.source / "new").write_text("new")
        self.assertEqual(self.revision(), head + "+changes")
        (self.source / "new").unlink()
        self.assertEqual(self.revision(), head)

    def test_what_git_ignores_is_no_change(self):
        self.git("init", "-q")
        (self.source / ".git/info/exclude").write_text("build\n")
        head = self.commit("one")
        (self.source / "build").write_text("out")
        self.assertEqual(self.revision(), head)

    def test_a_folder_in_another_checkout_is_not_of_its_revision(self):
        self.git("init", "-q")
        self.commit("one")
        inner = self.source / "unpacked"
        inner.mkdir()
        self.assertEqual(self.revision(inner), "unknown")

    def test_the_file_is_touched_only_when_it_says_something_else(self):
        self.git("init", "-q")
        self.commit("one")
        self.written()
        os.utime(self.out, (1, 1))
        self.written()
        self.assertEqual(self.out.stat().st_mtime, 1, "everything that includes it would build again")
        self.commit("two")
        self.written()
        self.assertNotEqual(self.out.stat().st_mtime, 1)


if __name__ == "__main__":
    unittest.main()
