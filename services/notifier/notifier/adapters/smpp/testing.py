"""A small SMPP centre on a real socket, for tests: it takes, answers, brings, and misbehaves on demand."""

import asyncio
import itertools
import ssl
from collections.abc import Callable
from typing import Self

from notifier.adapters.smpp.codec import BadLength, Framer, Pdu, PduError, decode, encode
from notifier.adapters.smpp.commands import RESPONSE, Command, Status


class Centre:
    """Start it, point a carrier at `url()`, change its attributes while it runs."""

    def __init__(self) -> None:
        self.submits: list[Pdu] = []
        self.answers: dict[int, Pdu] = {}  # of the carrier's client to what we brought, by sequence
        self.seen: list[int] = []  # commands, in order
        self.sockets: list[asyncio.StreamWriter] = []
        self.bind_status = 0
        self.bind_answer: Callable[[Pdu], bytes] | None = None  # instead of what is right
        self.status: Callable[[Pdu], int] = lambda _: Status.OK
        self.make_id: Callable[[int], str] = str
        self.mute = False  # takes submit_sm and never answers
        self.silent: Callable[[Pdu], bool] = lambda _: False  # the same, of some
        self.dead = False  # answers nothing at all
        self.delay = 0.0  # seconds before a submit_sm is answered
        self.drop_at: int | None = None  # close the link on that many submit_sm
        self.unanswered = 0
        self.most_unanswered = 0
        self.port = 0
        self.tls: ssl.SSLContext | None = None
        self._ids = itertools.count(1)
        self._sequences = itertools.count(1000)
        self._server: asyncio.Server | None = None
        self._later: set[asyncio.Task[None]] = set()
        self._answered = asyncio.Condition()

    async def __aenter__(self) -> Self:
        """Listen on loopback."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Drop everybody and close."""
        assert self._server is not None  # noqa: S101 - entered before it is left
        self._server.close()
        self.drop()
        for task in self._later:
            task.cancel()
        await asyncio.gather(*self._later, return_exceptions=True)

    def url(self, query: str = "") -> str:
        """Where a client finds it, with short times."""
        fast = "backoff_first=0.05&backoff_cap=0.2&bind_timeout=2&drain=2"
        scheme = "smpps" if self.tls else "smpp"
        return f"{scheme}://desa:rahasia@127.0.0.1:{self.port}?{fast}" + (f"&{query}" if query else "")

    def drop(self) -> None:
        """Cut every link."""
        for socket in self.sockets:
            socket.transport.abort()
        self.sockets.clear()

    def raw(self, data: bytes) -> None:
        """Send bytes as they are over the newest link."""
        self.sockets[-1].write(data)

    async def bring(self, answer_within: float = 5.0, *, command: int = Command.DELIVER_SM, **fields: object) -> int:
        """Send a deliver_sm and wait for its answer; the status. `tlvs` is taken out of the fields."""
        tlvs = fields.pop("tlvs", {})
        pdu = Pdu(command, 0, next(self._sequences), fields, tlvs)  # type: ignore[arg-type] # a test's own words
        self.raw(encode(pdu))
        async with asyncio.timeout(answer_within), self._answered:
            await self._answered.wait_for(lambda: pdu.sequence in self.answers)
        return self.answers[pdu.sequence].status

    async def receipt(self, message_id: str, state: str = "DELIVRD", source: str = "628123456789") -> int:
        """Bring a receipt as text."""
        text = f"id:{message_id} sub:001 dlvrd:001 submit date:2601311200 done date:2601311201 stat:{state} err:000"
        return await self.bring(source_addr=source, esm_class=0x04, short_message=text.encode())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sockets.append(writer)
        framer = Framer()
        try:
            while data := await reader.read(1 << 16):
                for frame in framer.feed(data):
                    await self._take(decode(frame), writer)
        except (ConnectionError, PduError, BadLength):
            pass
        finally:
            writer.close()
            self.sockets = [one for one in self.sockets if one is not writer]

    async def _take(self, pdu: Pdu, writer: asyncio.StreamWriter) -> None:
        self.seen.append(pdu.command)
        if self.dead and pdu.command != Command.BIND_TRANSCEIVER:
            return
        if pdu.command & RESPONSE:
            async with self._answered:
                self.answers[pdu.sequence] = pdu
                self._answered.notify_all()
        elif pdu.command == Command.SUBMIT_SM:
            self._submit(pdu, writer)
        elif pdu.command == Command.BIND_TRANSCEIVER and self.bind_answer is not None:
            writer.write(self.bind_answer(pdu))
        else:
            status = self.bind_status if pdu.command == Command.BIND_TRANSCEIVER else 0
            writer.write(encode(Pdu(pdu.command | RESPONSE, status, pdu.sequence)))

    def _submit(self, pdu: Pdu, writer: asyncio.StreamWriter) -> None:
        self.submits.append(pdu)
        self.unanswered += 1
        self.most_unanswered = max(self.most_unanswered, self.unanswered)
        if self.drop_at is not None and len(self.submits) >= self.drop_at:
            self.drop()
        elif not self.mute and not self.silent(pdu):
            task = asyncio.get_running_loop().create_task(self._respond(pdu, writer))
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def _respond(self, pdu: Pdu, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.delay)
        self.unanswered -= 1
        status = self.status(pdu)
        fields: dict[str, int | str | bytes] = {} if status else {"message_id": self.make_id(next(self._ids))}
        writer.write(encode(Pdu(Command.SUBMIT_SM_RESP, status, pdu.sequence, fields)))
