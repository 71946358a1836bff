"""One request over a connection of its own, from a loopback address that a test may choose."""

import http.client
import json
from dataclasses import dataclass, field


@dataclass
class Answer:
    status: int
    headers: list
    body: bytes
    names: dict = field(init=False)

    def __post_init__(self):
        self.names = {name.lower(): value for name, value in self.headers}

    def __getitem__(self, name):
        return self.names.get(name.lower())

    def times(self, name):
        return sum(each.lower() == name.lower() for each, _ in self.headers)

    def json(self):
        return json.loads(self.body)


def ask(port, path, method="GET", headers=None, body=None, host="127.0.0.1", source=None,
        timeout_s=30, whole=True):
    """`whole`: False for an answer that does not end, of which the head is enough."""
    connection = http.client.HTTPConnection(
        host, port, timeout=timeout_s, source_address=(source, 0) if source else None)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.getheaders(),
                      response.read() if whole else b"")
    finally:
        connection.close()
