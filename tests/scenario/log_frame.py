"""Events as another writer of the log would leave them: docs/formats/event_log.md, written from that
document alone. What the door would refuse gets into a log only so."""

import json
import struct

HEADER, FRAME = 64, struct.Struct("<4sIQIIQII")


def _table():
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        yield byte


TABLE = list(_table())


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def append_events(segment, events):
    """One frame behind the last of `segment`, a log that nobody has open. Returns the offset of the
    first event."""
    content = segment.read_bytes()
    segment_id, offset = content[16:32], struct.unpack_from("<Q", content, 32)[0]
    at = HEADER
    while content[at:at + 4] == b"QRFM":
        _, size, first, records, kind, _, _, _ = FRAME.unpack_from(content, at)
        offset = first + (0 if kind == 2 else records)
        at += (FRAME.size + size + 7) // 8 * 8
    with segment.open("r+b") as file:
        file.seek(at)
        file.write(_frame(segment_id, offset, events))
    return offset


def _frame(segment_id, offset, events):
    payload = b""
    for number, event in enumerate(events):
        text = json.dumps(event, separators=(",", ":")).encode()
        payload += struct.pack("<IQ", len(text), number + 1) + text
    size = len(payload)
    payload += b"\0" * (-(FRAME.size + size) % 8)
    head = struct.pack("<4sIQIIQI", b"QRFM", size, offset, len(events), 1, offset, 0)
    return head + struct.pack("<I", crc32c(head + payload, crc32c(segment_id))) + payload
