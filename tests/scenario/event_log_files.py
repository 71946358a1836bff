"""The files of the embedded log (docs/formats/event_log.md), read and written without the program."""

import os
import re
import struct

HEADER, FRAME = 64, 40
EVENTS = 1


def _table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _table()


def crc32c(data, crc=0):
    crc ^= 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def segments(data):
    """The segments' paths, by their first offsets."""
    return sorted(path for path in (data / "events").iterdir() if re.fullmatch(r"\d{20}\.log", path.name))


def records(path):
    """Yields (offset, fingerprint, json bytes) of a segment."""
    content = path.read_bytes()
    at = HEADER
    while content[at:at + 4] == b"QRFM":
        size, first, count, kind = struct.unpack_from("<IQII", content, at + 4)
        record = at + FRAME
        for offset in range(first, first + count if kind == EVENTS else first):
            length, fingerprint = struct.unpack_from("<IQ", content, record)
            yield offset, fingerprint, content[record + 12:record + 12 + length]
            record += 12 + length
        at = (at + FRAME + size + 7) // 8 * 8


def accepted_at(json):
    return int(re.search(rb'"accepted_at":(\d+)', json)[1])


def segment(found):
    """The bytes of a segment with one frame for each of `found`."""
    identity = os.urandom(16)
    first, _, json = found[0]
    header = b"MRQSEGMT" + struct.pack("<II", 1, HEADER) + identity + \
        struct.pack("<Qq", first, accepted_at(json)) + b"\0" * 12
    content = header + struct.pack("<I", crc32c(header))
    for offset, fingerprint, json in found:
        payload = struct.pack("<IQ", len(json), fingerprint) + json
        head = b"QRFM" + struct.pack("<IQIIQI", len(payload), offset, 1, EVENTS, offset, 0)
        payload += b"\0" * (-len(payload) % 8)
        content += head + struct.pack("<I", crc32c(payload, crc32c(head, crc32c(identity)))) + payload
    return content


def older_id(event_id, days):
    """The UUIDv7 as it would have been made so many days earlier."""
    ms = int(event_id[:8] + event_id[9:13], 16) - days * 86_400_000
    return f"{ms >> 16:08x}-{ms & 0xFFFF:04x}{event_id[13:]}"


def made_older(json, days):
    time = accepted_at(json) - days * 86_400_000
    json = re.sub(rb'("accepted_at":)\d+', rb"\g<1>%d" % time, json)
    return re.sub(rb'("event_id":")([^"]+)',
                  lambda match: match[1] + older_id(match[2].decode(), days).encode(), json)


def make_older(data, days_of, events_a_segment):
    """Rewrites the log of a directory without a server as if the event at `offset` had been made and
    accepted days_of(offset) earlier, in small segments."""
    old = segments(data)
    found = [(offset, fingerprint, made_older(json, days_of(offset)))
             for path in old for offset, fingerprint, json in records(path)]
    for path in old:
        path.unlink()
    for begin in range(0, len(found), events_a_segment):
        part = found[begin:begin + events_a_segment]
        (data / "events" / f"{part[0][0]:020}.log").write_bytes(segment(part))
