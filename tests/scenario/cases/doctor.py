"""`marquee doctor`: says what is wrong and what to do, beside a server too, and changes nothing."""

import json
import signal

from cases import scenario
from cases.start import DAMAGED, FAILED, USAGE

EMBEDDED_ONLY = ("compares or damages files of the directory; its findings on services are in "
                 "src/app/doctor and tests/platform")


def examine(stage, data, code, *arguments, environment=None):
    """The findings of one examination, which must end with `code`."""
    done = stage.program.run("doctor", "--json", "--data", data, *arguments, environment=environment)
    assert done.returncode == code, f"exit code {done.returncode}, want {code}: {done.stdout}{done.stderr}"
    report = json.loads(done.stdout)
    levels = [finding["level"] for finding in report["findings"]]
    assert (report["errors"], report["warnings"]) == (levels.count("error"), levels.count("warning"))
    for finding in report["findings"]:
        assert set(finding) == {"level", "check", "subject", "what", "advice"}, finding
        assert finding["what"] and (finding["level"] == "ok") == (finding["advice"] == ""), finding
    return report["findings"]


def told(findings, level, check):
    return " | ".join(f"{f['subject']}: {f['what']}" for f in findings
                      if (f["level"], f["check"]) == (level, check))


def contents(data):
    """Every file but SQLite's working files, with its bytes."""
    return {path: path.read_bytes() for path in sorted(data.rglob("*"))
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))}


@scenario("a healthy directory has no findings, and nothing of it changes", fast=True)
def healthy(stage):
    data = stage.copy()
    before = contents(data)
    findings = examine(stage, data, 0, "--set", "server.port=0")
    assert all(finding["level"] != "error" for finding in findings), findings
    assert "checksum holds" in told(findings, "ok", "model") and told(findings, "ok", "viewers")
    assert contents(data) == before
    text = stage.program.must("doctor", "--data", data, "--set", "server.port=0")
    assert text.splitlines()[-1].startswith("0 errors"), text


@scenario("beside a running server that takes events it finds nothing wrong", fast=True, platform=True)
def beside_a_server(stage):
    with stage.program.serve(stage.copy()) as server:
        films = [r["movie_id"] for r in server.client.recommendations("v", 20)["recommendations"]]
        for film in films:
            server.client.event("v", film, "click")
        findings = examine(stage, server.data, 0)
        assert "runs and is well" in told(findings, "ok", "server"), findings
        assert server.client.get("/health/live").status == 200
        assert server.end() == 0


@scenario("damage, settings and absence are told apart by the exit code", fast=True)
def exit_codes(stage):
    findings = examine(stage, stage.empty(), FAILED, "--set", "server.port=0")
    assert "no such data directory" in told(findings, "error", "directory")

    data = stage.copy()
    wrong = {"MARQUEE_SERVING__CACHE_TTL": "5", "MARQUEE_TRAIN__RANK": "many"}
    findings = examine(stage, data, USAGE, "--set", "server.port=0", environment=wrong)
    settings = told(findings, "error", "settings")
    assert "cache_ttl_s" in settings and "many" in settings, settings
    assert told(findings, "ok", "model"), "wrong settings must not hide the rest"

    model = next((data / "lakehouse/models").rglob("item_factors.parquet"))
    whole = model.read_bytes()
    model.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    findings = examine(stage, data, DAMAGED, "--set", "server.port=0", environment=wrong)
    assert "item_factors.parquet" in told(findings, "error", "model"), findings


@scenario("after kill -9 it tells what the next start will do, and a start heals it")
def after_a_crash(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        film = server.client.recommendations("v", 1)["recommendations"][0]["movie_id"]
        server.client.event("v", film, "like")
        server.end(signal.SIGKILL)
    segment = max((data / "events").glob("*.log"))
    with segment.open("ab") as log:
        log.write(b"half a frame")
    findings = examine(stage, data, 0, "--set", "server.port=0")
    assert "of an unfinished frame" in told(findings, "warning", "log"), findings
    with stage.program.serve(data) as server:
        assert server.end() == 0
    findings = examine(stage, data, 0, "--set", "server.port=0")
    assert not told(findings, "warning", "log"), findings
