#!/usr/bin/env python3
"""Fetches MovieLens ml-latest-small from GroupLens, once, and prints the directory it is in.

Shows the licence, verifies the SHA-256 of each file before use, keeps them in
${XDG_CACHE_HOME:-~/.cache}/marquee. Gives up within seconds when there is no network. Exits 0 with
the directory on stdout, or 1 with one line on stderr.
"""

import hashlib
import io
import os
import queue
import shutil
import sys
import threading
import time
import urllib.request
import zipfile
from pathlib import Path

URL = "https://files.grouplens.org/datasets/movielens/ml-latest-small.zip"
SHA256 = {
    "movies.csv": "5a5f32dd9bb3797b8e728a1b98958789d2b13f294a69fdfbc5727f8a9611aa07",
    "ratings.csv": "aa289ca83157595d0df6aea1be6a4ded676ddc4385472e8313a8ed9805352646",
}
OTHER_FILES = ("README.txt", "links.csv", "tags.csv")
ANSWER_TIMEOUT_S = 5
DOWNLOAD_TIMEOUT_S = 120
DOWNLOAD_BYTES_MAX = 16 << 20


class Failed(Exception):
    """What failed, on what, in one line."""


def cache_dir():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "marquee" / "ml-latest-small"


def damaged_file(directory):
    """The first file whose content is not the pinned one, or None."""
    for name, want in SHA256.items():
        file = directory / name
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != want:
            return name
    return None


def download(url):
    """The bytes at `url`. A thread asks, because name resolution has no timeout of its own."""
    progress = queue.Queue()

    def ask():
        try:
            with urllib.request.urlopen(url, timeout=ANSWER_TIMEOUT_S) as answer:
                progress.put(answer.status)
                progress.put(answer.read(DOWNLOAD_BYTES_MAX + 1))
        except Exception as error:  # urllib raises many kinds; each ends in one line
            progress.put(error)

    threading.Thread(target=ask, daemon=True).start()
    deadline = time.monotonic() + DOWNLOAD_TIMEOUT_S
    timeout_s = ANSWER_TIMEOUT_S
    while True:
        try:
            said = progress.get(timeout=timeout_s)
        except queue.Empty:
            raise Failed(f"no answer from {url}") from None
        if isinstance(said, Exception):
            raise Failed(f"{url} is not reachable: {getattr(said, 'reason', said)}")
        if isinstance(said, bytes):
            if len(said) > DOWNLOAD_BYTES_MAX:
                raise Failed(f"{url} is larger than {DOWNLOAD_BYTES_MAX} bytes")
            return said
        timeout_s = max(0.1, deadline - time.monotonic())


def show_licence(readme):
    """The usage licence of the data set, as its README words it."""
    lines = readme.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith("Usage License")), None)
    if start is None:
        return
    end = next((i for i in range(start + 2, len(lines) - 1)
                if lines[i + 1].startswith(("====", "----"))), len(lines))
    print("\n".join(["MovieLens ml-latest-small, by GroupLens", *lines[start:end]]).rstrip(),
          file=sys.stderr)


def unpack(archive_bytes, target):
    scratch = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        with zipfile.ZipFile(io.BytesIO(archive_bytes)) as archive:
            for info in archive.infolist():
                name = Path(info.filename).name
                if name in SHA256 or name in OTHER_FILES:
                    (scratch / name).write_bytes(archive.read(info))
        if name := damaged_file(scratch):
            raise Failed(f"{URL}: {name} has another SHA-256 than the one pinned, so it is not used")
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
    except zipfile.BadZipFile as error:
        raise Failed(f"{URL}: not a zip file: {error}") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def fetch(target):
    if damaged_file(target) is None:
        return
    print("Downloading MovieLens ml-latest-small (1 MB) …", file=sys.stderr)
    unpack(download(URL), target)
    show_licence((target / "README.txt").read_text(errors="replace"))


def main():
    target = cache_dir()
    try:
        fetch(target)
    except (Failed, OSError) as error:
        print(f"fetch_movielens: {error}", file=sys.stderr)
        return 1
    print(target)
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # a thread that still resolves a name must not hold the exit back
