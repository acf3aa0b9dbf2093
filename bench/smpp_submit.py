"""How many messages a second one bind takes: the whole carrier (text, window, codec) against a bare sink.

Run: python bench/smpp_submit.py [messages] [window]. The sink is a process of its own on loopback.
"""

import asyncio
import struct
import subprocess
import sys
import time
from uuid import UUID

import uvloop

from notifier.adapters.smpp.client import SmppCarrier
from notifier.adapters.smpp.settings import parse
from notifier.application.incoming import Incoming, Notice, Quarantined, Receipt
from notifier.application.outgoing import Outgoing, PlainText

HEADER = struct.Struct(">LLLL")
SUBMIT, RESPONSE = 0x4, 0x80000000
TEXT = "BPBD Rembang: SIAGA banjir desa 33.17.09.2004. Pindah ke tempat tinggi sekarang. Balas SIAP. Kode P4K7M"


class Sink(asyncio.Protocol):
    """Answers everything with yes."""

    taken = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport, self.rest = transport, b""

    def data_received(self, data: bytes) -> None:
        """Answer what is whole."""
        data, start, out = self.rest + data, 0, []
        while len(data) - start >= HEADER.size:
            length, command, _, sequence = HEADER.unpack_from(data, start)
            if len(data) - start < length:
                break
            start += length
            Sink.taken += 1
            body = b"%x\0" % Sink.taken
            out.append(HEADER.pack(HEADER.size + len(body), command | RESPONSE, 0, sequence) + body)
        self.rest = data[start:]
        self.transport.write(b"".join(out))  # type: ignore[attr-defined]


class Nobody:
    """A sink for what comes in: nothing does."""

    async def on_receipt(self, receipts: list[Receipt]) -> None:
        """Never."""

    async def on_message(self, message: Incoming) -> None:
        """Never."""

    async def on_quarantine(self, spoiled: Quarantined) -> None:
        """Never."""

    async def on_notice(self, notice: Notice) -> None:
        """Never."""


async def serve() -> None:
    """Listen, tell the port, serve."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def send(port: int, messages: int, window: int) -> None:
    """Send them all, as many at once as the window and half as many more."""
    carrier = SmppCarrier(parse(f"smpp://a:b@127.0.0.1:{port}?window={window}&sender=BPBD"), Nobody())  # type: ignore[arg-type]
    await carrier.start()
    while not carrier.up:  # noqa: ASYNC110 - up is a state, not an event
        await asyncio.sleep(0.01)
    numbers = iter(range(messages))

    async def worker() -> None:
        for n in numbers:
            await carrier.submit(Outgoing(UUID(int=n), f"+62812{n:08d}", PlainText(TEXT)))

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(worker() for _ in range(window + window // 2)))
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    print(f"window {window}: {messages / seconds:,.0f} messages/s, {cpu / messages * 1e6:.0f} us of CPU each")
    await carrier.stop()


def main() -> None:
    """Measure."""
    if sys.argv[1:] == ["sink"]:
        uvloop.run(serve())
        return
    messages, window = (
        int(sys.argv[1]) if len(sys.argv) > 1 else 100_000,
        int(sys.argv[2]) if len(sys.argv) > 2 else 10,
    )
    sink = subprocess.Popen([sys.executable, __file__, "sink"], stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
    try:
        uvloop.run(send(int(sink.stdout.readline()), messages, window))  # type: ignore[union-attr]
    finally:
        sink.kill()


if __name__ == "__main__":
    main()
