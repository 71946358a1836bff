"""Topics as an administrator changes them, over Kafka's protocol (its guide: CreateTopics and
DeleteTopics, version 1)."""

import socket
import struct
import urllib.parse

from fleet import until

CREATE, DELETE = 19, 20
PATIENCE_MS = 10_000


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def ask(url, api, body, version=1):
    """The answer behind its correlation id."""
    at = urllib.parse.urlsplit(url)
    message = struct.pack(">hhi", api, version, 1) + text("scenario") + body
    with socket.create_connection((at.hostname, at.port), timeout=30) as connection:
        connection.sendall(struct.pack(">i", len(message)) + message)
        stream = connection.makefile("rb")
        return stream.read(struct.unpack(">i", stream.read(4))[0])[4:]


def delete(url, topic):
    answer = ask(url, DELETE, struct.pack(">i", 1) + text(topic) + struct.pack(">i", PATIENCE_MS))
    assert answer.endswith(b"\0\0"), f"the topic {topic} is not deleted: {answer}"


def create(url, topic, partitions):
    """Also right behind a deletion, which the broker ends later."""
    body = (struct.pack(">i", 1) + text(topic) + struct.pack(">ihii", partitions, 1, 0, 0)
            + struct.pack(">i?", PATIENCE_MS, False))

    def made():
        error, = struct.unpack(">h", ask(url, CREATE, body)[4 + 2 + len(topic):][:2])
        return error == 0

    until(f"the topic {topic} is made", made)
