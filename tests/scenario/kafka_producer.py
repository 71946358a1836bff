"""Messages to a topic as another program writes them, over Kafka's protocol (its guide: Produce, version 3;
record batches of version 2), compressed, so that one of megabytes passes a broker's limit as well."""

import gzip
import struct
import time

from kafka_topic import ask, text
from log_frame import crc32c

PRODUCE, VERSION = 0, 3
GZIP = 1


def varint(value):
    """Zigzag, seven bits a byte."""
    value = value << 1 if value >= 0 else (-value << 1) - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def sized(data):
    return varint(-1) if data is None else varint(len(data)) + data


def record(number, key, value, headers):
    body = b"\0" + varint(0) + varint(number) + sized(key) + sized(value) + varint(len(headers))
    body += b"".join(sized(name.encode()) + sized(content) for name, content in headers)
    return sized(body)


def batch(messages):
    """`messages`: (key, value, headers), of bytes or None."""
    now, count = int(time.time() * 1000), len(messages)
    records = gzip.compress(b"".join(record(number, *message) for number, message in enumerate(messages)))
    counted = struct.pack(">hiqqqhii", GZIP, count - 1, now, now, -1, -1, -1, count) + records
    rest = struct.pack(">ibI", -1, 2, crc32c(counted)) + counted
    return struct.pack(">qi", 0, len(rest)) + rest


def produce(url, topic, partition, messages):
    data = batch([(*message, ()) if len(message) == 2 else message for message in messages])
    body = struct.pack(">hhi", -1, -1, 10_000) + struct.pack(">i", 1) + text(topic) + struct.pack(
        ">iii", 1, partition, len(data)) + data
    answer = ask(url, PRODUCE, body, version=VERSION)
    error, = struct.unpack(">h", answer[4 + 2 + len(topic) + 4 + 4:][:2])
    assert error == 0, f"{len(messages)} messages to {topic}:{partition}: error {error}"
