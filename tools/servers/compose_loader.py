"""The loader of the Compose specification itself, the one that `docker compose` is built on: it merges, fills in
variables, checks the schema. It comes as source from the Go module proxy: built once, then kept."""

import json
import os
import shutil
import subprocess

from . import cache, progress, versions
from .minio import go_command

ENTRY = f"compose-go-{versions.COMPOSE_LOADER}"


def build(folder):
    scratch = folder / "build"
    environment = {
        "GOPATH": str(scratch / "path"), "GOCACHE": str(scratch / "cache"), "GOBIN": str(folder),
        "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOFLAGS": "-modcacherw",
    }
    scratch.mkdir()
    progress.run(f"Building the loader of Compose files {versions.COMPOSE_LOADER}, once", [
        "nice", "-n", "19", go_command(), "install", "-trimpath", "-ldflags", "-s -w",
        f"{versions.COMPOSE_LOADER_MODULE}/cmd@{versions.COMPOSE_LOADER}"],
        folder / "build.log", environment=environment)
    shutil.rmtree(scratch)
    (folder / "build.log").unlink()
    (folder / "cmd").rename(folder / "compose-config")


def installed():
    return (cache.root() / ENTRY / "compose-config").exists()


def load(folder, *files):
    """The project that the files in `folder` make with the defaults of all variables, as a dictionary. Raises
    Failed with the loader's words."""
    program = cache.entry(ENTRY, build) / "compose-config"
    done = subprocess.run(
        [program, "-format", "json", *files], cwd=folder, capture_output=True, text=True, check=False,
        stdin=subprocess.DEVNULL, env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")})
    if done.returncode != 0:
        raise progress.Failed(f"{' '.join(files)}: {done.stderr.strip()}")
    return json.loads(done.stdout)
