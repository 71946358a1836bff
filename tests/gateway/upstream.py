"""A process behind the gateway: answers with what it was asked, or fails as a test wants it to."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Upstream:
    """`fault`: None, "drop" (reads the request, closes), "503", "hang", "stream"."""

    def __init__(self, name):
        self.name, self.fault, self.asked, self.headers = name, None, [], {}
        self.connections = 0
        self.release = threading.Event()
        upstream = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                upstream.connections += 1
                super().setup()

            def do(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                upstream.asked.append((self.command, self.path))
                upstream.answer(self, body)

            do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = do

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, request, body):
        if self.fault == "drop":
            request.close_connection = True
            return
        if self.fault == "hang":
            self.release.wait(60)
        if self.fault == "stream":
            self.stream(request)
            return
        seen = {"upstream": self.name, "method": request.command, "path": request.path,
                "headers": {name.lower(): value for name, value in request.headers.items()},
                "body": body.decode(errors="replace")}
        text = json.dumps(seen).encode()
        request.send_response(503 if self.fault == "503" else 200)
        for name, value in {"Content-Type": "application/json", **self.headers}.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(text)))
        request.end_headers()
        request.wfile.write(text)

    def stream(self, request):
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.send_header("Connection", "close")
        request.end_headers()
        for number in range(3):
            request.wfile.write(f"id: {number}\ndata: x\n\n".encode())
            request.wfile.flush()
            time.sleep(0.3)
        request.close_connection = True

    def end(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
