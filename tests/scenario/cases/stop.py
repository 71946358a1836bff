"""Ctrl-C and SIGTERM: what is under way is answered, then exit code 0."""

import json
import signal
import socket
import threading
import time

from cases import scenario


@scenario("Ctrl-C drains and exits 0", fast=True, platform=True)
def ctrl_c(stage):
    with stage.program.serve(stage.copy()) as server:
        assert server.end(signal.SIGINT) == 0, server.stderr
        assert not (server.data / "server.json").exists(), "server.json was left behind"


@scenario("SIGTERM drains and exits 0", platform=True)
def sigterm(stage):
    with stage.program.serve(stage.copy()) as server:
        assert server.end(signal.SIGTERM) == 0, server.stderr


@scenario("a request under way is answered before the exit", platform=True)
def under_way(stage):
    with stage.program.serve(stage.copy()) as server:
        body = json.dumps({"user_id": "drain", "movie_id": "1", "event_type": "click"}).encode()
        head = (f"POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode()
        with socket.create_connection((server.client.host, server.client.port), 10) as connection:
            connection.sendall(head + body[:10])
            time.sleep(0.3)
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            connection.sendall(body[10:])
            answer = connection.recv(65536)
        assert b" 202 " in answer.split(b"\r\n")[0], answer
        assert server.wait() == 0, server.stderr


@scenario("events that are being sent are answered or refused, never dropped", platform=True)
def drain_under_load(stage):
    data = stage.copy()
    acknowledged = []
    with stage.program.serve(data) as server:

        def send():
            try:
                for number in range(1000):
                    acknowledged.append(server.client.event("drain", str(number), "click")["event_id"])
            except Exception:  # refused or closed: not acknowledged
                pass

        threads = [threading.Thread(target=send, daemon=True) for _ in range(4)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        assert server.end(signal.SIGINT) == 0, server.stderr
        for thread in threads:
            thread.join(30)
    with stage.program.serve(data) as server:
        kept = {row["event_id"] for row in server.client.history("drain")}
        assert set(acknowledged) <= kept, f"{len(set(acknowledged) - kept)} acknowledged events are lost"
    assert acknowledged
