"""A master and its workers as one process to the rest of tools/stack: it ends with any of them, and
they end with it.

    spark_cluster.py PORT CONSOLE_PORT WORKERS CORES MEMORY WORK_FOLDER
"""

import os
import signal
import subprocess
import sys

DEPLOY = "org.apache.spark.deploy"


def commands(port, console_port, workers, cores, memory, folder):
    spark_class = os.path.join(os.environ["SPARK_HOME"], "bin/spark-class")
    yield [spark_class, f"{DEPLOY}.master.Master", "--host", "127.0.0.1", "--port", port,
           "--webui-port", console_port]
    for number in range(int(workers)):
        # Of its ports only the master needs to know; 0 lets the system choose them.
        yield [spark_class, f"{DEPLOY}.worker.Worker", "--host", "127.0.0.1", "--port", "0",
               "--webui-port", "0", "--cores", cores, "--memory", memory,
               "--work-dir", os.path.join(folder, f"worker-{number}"), f"spark://127.0.0.1:{port}"]


def main(arguments):
    stopping = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGTERM})
    children = [subprocess.Popen(command, preexec_fn=unblock) for command in commands(*arguments)]
    # Wakes up when we are asked to end or when one of them has.
    signal.sigwait({signal.SIGCHLD, signal.SIGTERM})
    ended = [child for child in children if child.poll() is not None]
    for child in children:
        child.terminate()
    for child in children:
        child.wait()
    return 1 if ended else 0


def unblock():
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD, signal.SIGTERM})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
