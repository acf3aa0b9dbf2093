"""The limit of fanout: a bare asyncio client, the same texts and window, that remembers nothing."""

import asyncio
import struct
import time
from typing import Any

from stack.home import LOOPBACK

HEADER = struct.Struct(">LLLL")
BIND, SUBMIT, RESPONSE = 0x9, 0x4, 0x80000000
TEXT = b"KENTONGAN BANJIR di Sendangmulyo, Kragan. 2 pelapor. Kode B7QA8. Balas SIAP B7QA8"


class Client(asyncio.Protocol):
    """Keeps the window full."""

    def __init__(self, messages: int, window: int) -> None:
        self._left, self._window, self._number = messages, window, 0
        self._unanswered, self._rest = 0, b""
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Bind."""
        self._transport: Any = transport
        body = b"bench\0bench\0\0\x34\0\0\0"
        transport.write(HEADER.pack(HEADER.size + len(body), BIND, 0, 0) + body)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Count answers, send as many more."""
        data, start = self._rest + data, 0
        while len(data) - start >= HEADER.size:
            length, command, _, _ = HEADER.unpack_from(data, start)
            if len(data) - start < length:
                break
            start += length
            self._unanswered -= command == SUBMIT | RESPONSE
        self._rest = data[start:]
        self._fill()

    def _fill(self) -> None:
        out = []
        while self._left and self._unanswered < self._window:
            self._number += 1
            out.append(_submit(self._number))
            self._left -= 1
            self._unanswered += 1
        if out:
            self._transport.write(b"".join(out))
        elif not self._unanswered and not self.done.done():
            self.done.set_result(None)


def _submit(number: int) -> bytes:
    to = b"62811%08d" % number
    body = b"\0\5\0KENTONGAN\0\1\1%s\0\0\0\0\0\0\1\0\0\0%c%s" % (to, len(TEXT), TEXT)
    return HEADER.pack(HEADER.size + len(body), SUBMIT, 0, number) + body


async def raw(port: int, messages: int, window: int) -> float:
    """Seconds for all of them."""
    began = time.perf_counter()
    transport, client = await asyncio.get_running_loop().create_connection(
        lambda: Client(messages, window), LOOPBACK, port
    )
    await client.done
    transport.close()
    return time.perf_counter() - began
