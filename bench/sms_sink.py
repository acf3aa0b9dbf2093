"""A carrier in a process of its own: it takes every SMS as fast as it can, or so many a second and no more.

`async with sink() as carrier:` gives its port and answers `await carrier.ask()` with what it has seen. What it does
beyond its rate it refuses with ESME_RTHROTTLED (0x58), as centres do; its bucket holds a tenth of a second.
"""

import asyncio
import json
import re
import struct
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import uvloop

HEADER = struct.Struct(">LLLL")
SUBMIT, RESPONSE, THROTTLED = 0x4, 0x80000000, 0x58
ENQUIRE = 0x15
MARK = re.compile(rb"Kode ([A-Z0-9]{5})")  # what a bench writes into a text to find it again
ONE_TEXT_KEEPS = 1000  # times kept of a mark: a probe is one message, a warning a hundred thousand


class Centre(asyncio.Protocol):
    """Answers what is whole; one for each connection, the counts are everybody's."""

    rate = 0.0
    taken = refused = 0
    first = last = 0.0
    tokens = 0.0
    filled = 0.0
    seen: dict[str, list[float]] = {}  # noqa: RUF012 - one for all connections

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport: Any = transport
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        """Answer what is whole."""
        data, start, out = self.rest + data, 0, []
        now = time.monotonic()
        while len(data) - start >= HEADER.size:
            length, command, _, sequence = HEADER.unpack_from(data, start)
            if len(data) - start < length:
                break
            if command == SUBMIT:
                out.append(self._submit(data[start : start + length], sequence, now))
            elif not command & RESPONSE:
                body = b"" if command == ENQUIRE else b"sink\0"
                out.append(HEADER.pack(HEADER.size + len(body), command | RESPONSE, 0, sequence) + body)
            start += length
        self.rest = data[start:]
        self.transport.write(b"".join(out))

    def _submit(self, pdu: bytes, sequence: int, now: float) -> bytes:
        if not self._admits(now):
            Centre.refused += 1
            return HEADER.pack(HEADER.size, SUBMIT | RESPONSE, THROTTLED, sequence)
        Centre.taken += 1
        Centre.first, Centre.last = Centre.first or now, now
        if found := MARK.search(pdu):
            times = Centre.seen.setdefault(found[1].decode(), [])
            if len(times) < ONE_TEXT_KEEPS:
                times.append(now)
        body = b"%x\0" % Centre.taken
        return HEADER.pack(HEADER.size + len(body), SUBMIT | RESPONSE, 0, sequence) + body

    def _admits(self, now: float) -> bool:
        if not Centre.rate:
            return True
        Centre.tokens = min(max(1.0, Centre.rate / 10), Centre.tokens + (now - Centre.filled) * Centre.rate)
        Centre.filled = now
        if Centre.tokens < 1:
            return False
        Centre.tokens -= 1
        return True


@dataclass(slots=True)
class Carrier:
    """A running sink."""

    port: int
    process: asyncio.subprocess.Process

    @property
    def watched(self) -> psutil.Process:
        """For its CPU."""
        return psutil.Process(self.process.pid)

    async def ask(self, command: str = "all") -> dict[str, Any]:
        """Give `taken`, `refused`, `first` and `last` (monotonic), `seen` (times by mark).

        `counts` leaves out `seen`, which is long; `reset` begins anew.
        """
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the sink has no pipes")
        self.process.stdin.write(command.encode() + b"\n")
        await self.process.stdin.drain()
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return answer


@asynccontextmanager
async def sink(rate: float = 0.0) -> AsyncIterator[Carrier]:
    """Run one; `rate` 0 takes everything."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, __file__, str(rate), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        limit=1 << 26,
    )  # fmt: skip
    try:
        if process.stdout is None:
            raise RuntimeError("the sink has no pipes")
        yield Carrier(int(await process.stdout.readline()), process)
    finally:
        process.kill()
        await process.wait()


async def serve(rate: float) -> None:
    """Listen, tell the port, answer questions on standard input until it ends."""
    Centre.rate = rate
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Centre, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        told = {"taken": Centre.taken, "refused": Centre.refused, "first": Centre.first, "last": Centre.last}
        print(json.dumps(told | ({} if line.strip() == b"counts" else {"seen": Centre.seen})), flush=True)
        if line.strip() == b"reset":
            Centre.taken = Centre.refused = 0
            Centre.first = Centre.last = 0.0
            Centre.seen.clear()


if __name__ == "__main__":
    uvloop.run(serve(float(sys.argv[1])))
