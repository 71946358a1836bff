"""Processes named by pid and start time, so that a pid that was given away again is never taken for
the program that had it before (proc(5)); and ports of 127.0.0.1."""

import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

PROC = Path("/proc")
PORT_MIN = 10240


def stat_fields(pid):
    """The fields of /proc/PID/stat from the third (the state) on; the name before them may hold
    spaces and parentheses. None when there is no such process."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, UnicodeDecodeError):
        return None


def identity(pid):
    """What tells this process from any other that has or had its pid, or None when it has ended."""
    fields = stat_fields(pid)
    if not fields or fields[0] in "ZX":
        return None
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot}/{fields[19]}"


def alive(pid, known_identity):
    return bool(pid) and known_identity is not None and identity(pid) == known_identity


def paused(pid):
    fields = stat_fields(pid)
    return bool(fields) and fields[0] in "Tt"


def tree(pid):
    """`pid` and all its descendants, parents first."""
    children = {}
    for folder in PROC.iterdir():
        fields = stat_fields(folder.name) if folder.name.isdigit() else None
        if fields:
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    found = [pid]
    for parent in found:
        found += children.get(parent, [])
    return found


def memory_kib(pid):
    """Proportional memory of a process and its descendants, in KiB: shared pages count once."""
    total = 0
    for member in tree(pid):
        try:
            text = (PROC / str(member) / "smaps_rollup").read_text()
        except OSError:
            continue  # it ended, or is not ours to look at
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total


def spawn(command, log, environment):
    """Starts `command` in a session of its own, output appended to `log`. (pid, identity)"""
    with open(log, "ab") as output:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                 stderr=subprocess.STDOUT, env=environment, start_new_session=True)
    known = identity(child.pid)
    child.returncode = 0  # it outlives us: nobody waits for it, and Popen must not complain
    return child.pid, known


def send(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def signal_tree(pid, number):
    """To the parent first, so that it makes no new children meanwhile; to wake up, last."""
    members = tree(pid)
    for member in reversed(members) if number == signal.SIGCONT else members:
        send(member, number)


def pause(pid, timeout_s=10):
    """SIGSTOP to a process and its descendants; returns when they stand still."""
    signal_tree(pid, signal.SIGSTOP)
    deadline = time.monotonic() + timeout_s
    while not all(paused(member) or is_zombie(member) for member in tree(pid)):
        if time.monotonic() > deadline:
            raise OSError(f"process {pid} does not stop")
        time.sleep(0.01)


def wait_until_gone(pid, known, timeout_s):
    """Waits until the process has ended and its parent took notice, so that nobody who looks for
    its pid (as PostgreSQL does for the one in its lock file) takes it for running."""
    deadline = time.monotonic() + timeout_s
    while alive(pid, known) or (is_zombie(pid) and time.monotonic() < deadline - timeout_s / 2):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def is_zombie(pid):
    """Whether it ended and its parent has yet to notice; if we are the parent, we do."""
    if not pid:
        return False
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass
    fields = stat_fields(pid)
    return bool(fields) and fields[0] == "Z"


def wait_or_kill(pid, known, timeout_s):
    """Waits until a process that was asked to end has; after `timeout_s` SIGKILL to it and its
    descendants. False when it had to be killed."""
    if wait_until_gone(pid, known, timeout_s):
        return True
    kill(pid, known)
    return False


def kill(pid, known):
    """SIGKILL to a process and its descendants, if it is still the known one."""
    if alive(pid, known):
        signal_tree(pid, signal.SIGKILL)
    wait_until_gone(pid, known, 10)


def port_is_free(port):
    """Whether a server could listen on `port` of both loopback addresses (MinIO takes both)."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind((address, port))
        except OSError:
            if family == socket.AF_INET:
                return False
            try:  # a machine without IPv6 has nobody there either
                socket.create_connection((address, port), timeout=0.2).close()
                return False
            except OSError:
                pass
    return True


def free_port(taken):
    """A free port that is none of `taken`, below those the system gives to clients: a server that is
    started again finds its port still free."""
    try:
        low = int((PROC / "sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    except OSError:
        low = 32768
    candidates = range(PORT_MIN, low if low > PORT_MIN + 1000 else 32768)
    for port in random.sample(candidates, 200):
        if port not in taken and port_is_free(port):
            return port
    raise OSError("found no free port on 127.0.0.1")
