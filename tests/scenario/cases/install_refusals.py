"""What install.sh refuses: one line, and what is in service stays as it is."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

from cases.start import DAMAGED, FAILED, NOBODY, USAGE, assert_refuses
from package import Installed, fake, install, must_install, scenario, sum_again, unpack

EMBEDDED_ONLY = "is about the tarball and its files"


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


@scenario("two installers do not work at once")
def two_at_once(stage):
    place, package = Installed(stage), unpack(stage)
    place.prefix.mkdir(parents=True)
    with open(place.prefix / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert_refuses(install(package, "--root", place.root), FAILED, "another install.sh")
        assert not place.current.exists()
        fcntl.flock(lock, fcntl.LOCK_UN)  # closing is not enough while a child of ours has a copy
    must_install(package, "--root", place.root)


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
