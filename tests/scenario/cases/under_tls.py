"""Servers that want TLS and passwords (run.py --tls): nobody else's certificate is believed, whoever asks."""

import re

from cases import scenario
from fleet import until

STRANGERS = "/etc/ssl/certs/ca-certificates.crt"  # authorities that vouch for half of the world, and not for these


def distrusting(stage, name):
    """A directory whose setting `name` believes strangers."""
    data = stage.copy()
    settings = data / "marquee.toml"
    text = settings.read_text()
    line = re.search(rf"^{name} = .*$", text, re.MULTILINE)[0]
    assert str(stage.authority) in line, line
    settings.write_text(text.replace(line, line.replace(str(stage.authority), STRANGERS)))
    return data


@scenario("an authority that is not the servers' is refused in words that name server and setting", tls=True,
          embedded=False)
def strangers(stage):
    for name in ("events", "state"):
        done = stage.program.run("serve", "--data", distrusting(stage, name), "--port", "0", timeout_s=120)
        assert done.returncode == 1, f"{name}: {done.returncode}: {done.stderr}"
        said = done.stderr.strip().splitlines()[-1]  # before it, what Kafka's client logs
        assert said.startswith("marquee: ") and "127.0.0.1" in said and f"setting {name}" in said, done.stderr
    # Lists can do without both: the server starts. The first objects that are asked for are the model's.
    for name, where in (("cache", "cache"), ("objects", "model")):
        with stage.program.serve(distrusting(stage, name)) as server:
            def told(where=where, client=server.client):
                health = client.get("/api/health").json()["dependencies"][where]
                return health["status"] != "ok" and health["detail"]

            said = until(f"{where} is not well", told)
            assert "127.0.0.1" in said and "certificate" in said, f"{name}: {said}"
            assert server.client.recommendations("anybody")["recommendations"]
            assert server.end() == 0
