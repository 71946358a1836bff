"""The examples of docs/api.md, as a reader would run them."""

import os
import re
import subprocess
from pathlib import Path

from cases import scenario

EMBEDDED_ONLY = "shows answers of a door that knows repeats (200, 409); a topic's says 202 (topics/events.json)"

PAGE = Path(__file__).resolve().parents[3] / "docs/api.md"
# Each answer's status goes to stderr, whatever an example does with the answer.
PREAMBLE = """curl() { command curl -sS -m 30 -w '%{stderr}STATUS %{http_code}\\n' "$@"; }\n"""


def examples():
    """(line, text, the statuses it names) of each shell block but the one with the addresses."""
    text = PAGE.read_text()
    for block in re.finditer(r"^```sh\n(.*?)^```$", text, re.M | re.S):
        if not block[1].startswith("MARQUEE="):
            wanted = re.findall(r"# (\d{3})$", block[1], re.M)
            yield text.count("\n", 0, block.start()) + 1, block[1], wanted


@scenario("the examples of docs/api.md answer as they say")
def of_the_api(stage):
    with stage.program.serve(stage.copy()) as server:
        environment = {**os.environ, "MARQUEE": server.address, "TOKEN": server.client.token}
        count = 0
        for line, text, wanted in examples():
            done = subprocess.run(["bash", "-c", PREAMBLE + text], env=environment, timeout=120,
                                  capture_output=True, text=True, check=False)
            got = re.findall(r"^STATUS (\d{3})$", done.stderr, re.M)
            assert wanted and got == wanted, \
                f"{PAGE.name}:{line}: want {wanted}, got {got}\n{done.stdout}\n{done.stderr}"
            count += len(got)
        assert count > 15, f"only {count} examples were found"
