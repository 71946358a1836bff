"""The loader of the Compose specification itself, the one that `docker compose` is built on: it merges, fills in
variables, checks the schema. It comes as source from the Go module proxy: built once, then kept.

    compose_loader.py [--cached]     builds it; --cached: exit 0 when that is done already
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from servers import cache, progress, versions  # noqa: E402
from servers.minio import go_command  # noqa: E402

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


def main(arguments):
    if arguments == ["--cached"]:
        return 0 if installed() else 1
    try:
        cache.entry(ENTRY, build)
    except progress.Failed as failure:
        progress.say(f"compose_loader: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
