"""The commands of docs/operating.md and docs/security.md, as they stand there, in their order."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

from cases import scenario
from cases.scheduler import stages_that
from shell_blocks import blocks, commands, other_blocks

EMBEDDED_ONLY = "runs commands that name a directory; those of the platform are run by the tests in ELSEWHERE"

ROOT = Path(__file__).resolve().parents[3]
OPERATING, SECURITY = ROOT / "docs/operating.md", ROOT / "docs/security.md"
# What wants more than a data directory, and the test that runs it or what it comes down to.
ELSEWHERE = {
    r"^(\./dev package|tar xzf marquee-|sudo )": "tests/scenario/cases/install.py",
    r"^marquee serve --data (api1|speed1|night) ": "tests/scenario/cases/processes.py",
    r"^([A-Z_]+=\S+ )*docker ": "tests/compose/documents_test.py",
    r"^deploy/health_check\.sh": "tests/compose/health_check_test.py",
    r"^(\./dev|tools/)(stack| stack)|\./dev stack env": "tests/platform/stack_test.py",
    r"^\./dev airflow ": "tests/airflow/runs_test.py",
    r"^\./dev spark-submit ": "tests/spark/jobs_test.py",
    r"--run-id 2025-01-02": "tests/spark/jobs_test.py",
}
# While another command of the same block is still at work the program says so: a reader tries again.
SOON = re.compile(r"^marquee runs (trigger|retry)")
PREAMBLE = 'curl() { command curl -sS -m 30 --fail-with-body "$@"; }\n'


def elsewhere(command):
    return next((where for pattern, where in ELSEWHERE.items() if re.search(pattern, command)), None)


class Reader:
    """Runs commands in a scratch folder; words of the document that stand for something are replaced."""

    def __init__(self, stage, data, server=None):
        self.folder = stage.empty()
        self.folder.mkdir()
        (self.folder / "marquee").symlink_to(stage.program.path)
        self.words = {"DIR": str(data), "NEW_DIR": str(self.folder / "new"), "/backups/": f"{self.folder}/",
                      "/etc/marquee/": f"{self.folder}/", "--from data": f"--from {data}"}
        self.environment = {**stage.program.environment, "MARQUEE_DATA_DIR": str(data),
                            "PATH": f"{self.folder}:{os.environ['PATH']}"}
        if server is not None:
            self.environment |= {"URL": server.address, "TOKEN": server.client.token}

    def filled(self, command):
        for word, value in self.words.items():
            edges = (r"(?<![\w-])", r"(?![\w-])") if word.isupper() else ("", "")
            command = re.sub(edges[0] + re.escape(word) + edges[1], lambda _, value=value: value, command)
        return command

    def run(self, command):
        deadline = time.monotonic() + (60 if SOON.match(command) else 0)
        while True:
            done = subprocess.run(["bash", "-c", PREAMBLE + self.filled(command)], cwd=self.folder, timeout=300,
                                  env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  check=False)
            if done.returncode == 0 or time.monotonic() > deadline:
                assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}\n{done.stderr}"
                return done.stdout
            time.sleep(0.2)


def block_of(page, first):
    """The one block that has a command which begins so; of it what runs here."""
    found = [block for block in blocks(page.read_text()) if any(command.startswith(first) for command in block)]
    assert len(found) == 1, f"{page.name} has {len(found)} blocks with '{first}'"
    return [command for command in found[0] if elsewhere(command) is None]


BLOCKS = [(OPERATING, "marquee runs trigger"), (OPERATING, "marquee batch run"), (OPERATING, "marquee migrate-data"),
          (OPERATING, "marquee backup"), (OPERATING, "marquee doctor"), (OPERATING, "marquee dlq"),
          (SECURITY, "marquee keys create"), (SECURITY, "marquee audit-log")]


@scenario("every command of the documents for operators is run, or named with the test that runs it")
def none_is_forgotten(_stage):
    run_here = [command for page, first in BLOCKS for command in block_of(page, first)]
    everything = [command for page in (OPERATING, SECURITY) for command in commands(page.read_text())]
    for command in everything:
        assert (command in run_here) != (elsewhere(command) is not None), f"nobody runs: {command}"
    for pattern, where in ELSEWHERE.items():
        assert any(re.search(pattern, command) for command in everything), f"no command is like {pattern}"
        assert (ROOT / where).exists(), where
    for page in (OPERATING, SECURITY):
        assert not other_blocks(page.read_text()), f"{page.name}: a block that names no language"


@scenario("docs/operating.md: the commands about runs", seconds=5)
def of_runs(stage):
    data = stage.copy()
    waits = stages_that(stage, 'echo "$2 begins"; while ! test -e "$8/go"; do sleep 0.1; done')
    with stage.program.serve(data, *waits) as server:
        reader = Reader(stage, data, server)
        for command in block_of(*BLOCKS[0]):
            said = reader.run(command)
            if command.startswith("marquee runs trigger"):
                reader.words["ID"] = said.split()[0]
                while "archive begins" not in reader.run("marquee runs logs ID"):
                    time.sleep(0.1)
            elif "list" in command or "logs" in command or "show" in command:
                assert reader.words["ID"] in said or "archive begins" in said, f"{command}: {said}"
        assert server.end() == 0


@scenario("docs/operating.md: the commands about stages and models", seconds=15)
def of_models(stage):
    data = stage.copy()
    reader = Reader(stage, data)
    reader.words["ID"] = "by-hand"
    for command in block_of(*BLOCKS[1]):
        if "VERSION" in command and "VERSION" not in reader.words:
            models = json.loads(reader.run("marquee models list --json"))["models"]
            version = {model["standing"]: model["version"] for model in models}
            reader.words |= {"VERSION": version["previous"], "OTHER": version["current"]}
        said = reader.run(command)
        if command.startswith("marquee models promote"):
            assert version["previous"] in said, said
        if command == "marquee models rollback":
            assert version["current"] in said, said


@scenario("docs/operating.md: the commands about moving, backup, doctor and dead letters", seconds=15)
def of_data(stage):
    data = stage.copy()
    reader = Reader(stage, data)
    (reader.folder / "platform.toml").write_text(f'data_dir = "{reader.folder}/other"\n')
    said = "".join(reader.run(command) for command in block_of(*BLOCKS[2]))
    hashes = re.findall(r"\b[0-9a-f]{64}\b", said)
    assert len(hashes) == 3 and len(set(hashes)) == 1, said
    with stage.program.serve(data) as server:
        reader = Reader(stage, data, server)
        for number in (3, 4):
            said = "".join(reader.run(command) for command in block_of(*BLOCKS[number]))
            assert ("state verified" if number == 3 else '"findings"') in said, said
        assert server.end() == 0
    said = "".join(Reader(stage, data).run(command) for command in block_of(*BLOCKS[5]))
    assert "nothing to do" in said, said


@scenario("docs/security.md: the commands about keys and the audit log", seconds=5)
def of_security(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        reader = Reader(stage, data, server)
        for command in block_of(*BLOCKS[6]):
            said = reader.run(command)
            if "0123456789abcdef" not in reader.words:
                reader.words["0123456789abcdef"] = re.match(r"mq_([0-9a-f]{16})", said)[1]
        said = "".join(reader.run(command) for command in block_of(*BLOCKS[7]))
        assert said.count("DELETE /api/admin/keys/{id}") >= 2, said
        assert server.end() == 0
