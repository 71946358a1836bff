"""The tarball of `./dev package`: what install.sh puts in place, upgrades without a loss, and takes
away. Without a tarball there is nothing to run."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from cases.crash import Load, assert_books_balance, check_histories
from cases.start import FAILED, assert_refuses
from package import Installed, fake, install, must_install, scenario, unpack

EMBEDDED_ONLY = "is about the tarball and its files"


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
        if name.startswith(("libmarquee_c.", "libmarquee_streaming.")):  # for jobs on Spark, not the program's
            continue
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
    kept = len(shown.splitlines()) - 4  # all but data_dir, and what scenarios hold: canary, share, cron
    assert shown.count(str(settings)) == kept, shown


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


@scenario("kill -9 of the installer leaves the old release in service or the new one, whole")
def killed(stage):
    place, second = Installed(stage), unpack(stage, "2.0")
    must_install(unpack(stage, "1.0"), "--root", place.root)
    for tenths in range(1, 13):
        process = subprocess.Popen([second / "install.sh", "--root", place.root], start_new_session=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(tenths / 10)  # how far it comes differs; what must hold does not
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert place.version() in ("releases/1.0", "releases/2.0")
        place.program.must("--version")
        assert {path.name for path in place.releases.iterdir()} <= {"1.0", "2.0", ".2.0.new"}
    must_install(second, "--root", place.root)
    assert place.version() == "releases/2.0"
    assert {path.name for path in place.releases.iterdir()} == {"1.0", "2.0"}, "half a release was left"


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
