#!/usr/bin/env python3
"""A running server's answers against openapi/openapi.yaml, by schemathesis: calls made up from the
document, right ones and wrong ones, and after each: no 5xx, and status, headers, media type and body
are what the document says.

    tests/openapi/check.py URL     $MARQUEE_DATA: the server's data directory, for its token

Prints what was found and 'N passed, N failed' as its last line, counted in operations."""

import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCHEMATHESIS = ROOT / "build/deps/schemathesis-4.32.5/bin/st"
# Not checked: that every right call succeeds (positive_data_acceptance): a made-up event id or film is
# 404 and a run that is active 409, as the document says.
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
          "unsupported_method", "ignored_auth")
# A stream has no end, and the tool waits for the end of every answer; tests/scenario/cases/stream.py
# looks at both.
ENDLESS = "/stream$"
EXAMPLES = 40
HANGS_AFTER_S = 300  # it takes about 40


# 207: of an array each event is judged by itself, and the wrong ones have problems as their results;
# the tool counts the whole as an answer to wrong input that should have been refused.
CONFIG = """
[auth.openapi.bearer]
bearer = "${MARQUEE_OPERATOR_TOKEN}"

[[operations]]
include-name = "POST /api/events"
[operations.checks.negative_data_rejection]
expected-statuses = ["207", "400", "409", "413", "415", "422"]
"""


def command(url, report):
    # One worker: the same calls in the same order, and Python 3.11 before .5 parses its own source
    # wrongly in two threads at once (CPython issue 106905), which the tool does.
    return [str(SCHEMATHESIS), "run", url + "/openapi.json", "--checks", ",".join(CHECKS),
            "--exclude-path-regex", ENDLESS, "--phases", "examples,coverage,fuzzing",
            "--max-examples", str(EXAMPLES), "--generation-deterministic",
            "--request-timeout", "20", "--no-shrink", "--workers", "1", "--warnings", "off",
            "--suppress-health-check", "all",
            "--report", "junit", "--report-junit-path", str(report)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    owner = json.loads((Path(os.environ["MARQUEE_DATA"]) / "server.json").read_text())
    token = Path(owner["token_file"]).read_text().strip()
    with tempfile.TemporaryDirectory(prefix="marquee-openapi-") as scratch:
        config = Path(scratch) / "schemathesis.toml"
        config.write_text(CONFIG)
        report = Path(scratch) / "report.xml"
        done = subprocess.run(command(sys.argv[1], report), cwd=scratch, check=False,
                              timeout=HANGS_AFTER_S,
                              env={**os.environ, "MARQUEE_OPERATOR_TOKEN": token})
        if not report.exists():
            sys.exit(f"check.py: schemathesis ended with {done.returncode} and left no report")
        cases = ElementTree.parse(report).getroot().iter("testcase")
        verdicts = [case.find("failure") is None and case.find("error") is None for case in cases]
    failed = max(verdicts.count(False), int(done.returncode != 0), int(not verdicts))
    print(f"{len(verdicts) - verdicts.count(False)} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
