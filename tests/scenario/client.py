"""HTTP as a client sees it, and ids as a client makes them. Standard library only."""

import http.client
import json
import os
import time
import urllib.parse
from dataclasses import dataclass, field


def uuid7(ms=None):
    """A UUIDv7 whose time is `ms` since 1970, or now."""
    ms = int(time.time() * 1000) if ms is None else ms
    raw = bytearray(ms.to_bytes(6, "big") + os.urandom(10))
    raw[6] = 0x70 | raw[6] & 0x0F
    raw[8] = 0x80 | raw[8] & 0x3F
    text = raw.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


@dataclass
class Answer:
    status: int
    headers: dict = field(default_factory=dict)
    body: bytes = b""

    @property
    def text(self):
        return self.body.decode(errors="replace")

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.headers.get('content-type', '')}: {self.text[:600]}"


def joined(lines):
    """Header lines of one name are one list (RFC 9110, section 5.3)."""
    headers = {}
    for name, value in lines:
        name = name.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


class Client:
    """One request, one connection: nothing hides between two of them."""

    def __init__(self, address, token=None, timeout_s=30, on_kafka=False):
        url = urllib.parse.urlsplit(address)
        self.host, self.port, self.timeout_s = url.hostname, url.port, timeout_s
        self.token = token
        self.on_kafka = on_kafka  # whether events go to a topic

    def request(self, method, path, body=None, headers=None, operator=False):
        """`body`: bytes or text as they are, anything else as JSON."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, str):
            body = body.encode()
        if operator:
            headers["Authorization"] = f"Bearer {self.token}"
        connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout_s)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            return Answer(answer.status, joined(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, body, **options):
        return self.request("POST", path, body, **options)

    # --- what many scenarios do -------------------------------------------------------------------

    def event(self, user, movie, event_type="like", **fields):
        """Posts one event and returns the answer's JSON; anything but 200 and 202 is an error."""
        answer = self.post("/api/events",
                           {"user_id": user, "movie_id": movie, "event_type": event_type, **fields})
        assert answer.status in (200, 202), f"POST /api/events: {answer}"
        return answer.json()

    def recommendations(self, user, limit=10, **parameters):
        query = urllib.parse.urlencode({"user_id": user, "limit": limit, **parameters})
        answer = self.get("/api/recommendations?" + query)
        assert answer.status == 200, f"GET /api/recommendations: {answer}"
        return answer.json()

    def list_with(self, user, offset, limit=10, **parameters):
        """The list that includes the event. One call waits for that a quarter of a second; who folds a topic
        joins a group first, and a busy machine takes its time."""
        end = time.monotonic() + 60
        while True:
            listed = self.recommendations(user, limit, min_offset=offset, **parameters)
            if not listed.get("stale"):
                return listed
            assert time.monotonic() < end, f"the event {offset} of {user} is not visible at {self.port}: {listed}"

    def history(self, user, limit=1000):
        """Every applied event of a viewer, newest first, over all pages."""
        found, cursor = [], None
        while True:
            query = {"limit": limit, **({"cursor": cursor} if cursor else {})}
            answer = self.get(f"/api/users/{user}/history?" + urllib.parse.urlencode(query))
            assert answer.status == 200, f"GET history: {answer}"
            page = answer.json()
            found += page["history"]
            cursor = page.get("next_cursor")
            if not cursor:
                return found

    def metric(self, name, **labels):
        """The value of one line of /metrics; 0 when there is none yet."""
        answer = self.get("/metrics")
        assert answer.status == 200, f"GET /metrics: {answer}"
        for line in answer.text.splitlines():
            if line.startswith(name) and all(f'{k}="{v}"' in line for k, v in labels.items()):
                if line[len(name)] in "{ ":
                    return float(line.rsplit(" ", 1)[1])
        return 0.0

    def events_counted(self, result):
        return self.metric("marquee_events_total", result=result)
