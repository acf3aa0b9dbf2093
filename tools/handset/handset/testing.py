"""The other side, for tests: a service that binds, calls the WhatsApp API and receives webhooks.

On bare sockets and independent of the handset's own codec, so that both cannot be wrong in the same way.
"""

import asyncio
import hashlib
import hmac
import itertools
import json
import struct
from typing import Any, Self

import aiohttp
from aiohttp import web

HEADER = struct.Struct(">IIII")
SECRET = "a-secret-of-the-app"  # noqa: S105 - invented
DEFAULT_PASSWORD = "secret"  # noqa: S105 - the default of `python -m handset`
DEFAULT_TOKEN = "token"  # noqa: S105 - the same
DEFAULT_VERIFY_TOKEN = "verify-token"  # noqa: S105 - the same
DELIVER_SM, SUBMIT_SM_RESP = 0x05, 0x80000004


class Esme:
    """A service's side of SMPP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.numbers = itertools.count(1)

    @classmethod
    async def connect(cls, port: int) -> Self:
        """Connect to a message centre on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    async def send(self, command: int, body: bytes = b"", status: int = 0, sequence: int = 0) -> int:
        """Send a PDU; give its sequence number."""
        number = sequence or next(self.numbers)
        self.writer.write(HEADER.pack(16 + len(body), command, status, number) + body)
        await self.writer.drain()
        return number

    async def next(self, within: float = 5.0) -> tuple[int, int, int, bytes]:
        """Wait for a PDU: command, status, sequence, body."""
        async with asyncio.timeout(within):
            length, command, status, sequence = HEADER.unpack(await self.reader.readexactly(16))
            return command, status, sequence, await self.reader.readexactly(length - 16)

    async def bind(self, password: str = "", system_id: str = "kentongan", command: int = 9) -> int:
        """Bind (1 receiver, 2 transmitter, 9 transceiver); give the status. No password: the handset's default."""
        body = f"{system_id}\0{password or DEFAULT_PASSWORD}\0\0".encode() + b"\x34\0\0\0"
        await self.send(command, body)
        return (await self.next())[1]

    async def submit(
        self, to: str, message: bytes, esm: int = 0, coding: int = 0, receipt: int = 0, tlvs: bytes = b""
    ) -> tuple[int, str]:
        """Submit and wait for the answer, skipping what else comes."""
        body = b"\0\x05\0KENTONGAN\0\x01\x01" + to.encode() + b"\0" + bytes((esm, 0, 0)) + b"\0\0"
        body += bytes((receipt, 0, coding, 0, len(message))) + message + tlvs
        number = await self.send(4, body)
        while True:
            command, status, sequence, answer = await self.next()
            if command == SUBMIT_SM_RESP and sequence == number:
                return status, answer[:-1].decode()

    async def delivered(self, status: int = 0) -> dict[str, Any]:
        """Wait for a deliver_sm and answer it."""
        command, _, sequence, body = await self.next()
        if command != DELIVER_SM:
            raise AssertionError(f"a deliver_sm was expected, {command:#x} came")
        await self.send(0x80000005, b"\0", status, sequence)
        source, rest = body[3:].split(b"\0", 1)
        destination, rest = rest[2:].split(b"\0", 1)
        length = rest[9]
        return {
            "source": source.decode(),
            "destination": destination.decode(),
            "esm": rest[0],
            "coding": rest[7],
            "message": rest[10 : 10 + length],
            "tlvs": rest[10 + length :],
        }

    def close(self) -> None:
        """End the connection."""
        self.writer.close()


class Receiver:
    """The service's webhook: checks every signature, keeps every payload, answers as told."""

    def __init__(self) -> None:
        self.values: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.url = ""
        self._came = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen; `url` says where."""
        application = web.Application()
        application.router.add_post("/hook", self.take)
        application.router.add_get("/hook", self.handshake)
        self._runner = web.AppRunner(application)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hook"

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def take(self, request: web.Request) -> web.Response:
        """Take one webhook; a wrong signature is answered with 403 and counts as nothing."""
        raw = await request.read()
        wanted = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(request.headers.get("X-Hub-Signature-256", ""), wanted):
            return web.Response(status=403)
        status = self.answers.pop(0) if self.answers else 200
        payload = json.loads(raw)
        for entry in payload["entry"]:
            self.values += [change["value"] for change in entry["changes"]]
        self._came.set()
        return web.Response(status=status)

    async def handshake(self, request: web.Request) -> web.Response:
        """Answer the verification of the webhook."""
        if request.query["hub.verify_token"] != DEFAULT_VERIFY_TOKEN:
            return web.Response(status=403)
        return web.Response(text=request.query["hub.challenge"])

    async def wait(self, count: int, within: float = 5.0) -> list[dict[str, Any]]:
        """Wait until so many values have come; give all."""
        async with asyncio.timeout(within):
            while len(self.values) < count:
                self._came.clear()
                await self._came.wait()
        return self.values

    def statuses(self) -> list[str]:
        """Give the statuses in the order they came."""
        return [one["status"] for value in self.values for one in value.get("statuses", [])]


class Graph:
    """A caller of the WhatsApp API."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self.session, self.base = session, base

    async def call(self, method: str, path: str, token: str = "", **more: Any) -> tuple[int, dict[str, Any]]:
        """Call the API; give status and body. No token: the handset's default."""
        headers = {"Authorization": f"Bearer {token or DEFAULT_TOKEN}"}
        async with self.session.request(method, self.base + path, headers=headers, **more) as answer:
            return answer.status, await answer.json()

    async def send(self, to: str, kind: str, content: dict[str, Any], **more: Any) -> tuple[int, dict[str, Any]]:
        """Send a message of this kind."""
        body = {"messaging_product": "whatsapp", "to": to, "type": kind, kind: content, **more}
        return await self.call("POST", "/v23.0/100000000000001/messages", json=body)
