"""What stops a start: one line that says what failed, on what, and what to do, and the exit code."""

import os
import signal
import socket

from cases import scenario

EMBEDDED_ONLY = ("says the same before any service is asked, or of a directory that is missing or closed; "
                 "without a model the platform is in batch.py")

FAILED, USAGE, DAMAGED = 1, 2, 4
NOBODY = 65534  # an ordinary user, for whom a directory's mode counts


def assert_refuses(done, code, *words):
    """Exit code, exactly one line on stderr, the words in it, and no final dot."""
    assert done.returncode == code, f"exit code {done.returncode}, want {code}: {done.stderr}"
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, f"want one line, got {len(lines)}: {done.stderr}"
    assert not lines[0].endswith("."), f"ends with a dot: {lines[0]}"
    for word in words:
        assert word in lines[0], f"'{word}' is not in: {lines[0]}"


@scenario("a port in use is named", fast=True)
def port_in_use(stage):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert_refuses(stage.program.run("serve", "--data", stage.copy(), "--port", port), FAILED,
                       str(port))


@scenario("a second server on the same directory names the first", fast=True, platform=True)
def second_server(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        done = stage.program.run("serve", "--data", data, "--port", 0)
        assert_refuses(done, FAILED, str(server.process.pid))
        assert server.client.get("/health/live").status == 200
        assert server.end() == 0
    with stage.program.serve(data) as server:
        assert server.end() == 0


@scenario("a lock left by kill -9 does not stop the next server", platform=True)
def stale_lock(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        server.end(signal.SIGKILL)
    with stage.program.serve(data) as server:
        assert server.owner()["pid"] == server.process.pid


@scenario("an unknown setting names the nearest", fast=True, platform=True)
def unknown_setting(stage):
    data = stage.copy()
    done = stage.program.run("serve", "--data", data, "--port", 0,
                             environment={"MARQUEE_SERVING__CACHE_TTL": "5"})
    assert_refuses(done, USAGE, "MARQUEE_SERVING__CACHE_TTL", "cache_ttl_s")
    (data / "marquee.toml").write_text("[serving]\ncache_ttl = 5\n")
    done = stage.program.run("serve", "--data", data, "--port", 0)
    assert_refuses(done, USAGE, "marquee.toml", "cache_ttl_s")


@scenario("a setting of the wrong type or range is refused", platform=True)
def bad_setting(stage):
    data = stage.copy()
    for name, value in (("MARQUEE_SERVING__CACHE_TTL_S", "soon"), ("MARQUEE_SERVER__PORT", "70000"),
                        ("MARQUEE_TRAIN__RANK", "-1")):
        done = stage.program.run("serve", "--data", data, environment={name: value})
        assert_refuses(done, USAGE, value)


@scenario("unknown commands and flags are usage errors")
def usage(stage):
    for arguments in ((), ("frobnicate",), ("serve", "--frobnicate"), ("import",), ("batch",),
                      ("serve", "--port", "x")):
        done = stage.program.run(*arguments)
        assert done.returncode == USAGE, f"{arguments}: exit code {done.returncode}: {done.stderr}"
        assert done.stderr.strip() and "terminate called" not in done.stderr, done.stderr


@scenario("--version and --help answer", fast=True)
def version(stage):
    assert stage.program.must("--version").startswith("marquee ")
    assert "serve" in stage.program.must("--help")


@scenario("a directory without a model says what to do")
def no_model(stage):
    data = stage.empty()
    stage.program.must("import", "--data", data, "--dataset", stage.dataset)
    with stage.program.serve(data) as server:
        answer = server.client.recommendations("nobody", 5)
        assert answer["source"] == "popular" and len(answer["recommendations"]) == 5, answer
        health = server.client.get("/api/health").json()
        assert health["status"] == "degraded" and health["dependencies"]["model"]["status"] != "ok", health


@scenario("an empty directory starts, or says what to do")
def empty_directory(stage):
    data = stage.empty()
    try:
        with stage.program.serve(data) as server:
            answer = server.client.recommendations("nobody")
            assert answer["recommendations"] == [], answer
    except AssertionError:
        assert_refuses(stage.program.run("serve", "--data", data, "--port", 0, timeout_s=20), FAILED, "import")


@scenario("importing the same data again changes nothing and says so", fast=True, platform=True)
def import_again(stage):
    data = stage.copy()
    done = stage.program.run("import", "--data", data, "--dataset", stage.dataset)
    assert done.returncode == 0 and (done.stdout + done.stderr).strip(), done.stderr
    assert "already" in done.stdout + done.stderr, done.stdout + done.stderr
    assert stage.program.audit(data)["holds"] is True


@scenario("a data set that is none is refused")
def bad_dataset(stage):
    empty = stage.empty()
    empty.mkdir()
    for dataset in ("/nonexistent/data", empty):
        done = stage.program.run("import", "--data", stage.empty(), "--dataset", dataset)
        assert done.returncode in (FAILED, USAGE), done.returncode
        assert str(dataset) in done.stderr and len(done.stderr.strip().splitlines()) == 1, done.stderr


@scenario("a directory without the right to write says so")
def read_only(stage):
    data = stage.copy()
    for folder, _, files in os.walk(data):
        for file in files:
            os.chmod(os.path.join(folder, file), 0o444)
        os.chmod(folder, 0o555)
    os.chmod(stage.scratch, 0o755)
    try:
        stage.program.serve(data, user=NOBODY if os.geteuid() == 0 else None).end(signal.SIGKILL)
    except AssertionError as error:
        text = str(error)
        assert "exit code 1" in text, text
        assert "ermission" in text or "ead-only" in text or "readonly" in text, text
        assert str(data) in text, text
    else:
        raise AssertionError("the server started on a directory it cannot write to")
    finally:
        for folder, _, _ in os.walk(data):
            os.chmod(folder, 0o755)
