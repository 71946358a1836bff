"""The first process of the namespaces: makes the mounts of a plan, gives its rights up and becomes the script.

    inside.py PLAN.json     within `unshare`
"""

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
SIOCSIFFLAGS, IFF_UP_RUNNING = 0x8914, 0x41


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True, stdin=subprocess.DEVNULL)


def place(root, target, folder=True):
    """Where to mount in the root; made when it is missing, as an engine does. Never outside of the root."""
    path = Path(root + target)
    if not path.resolve().is_relative_to(Path(root).resolve()):
        raise SystemExit(f"{target} leads out of {root}")
    if folder:
        path.mkdir(parents=True, exist_ok=True)
    elif not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return str(path)


def bind(source, target, writable):
    mount("--bind", source, target)
    mount("-o", f"remount,bind,nosuid,nodev{'' if writable else ',ro'}", target)


def mount_system(plan):
    root = plan["root"]
    mount("-t", "proc", "-o", "nosuid,noexec,nodev", "proc", place(root, "/proc"))
    mount("-t", "sysfs", "-o", "ro,nosuid,noexec,nodev", "sysfs", place(root, "/sys"))
    mount("-t", "tmpfs", "-o", "size=64k,mode=755,nosuid,noexec", "tmpfs", place(root, "/dev"))
    for name in DEVICES:
        mount("--bind", f"/dev/{name}", place(root, f"/dev/{name}", folder=False))
    for name, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
                         ("stderr", "/proc/self/fd/2")):
        os.symlink(target, f"{root}/dev/{name}")
    mount("-t", "tmpfs", "-o", f"size={plan['shm_size']},mode=1777,nosuid,nodev,noexec", "tmpfs",
          place(root, "/dev/shm"))
    bind(plan["hosts"], place(root, "/etc/hosts", folder=False), writable=False)


def mount_all(plan):
    root = plan["root"]
    mount("--make-rprivate", "/")
    mount("--bind", root, root)
    mount_system(plan)
    for kind, source, target, options, writable in plan["mounts"]:
        if kind == "tmpfs":
            mount("-t", "tmpfs", "-o", options, source, place(root, target))
        else:
            bind(source, place(root, target, folder=Path(source).is_dir()), writable)
    mount("-o", "remount,bind,ro", root)


def bring_loopback_up():
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh", b"lo", IFF_UP_RUNNING))


def main(plan):
    for group in plan["groups"]:
        Path(group, "cgroup.procs").write_text("0")  # this process
    mount_all(plan)
    if plan["network"]:
        bring_loopback_up()
    socket.sethostname(plan["name"])
    os.chroot(plan["root"])
    os.chdir(plan["directory"])
    uid, _, gid = plan["user"].partition(":")
    os.dup2(plan["report"], 3)
    os.set_inheritable(3, True)
    os.execve("/usr/bin/setpriv", [
        "setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "--bounding-set=-all", "--inh-caps=-all",
        "--ambient-caps=-all", "--no-new-privs", "bash", "-c", plan["script"]], plan["environment"])


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
