"""Server-sent events: who follows hears of every change, and holds nobody up."""

import collections
import contextlib
import http.client
import json
import signal
import socket
import threading

from cases import scenario


class Follower:
    """One open stream, read block by block."""

    def __init__(self, client, path, headers=None, operator=False, receive_buffer=None):
        headers = dict(headers or {})
        if operator:
            headers["Authorization"] = f"Bearer {client.token}"
        self.connection = http.client.HTTPConnection(client.host, client.port, timeout=60)
        if receive_buffer:
            self.connection.sock = socket.socket()
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            self.connection.sock.settimeout(60)
            self.connection.sock.connect((client.host, client.port))
        self.connection.request("GET", path, headers=headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, f"GET {path}: {self.answer.status} {self.answer.read()}"
        assert self.answer.getheader("content-type") == "text/event-stream"

    def block(self):
        """The next block's fields; a comment is under ''. None at the end of the stream."""
        fields = {}
        while True:
            line = self.answer.readline().decode()
            if line == "":
                return None
            if line == "\n":
                return fields
            name, _, value = line.rstrip("\n").partition(":")
            fields[name] = value.strip()

    def until(self, event):
        while True:
            block = self.block()
            assert block is not None, f"the stream ended before '{event}'"
            if block.get("event") == event:
                return block

    def close(self):
        self.answer.close()
        self.connection.close()


@scenario("a viewer who follows hears when the list has changed, and then gets the new one", fast=True, platform=True)
def list_changed(stage):
    with stage.program.serve(stage.copy()) as server:
        with contextlib.closing(Follower(server.client, "/api/users/7/stream")) as follower:
            for movie in ("1", "2", "3"):
                offset = server.client.event("7", movie)["offset"]
                told = follower.until("list_changed")
                assert told["id"] == offset, (told, offset)
                assert json.loads(told["data"]) == {"offset": offset}
                listed = server.client.recommendations("7")
                assert listed["offset"] == offset, "heard before it was applied"
                assert movie not in [each["movie_id"] for each in listed["recommendations"]]


@scenario("who comes back by Last-Event-ID hears of what was missed, also after a restart", platform=True, tls=True)
def resumes(stage):
    data = stage.copy()
    with stage.program.serve(data) as server:
        seen = server.client.event("7", "1")["offset"]
        missed = server.client.event("7", "2")["offset"]
    for _ in range(2):
        with stage.program.serve(data) as server:
            path = "/api/users/7/stream"
            with contextlib.closing(Follower(server.client, path, {"Last-Event-ID": seen})) as late:
                assert late.until("list_changed")["id"] == missed
            with contextlib.closing(Follower(server.client, path, {"Last-Event-ID": missed})) as level:
                newer = server.client.event("7", "3")["offset"]
                assert level.until("list_changed")["id"] == newer, "told of what it had seen"
            seen, missed = missed, newer


@scenario("an operator hears of every event once and in order", platform=True)
def every_event(stage):
    with stage.program.serve(stage.copy()) as server:
        path = "/api/admin/events/stream"
        with contextlib.closing(Follower(server.client, path, operator=True)) as follower:
            sent = []

            def send(user):
                for number in range(50):
                    sent.append(server.client.event(user, str(number + 1), "click")["event_id"])

            threads = [threading.Thread(target=send, args=(f"u{i}",)) for i in range(4)]
            for thread in threads:
                thread.start()
            heard = [follower.until("event") for _ in range(200)]
            for thread in threads:
                thread.join()
            assert sorted(json.loads(each["data"])["event_id"] for each in heard) == sorted(sent)
            places = collections.defaultdict(list)  # by partition
            for each in heard:
                partition, _, place = each["id"].rpartition(":")
                places[partition].append(int(place))
            for each in places.values():
                assert each == sorted(each), places


@scenario("a quiet stream beats, and ends whole when the server stops", platform=True)
def beats_and_drains(stage):
    with stage.program.serve(stage.copy()) as server:
        with contextlib.closing(Follower(server.client, "/api/users/7/stream")) as follower:
            block = follower.block()
            while "" not in block:  # a comment, after 15 s at most; the socket waits for 60
                block = follower.block()
            assert server.end(signal.SIGTERM) == 0, server.stderr
            while follower.block() is not None:
                pass


@scenario("a follower that does not read is ended, and nobody waits for it", platform=True)
def slow_reader(stage):
    with stage.program.serve(stage.copy()) as server:
        path, batches = "/api/admin/events/stream", 30
        slow = Follower(server.client, path, operator=True, receive_buffer=4096)
        with contextlib.closing(slow), \
                contextlib.closing(Follower(server.client, "/api/users/7/stream")) as quick:
            batch = [{"user_id": "busy", "movie_id": "1", "event_type": "click"}] * 1000
            for _ in range(batches):
                assert server.client.post("/api/events", batch).status == 207
            offset = server.client.event("7", "1")["offset"]
            assert quick.until("list_changed")["id"] == offset
            heard = 0
            with contextlib.suppress(ConnectionError, http.client.IncompleteRead):
                while (block := slow.block()) is not None:
                    heard += block.get("event") == "event"
            assert 0 < heard < batches * 1000, f"{heard} events were kept for who did not read"
            assert server.client.get("/health/live").status == 200
