"""Kannel as a peer: bearerbox with a spool on the disk and smsbox in front of it, as Debian packages them.

It is asked in three ways: a request for each message, as where every text is another; the same and told of each
outcome (`dlr-mask`), which is what is asked of us; and two hundred numbers in a request. The time runs from the first
request until the carrier has the last message, or the last outcome is told.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode

from chassis.testing.ports import free_port
from raw_smpp import TEXT
from sms_sink import Carrier
from stack.home import LOOPBACK

BOXES = ("/usr/sbin/bearerbox", "/usr/sbin/smsbox")
CONNECTIONS = 16
PATIENCE = 120.0
OUTCOMES = 8 | 16  # what the carrier took, what it refused (Kannel user guide, delivery reports)

CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = bench
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
store-type = spool
store-location = "{folder}/spool"

group = smsc
smsc = smpp
smsc-id = bench
host = {host}
port = {smsc}
smsc-username = bench
smsc-password = bench
system-type = ""
transceiver-mode = true
max-pending-submits = {window}
source-addr-ton = 5
source-addr-npi = 0
dest-addr-ton = 1
dest-addr-npi = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {http}

group = sendsms-user
username = bench
password = bench
max-messages = 10

group = sms-service
keyword = default
text = "no"
max-messages = 0
"""


def installed() -> bool:
    """Whether both boxes are there."""
    return all(Path(box).exists() for box in BOXES)


class Kannel:
    """Both boxes on ports of their own, before a carrier on `smsc`."""

    def __init__(self, smsc: int, window: int) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="kannel-"))
        ports = {name: free_port() for name in ("admin", "box", "http")}
        self._http = ports["http"]
        told = {**ports, "smsc": smsc, "window": window, "folder": self._folder, "host": LOOPBACK}
        (self._folder / "spool").mkdir()
        self._file = self._folder / "kannel.conf"
        self._file.write_text(CONFIGURATION.format(**told))
        self._boxes: list[asyncio.subprocess.Process] = []

    async def __aenter__(self) -> Self:
        for box in BOXES:
            started = await asyncio.create_subprocess_exec(
                box, "-v", "4", str(self._file), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
            )
            self._boxes.append(started)
            await asyncio.sleep(2)
        return self

    async def __aexit__(self, *_: object) -> None:
        for box in reversed(self._boxes):
            if box.returncode is None:
                box.kill()
            await box.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    async def rate(self, messages: int, carrier: Carrier, together: int, *, told: bool = False) -> float:
        """Messages a second, `together` numbers in a request; `told`: of each outcome."""
        await carrier.ask("reset")
        loop = asyncio.get_running_loop()
        hearer = await loop.create_server(Hearer, LOOPBACK, 0)
        port = hearer.sockets[0].getsockname()[1] if told else 0
        Hearer.heard, Hearer.wanted, Hearer.all = 0, messages, loop.create_future()
        firsts = iter(range(0, messages, together))
        requests = (self._request(range(n, min(n + together, messages)), port) for n in firsts)
        began = time.monotonic()
        for _ in range(CONNECTIONS):
            await loop.create_connection(partial(Client, requests), LOOPBACK, self._http)
        while (seen := await carrier.ask("counts"))["taken"] < messages:
            if time.monotonic() - began > PATIENCE:
                raise RuntimeError(f"Kannel brought {seen['taken']} of {messages} messages")
            await asyncio.sleep(0.1)
        async with asyncio.timeout(PATIENCE):
            ended = float(await Hearer.all if told else seen["last"])
        hearer.close()
        return messages / (ended - began)

    def _request(self, numbers: range, hearer: int) -> bytes:
        to = " ".join(f"62811{n:08d}" for n in numbers)
        query = {"username": "bench", "password": "bench", "from": "KENTONGAN", "to": to, "text": TEXT.decode()}
        if hearer:
            query |= {"dlr-mask": str(OUTCOMES), "dlr-url": f"http://{LOOPBACK}:{hearer}/?id={numbers[0]}&what=%d"}
        return f"GET /cgi-bin/sendsms?{urlencode(query)} HTTP/1.1\r\nHost: kannel\r\n\r\n".encode()


class Hearer(asyncio.Protocol):
    """Is told of outcomes, a request for each."""

    heard = wanted = 0
    all: asyncio.Future[float]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Count; a request is small and comes whole."""
        requests = data.count(b"\r\n\r\n")
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" * requests)
        Hearer.heard += requests
        if Hearer.heard == Hearer.wanted:
            Hearer.all.set_result(time.monotonic())


class Client(asyncio.Protocol):
    """Asks one thing after another on one connection; as bare as can be, for Kannel is what is measured."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first."""
        self._transport: Any = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Ask the next; an answer is small and comes whole."""
        if b" 202 " not in data[:16] and b" 200 " not in data[:16]:
            raise RuntimeError(f"Kannel answers {data[:200]!r}")
        self._next()

    def _next(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
        else:
            self._transport.write(request)
