"""The tarball of `./dev package`: what install.sh puts in place, upgrades without a loss, refuses,
and takes away. Everything happens below a scratch root. Without a tarball there is nothing to run."""

import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

import cases
from cases.crash import Load, assert_books_balance, check_histories
from cases.start import DAMAGED, FAILED, USAGE, assert_refuses
from program import Program

ROOT = Path(__file__).resolve().parents[3]
TARBALL = max((ROOT / "build/package").glob("marquee-*.tar.gz"), default=None,
              key=lambda path: path.stat().st_mtime)
NOBODY = 65534


def scenario(name):
    return cases.scenario(name) if TARBALL else lambda function: function


def unpack(stage, version=None):
    """The package's folder; as the same files under another version when one is given."""
    target = stage.empty()
    with tarfile.open(TARBALL) as archive:
        archive.extractall(target)
    [folder] = target.iterdir()
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


def running_release(server):
    return Path(os.readlink(f"/proc/{server.process.pid}/exe")).parts[-3]


def serve_and_click(place, user, loads, kept):
    """A server of what is current, and a viewer who begins to click."""
    server = place.program.serve(place.data)
    movies = [r["movie_id"] for r in server.client.recommendations("x", 50)["recommendations"]]
    loads.append(Load(server.client, user, movies, sent_max=400))
    kept[user] = loads[-1].acknowledged
    loads[-1].start()
    return server


def end_under_load(server, load):
    """Ends the server in the middle of the clicks. The one that got no answer may be kept or not."""
    load.join(0.5)
    assert server.end() == 0, server.stderr
    load.join(60)
    assert not load.is_alive() and load.acknowledged, "the viewer clicked nothing"


def resend_unanswered(server, load):
    if load.unanswered:
        event_id, movie = load.unanswered
        server.client.event(load.user, movie, "click", event_id=event_id)
        load.acknowledged.add(event_id)


@scenario("an upgrade under load and the way back lose no event, and nothing counts twice")
def upgrade_and_back(stage):
    place, loads, kept = Installed(stage), [], {}
    shutil.copytree(stage.base, place.data, symlinks=True)
    must_install(unpack(stage, "1.0"), "--root", place.root)
    second = unpack(stage, "2.0")
    upgrades = (lambda: must_install(second, "--root", place.root),
                lambda: must_install(place.releases / "1.0", "--root", place.root))
    for number, (upgrade, release) in enumerate(zip(upgrades, ("1.0", "2.0"))):
        with serve_and_click(place, f"upgrade-{number}", loads, kept) as server:
            assert running_release(server) == release, running_release(server)
            upgrade()
            assert running_release(server) == release and server.alive(), "what ran was touched"
            end_under_load(server, loads[-1])
    with place.program.serve(place.data) as server:
        assert running_release(server) == "1.0"
        for load in loads:
            resend_unanswered(server, load)
        check_histories(server.client, kept)
        assert server.end() == 0
    assert_books_balance(place.program, place.data, sum(map(len, kept.values())))


@scenario("what is installed runs with its own libraries and the example settings hold")
def first_install(stage):
    place = Installed(stage)
    folder = unpack(stage)
    version = (folder / "VERSION").read_text().strip()
    told = must_install(folder, "--root", place.root)
    assert version in told and "systemctl enable" in told, told
    assert place.version() == f"releases/{version}"
    libraries = subprocess.run(["ldd", place.program.path], capture_output=True, text=True, check=True)
    for name in os.listdir(place.current / "lib"):
        [line] = [x for x in libraries.stdout.splitlines() if x.strip().startswith(name)]
        assert str(place.releases) in line or "/current/bin/../lib/" in line, line
    for foreign in ("arrow", "spdlog", "fmt", "simdjson", "sqlite3", "sodium"):
        assert list((place.current / "lib").glob(f"lib{foreign}.so*")), f"lib{foreign} is not in lib"
    assert not re.search(rb"build/deps|/work/", (place.current / "bin/marquee").read_bytes()), \
        "the program names the tree it was built in"
    example = place.data / "marquee.toml"
    assert example.read_text() == (place.current / "share/marquee.toml").read_text()
    settings = stage.empty()
    settings.write_text(re.sub(r"(?m)^#(\w)", r"\1", example.read_text()))
    shown = place.program.must("config", "show", "--origin", "--config", settings, "--data", place.data)
    assert shown.count(str(settings)) == len(shown.splitlines()) - 1, shown  # all but data_dir


@scenario("an upgrade remembers the options and touches neither data nor settings")
def options_are_remembered(stage):
    place = Installed(stage, "/srv/films/app", "/srv/films/state")
    options = ("--root", place.root, "--prefix", "/srv/films/app")
    must_install(unpack(stage, "1.0"), *options, "--data", "/srv/films/state", "--user", "films")
    (place.data / "marquee.toml").write_text("[server]\nport = 9000\n")
    (place.data / "kept").write_text("mine")
    place.data.chmod(0o700)
    unit = place.unit.read_text()
    assert "--data /srv/films/state" in unit and "User=films" in unit, unit
    assert "ExecStart=/srv/films/app/current/bin/marquee serve" in unit and "@" not in unit, unit
    must_install(unpack(stage, "2.0"), *options)
    assert place.version() == "releases/2.0"
    assert place.unit.read_text() == unit, "the upgrade forgot where the data are"
    assert (place.data / "marquee.toml").read_text() == "[server]\nport = 9000\n"
    assert place.data.stat().st_mode & 0o777 == 0o700
    assert_refuses(install(unpack(stage, "3.0"), "--root", place.root), FAILED, "/srv/films/app")


@scenario("installing the same again changes nothing, other bytes of one version are refused")
def same_version(stage):
    place, folder = Installed(stage), unpack(stage, "1.0")
    must_install(folder, "--root", place.root)
    before = place.everything()
    must_install(folder, "--root", place.root)
    must_install(place.releases / "1.0", "--root", place.root)
    assert place.everything() == before
    other = unpack(stage, "1.0")
    (other / "LICENSE").write_text("another")
    sum_again(other)
    assert_refuses(install(other, "--root", place.root), FAILED, "another build", "1.0")
    assert place.everything() == before


@scenario("a damaged package, or release, is refused with 4 and what runs stays")
def damaged(stage):
    place = Installed(stage)
    must_install(unpack(stage, "1.0"), "--root", place.root)
    before = place.everything()
    package = unpack(stage, "2.0")
    with (package / "lib/libfmt.so.9").open("r+b") as file:
        file.seek(1000)
        file.write(b"damage")
    assert_refuses(install(package, "--root", place.root), DAMAGED, "libfmt")
    (package / "share/marquee.toml").unlink()
    assert_refuses(install(package, "--root", place.root), DAMAGED)
    (package / "SHA256SUMS").unlink()
    assert_refuses(install(package, "--root", place.root), FAILED, "no package")
    assert place.everything() == before
    must_install(unpack(stage, "2.0"), "--root", place.root)
    (place.releases / "1.0/bin/marquee").write_text("damage")
    assert_refuses(install(unpack(stage, "1.0"), "--root", place.root), DAMAGED, "releases/1.0")
    assert place.version() == "releases/2.0"


def fake(stage, name, script):
    """A folder for the front of $PATH in which the command `name` is `script`."""
    folder = stage.empty()
    folder.mkdir()
    (folder / name).write_text("#!/bin/sh\n" + script)
    (folder / name).chmod(0o755)
    return folder


@scenario("too little room, before or while copying, leaves no half release")
def no_room(stage):
    place = Installed(stage)
    must_install(unpack(stage, "1.0"), "--root", place.root)
    before, package = place.everything(), unpack(stage, "2.0")
    little = fake(stage, "df", "echo Avail; echo 20480\n")
    assert_refuses(install(package, "--root", place.root, path=little), FAILED, "20 MiB free", "make room")
    full = fake(stage, "cp", 'for to; do :; done; mkdir -p "$to"; echo half >"$to/VERSION"; exit 1\n')
    assert_refuses(install(package, "--root", place.root, path=full), FAILED, "disk full")
    assert place.everything() == before
    must_install(package, "--root", place.root)


@scenario("a program that does not run here is not put into service")
def does_not_run(stage):
    place = Installed(stage)
    must_install(unpack(stage, "1.0"), "--root", place.root)
    before, package = place.everything(), unpack(stage, "2.0")
    (package / "lib/libarrow.so.2600").unlink()
    sum_again(package)
    assert_refuses(install(package, "--root", place.root), FAILED, "does not run here")
    assert place.everything() == before


@scenario("wrong usage of install.sh is one line and 2")
def wrong_usage(stage):
    package, root = unpack(stage), stage.empty()
    for options, word in ((("--dance",), "--dance"), (("--prefix",), "--prefix"), (("now",), "now"),
                          (("--prefix", "relative"), "absolute"), (("--prefix", "/"), "/"),
                          (("--data", "/a b"), "/a b"), (("--data", "/a/../b"), "absolute"),
                          (("--data", "/x|y"), "absolute"), (("--user", "Bad Name"), "Bad Name"),
                          (("--data", "/opt/marquee/data"), "inside"), (("--data", "/opt"), "inside"),
                          (("--data", "/tmp/marquee"), "/tmp")):
        assert_refuses(install(package, "--root", root, *options), USAGE, word)
    assert not root.exists(), "a refused call left something"
    help_text = must_install(package, "--help")
    assert "--uninstall" in help_text and "set -" not in help_text, help_text


@scenario("without rights install.sh says so and leaves nothing")
def no_rights(stage):
    package = unpack(stage)
    with tempfile.TemporaryDirectory(prefix="marquee-install-") as scratch:
        os.chmod(scratch, 0o755)  # the stage's own folder is closed to others
        root = Path(scratch) / "root"
        root.mkdir(mode=0o555)
        shutil.copytree(package, Path(scratch) / "package")
        user = NOBODY if os.geteuid() == 0 else None
        folder = Path(scratch) / "package"
        assert_refuses(install(folder, "--root", root, user=user), FAILED, "no right to write")
        if user:
            assert_refuses(install(folder, user=user), FAILED, "sudo")
        assert not list(root.iterdir())


@scenario("uninstall leaves data and settings, and says when nothing is there")
def uninstall(stage):
    place, package = Installed(stage), unpack(stage)
    assert_refuses(install(package, "--uninstall", "--root", place.root), FAILED, "nothing is installed")
    must_install(package, "--root", place.root)
    (place.data / "kept").write_text("mine")
    must_install(place.current, "--uninstall", "--root", place.root)
    assert sorted(Path(name).name for name in place.everything()) == ["kept", "marquee.toml"]
    must_install(package, "--root", place.root)
    assert (place.data / "kept").read_text() == "mine"


@scenario("without systemd nothing is written outside of program and data")
def no_systemd(stage):
    place = Installed(stage)
    must_install(unpack(stage, "1.0"), "--root", place.root, "--no-systemd")
    must_install(unpack(stage, "2.0"), "--root", place.root)
    assert {path.name for path in place.root.iterdir()} == {"opt", "var"}


@scenario("systemd finds no fault with the unit, and its patience is longer than a drain")
def unit_file(stage):
    place = Installed(stage)
    must_install(unpack(stage), "--root", place.root)
    text = place.unit.read_text()
    settings = stage.program.must("config", "show", "--data", place.data, "--set", "server.drain_s=600")
    assert "server.drain_s" in settings  # 600 is the longest
    assert int(re.search(r"(?m)^TimeoutStopSec=(\d+)s$", text)[1]) > 600
    if not shutil.which("systemd-analyze"):
        return
    here = stage.empty() / "marquee.service"
    here.parent.mkdir()
    here.write_text(text.replace("/opt/marquee", str(place.prefix)))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", here], capture_output=True,
                          text=True, check=False, timeout=60)
    ours = [line for line in done.stderr.splitlines() if "marquee" in line]
    assert done.returncode == 0 and not ours, done.stderr


def install_with_systemd(folder, commands, *options):
    """install.sh as on a machine where systemd runs, with the `systemctl` of the folder `commands`."""
    script = 'source "$1"; shift; systemd_runs() { true; }; main "$@"'
    return subprocess.run(["bash", "-c", script, "test", folder / "install.sh", *map(str, options)],
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False,
                          timeout=300, env={"PATH": f"{commands}{os.pathsep}{os.environ['PATH']}"})


@scenario("an upgrade restarts a service that runs, after the flip, and only then")
def restart(stage):
    place, calls = Installed(stage), stage.empty()
    note = f'echo "$(readlink {place.current}) $*" >>{calls}\n'
    stopped = fake(stage, "systemctl", note + '[ "$1" != is-active ]\n')
    runs = fake(stage, "systemctl", note)
    broken = fake(stage, "systemctl", note + '[ "$1" != restart ]\n')
    assert install_with_systemd(unpack(stage, "1.0"), stopped, "--root", place.root).returncode == 0
    assert calls.read_text().splitlines() == ["releases/1.0 daemon-reload",
                                              "releases/1.0 is-active --quiet marquee"]
    assert install_with_systemd(unpack(stage, "2.0"), runs, "--root", place.root).returncode == 0
    assert calls.read_text().splitlines()[-1] == "releases/2.0 restart marquee"
    done = install_with_systemd(unpack(stage, "3.0"), broken, "--root", place.root)
    assert_refuses(done, FAILED, "journalctl", "releases/2.0/install.sh")
    calls.unlink()
    done = install_with_systemd(place.current, runs, "--root", place.root, "--uninstall")
    assert done.returncode == 0, done.stderr
    assert calls.read_text().splitlines() == ["releases/3.0 disable --now marquee",
                                              "releases/3.0 daemon-reload"]
