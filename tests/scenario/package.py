"""The tarball of `./dev package` and its install.sh, for scenarios. Everything happens below a scratch
root."""

import functools
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import cases
from program import Program

ROOT = Path(__file__).resolve().parents[2]
TARBALL = max((ROOT / "build/package").glob("marquee-*.tar.gz"), default=None,
              key=lambda path: path.stat().st_mtime)


def scenario(name):
    """Registers a scenario of the package, when there is one."""
    return cases.scenario(name) if TARBALL else lambda function: function


@functools.cache
def unpacked_once(stage):
    target = stage.empty()
    with tarfile.open(TARBALL) as archive:
        archive.extractall(target)
    [folder] = target.iterdir()
    return folder


def unpack(stage, version=None):
    """The package's folder; as the same files under another version when one is given."""
    folder = shutil.copytree(unpacked_once(stage), stage.empty())
    if version:
        (folder / "VERSION").write_text(version + "\n")
        sum_again(folder)
    return folder


def sum_again(folder):
    names = sorted(str(path.relative_to(folder)) for path in folder.rglob("*")
                   if path.is_file() and path.name != "SHA256SUMS")
    done = subprocess.run(["sha256sum", *names], cwd=folder, check=True, capture_output=True)
    (folder / "SHA256SUMS").write_bytes(done.stdout)


def install(folder, *options, path=None, user=None):
    """The finished install.sh of `folder`; `path` goes before $PATH, `user` is who runs it."""
    environment = {"PATH": os.pathsep.join(filter(None, (path and str(path), os.environ["PATH"])))}
    return subprocess.run([str(folder / "install.sh"), *map(str, options)], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL, timeout=300, check=False,
                          env=environment, user=user)


def must_install(folder, *options):
    done = install(folder, *options)
    assert done.returncode == 0, f"install.sh {options}: {done.returncode}: {done.stderr}"
    return done.stdout


class Installed:
    """Where things are below a scratch root."""

    def __init__(self, stage, prefix="/opt/marquee", data="/var/lib/marquee"):
        self.root = stage.empty()
        self.prefix, self.data = self.root / prefix[1:], self.root / data[1:]
        self.releases, self.current = self.prefix / "releases", self.prefix / "current"
        self.unit = self.root / "etc/systemd/system/marquee.service"
        self.program = Program(self.current / "bin/marquee")

    def version(self):
        return os.readlink(self.current)

    def everything(self):
        """Every path below the root, with a link's target or a file's bytes. The lock says nothing."""
        return {str(path): os.readlink(path) if path.is_symlink() else path.read_bytes()
                for path in sorted(self.root.rglob("*"))
                if (path.is_symlink() or path.is_file()) and path.name != ".lock"}


def fake(stage, name, script):
    """A folder for the front of $PATH in which the command `name` is `script`."""
    folder = stage.empty()
    folder.mkdir()
    (folder / name).write_text("#!/bin/sh\n" + script)
    (folder / name).chmod(0o755)
    return folder
