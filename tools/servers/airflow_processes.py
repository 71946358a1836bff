"""Airflow's api-server, scheduler and dag-processor as one process to the rest of tools/stack: it ends
with any of them, and they end with it."""

import signal
import subprocess
import sys

# Tasks talk to the api-server, so it comes first. The scheduler would serve its logs to every address.
PARTS = (("api-server",), ("scheduler", "--skip-serve-logs"), ("dag-processor",))


def main():
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    children = [subprocess.Popen([sys.executable, "-m", "airflow", *part], preexec_fn=unblock)
                for part in PARTS]
    # Wakes up when we are asked to end or when one of them has.
    signal.sigwait({signal.SIGCHLD, signal.SIGTERM})
    ended = [child for child in children if child.poll() is not None]
    for child in reversed(children):  # the api-server last: what runs reports its end to it
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    return 1 if ended else 0


def unblock():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD, signal.SIGTERM})


if __name__ == "__main__":
    sys.exit(main())
