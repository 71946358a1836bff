"""TLS before a PostgreSQL that knows none (that with pgvector, of tools/servers): takes the protocol's request
for TLS (the manual, "SSL Session Encryption"), shows the certificate and passes on what comes under it, as a
pooler on the server's own machine does. Who asks for no TLS is cut off."""

import asyncio
import contextlib
import multiprocessing
import ssl
import struct

SSL_REQUEST = struct.pack(">ii", 8, 80877103)
PIECE_BYTES = 65536


class TlsDoor:
    """A process of its own; `port` is where it listens on 127.0.0.1."""

    def __init__(self, target_port, certificate, key):
        self.target_port, self.certificate, self.key = target_port, certificate, key
        ours, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self._run, args=(theirs,), daemon=True)
        self.process.start()
        self.port = ours.recv()

    def close(self):
        self.process.kill()
        self.process.join()

    def _run(self, pipe):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, self.key)
        asyncio.run(self._listen(pipe))

    async def _listen(self, pipe):
        listener = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=256)
        pipe.send(listener.sockets[0].getsockname()[1])
        await listener.serve_forever()

    async def _serve(self, reader, writer):
        there = None
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            try:
                if await reader.readexactly(len(SSL_REQUEST)) != SSL_REQUEST:
                    return
                writer.write(b"S")
                await writer.start_tls(self.context)
                from_server, there = await asyncio.open_connection("127.0.0.1", self.target_port)
                ways = [asyncio.ensure_future(carry(reader, there)),
                        asyncio.ensure_future(carry(from_server, writer))]
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
            finally:
                for end in filter(None, (writer, there)):
                    end.close()


async def carry(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(PIECE_BYTES):
            writer.write(data)
            await writer.drain()
