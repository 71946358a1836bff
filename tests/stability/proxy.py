"""TCP proxies that stand between the program and its servers, in a process of their own, each switched
between what can go wrong on the way while connections are open:

    pass     everything goes through
    refuse   nobody listens, and what was open is cut
    cut      who connects is cut off at once, and what was open too
    hang     connections stay and new ones are taken, and nothing moves
    slow     answers come at one byte a second
    garbage  questions get through, and of the answers only the lengths: their bytes are drawn
    flap     a second as refuse, a second as pass, and so on
"""

import asyncio
import contextlib
import multiprocessing
import os
import random
import socket
import struct
import time
from dataclasses import asdict, dataclass

MODES = ("pass", "refuse", "cut", "hang", "slow", "garbage", "flap")
PIECE_BYTES = 65536
FLAP_S = 1


@dataclass
class Counts:
    """What reached the server since the last time it was asked for."""

    accepted: int = 0  # connections
    peak_accepted: int = 0  # in the busiest second, as the next but one
    pieces: int = 0  # of requests; a small request is one
    peak_pieces: int = 0
    open: int = 0


class Relay:
    """One port of ours before one port of a server."""

    def __init__(self, port, target):
        self.port, self.target = port, target
        self.mode, self.changed = "pass", asyncio.Event()
        self.listener, self.writers, self.flapping = None, set(), None
        self.random = random.Random(port)
        self.counts, self.second = Counts(), 0
        self.accepted_in_second = self.pieces_in_second = 0

    async def listen(self):
        self.listener = await asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=1024)

    async def switch(self, mode):
        if self.flapping is not None:
            self.flapping.cancel()
            await asyncio.gather(self.flapping, return_exceptions=True)
            self.flapping = None
        if mode == "flap":
            await self.be("refuse")
            self.flapping = asyncio.ensure_future(self.flap())
        else:
            await self.be(mode)

    async def flap(self):
        while True:
            for mode in ("pass", "refuse"):
                await asyncio.sleep(FLAP_S)
                await self.be(mode)

    async def be(self, mode):
        if self.listener is not None and mode == "refuse":
            self.listener.close()
            self.listener = None
        self.mode = mode
        self.changed.set()
        self.changed = asyncio.Event()
        if mode in ("refuse", "cut"):
            for writer in list(self.writers):
                reset(writer)
        if self.listener is None and mode != "refuse":
            await self.listen()

    async def serve(self, reader, writer):
        self.count(accepted=1)
        if self.mode == "cut":
            return reset(writer)
        self.writers.add(writer)
        there = None
        try:
            while self.mode == "hang":
                await self.changed.wait()
            from_server, there = await asyncio.open_connection("127.0.0.1", self.target)
            self.writers.add(there)
            ways = [asyncio.ensure_future(self.carry(reader, there, False)),
                    asyncio.ensure_future(self.carry(from_server, writer, True))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            reset(writer)  # nobody is behind us
        finally:
            for end in filter(None, (writer, there)):
                self.writers.discard(end)
                end.close()

    async def carry(self, reader, writer, is_answer):
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE_BYTES):
                if not is_answer:
                    self.count(pieces=1)
                await self.forward(writer, data, is_answer)

    async def forward(self, writer, data, is_answer):
        while data:
            if self.mode == "hang":
                await self.changed.wait()
            elif self.mode == "slow" and is_answer:
                writer.write(data[:1])
                data = data[1:]
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(self.changed.wait(), 1)
            else:
                garbled = self.mode == "garbage" and is_answer
                writer.write(self.random.randbytes(len(data)) if garbled else data)
                data = b""
        await writer.drain()

    def count(self, accepted=0, pieces=0):
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.accepted_in_second, self.pieces_in_second = second, 0, 0
        self.accepted_in_second += accepted
        self.pieces_in_second += pieces
        counts = self.counts
        counts.accepted += accepted
        counts.pieces += pieces
        counts.peak_accepted = max(counts.peak_accepted, self.accepted_in_second)
        counts.peak_pieces = max(counts.peak_pieces, self.pieces_in_second)

    def take_counts(self):
        taken, self.counts = self.counts, Counts()
        self.accepted_in_second = self.pieces_in_second = 0
        taken.open = len(self.writers) // 2
        return asdict(taken)


def reset(writer):
    """As a machine that forgot the connection: RST, not FIN."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                                   struct.pack("ii", 1, 0))
    writer.transport.abort()


async def obey(commands):
    """Runs the commands that come through the pipe until it is closed."""
    relays, loop = {}, asyncio.get_running_loop()
    while True:
        ready = asyncio.Event()
        loop.add_reader(commands.fileno(), ready.set)
        await ready.wait()
        loop.remove_reader(commands.fileno())
        try:
            verb, name, argument = commands.recv()
        except EOFError:
            os._exit(0)  # with every connection as it is
        answer = None
        if verb == "open":
            relays[name] = Relay(*argument)
            await relays[name].listen()
        elif verb == "switch":
            await relays[name].switch(argument)
        else:
            answer = relays[name].take_counts()
        commands.send(answer)


class Proxies:
    """The process with the proxies, seen from outside."""

    def __init__(self):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self._run, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def _run(self, commands):
        self.pipe.close()
        asyncio.run(obey(commands))

    def _ask(self, *command):
        self.pipe.send(command)
        return self.pipe.recv()

    def open(self, name, port, target):
        """Listens on `port` of 127.0.0.1 and passes on to `target`."""
        self._ask("open", name, (port, target))

    def switch(self, name, mode):
        assert mode in MODES, mode
        self._ask("switch", name, mode)

    def take_counts(self, name):
        return Counts(**self._ask("counts", name, None))

    def close(self):
        self.pipe.close()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
