"""One connection of a service to the message centre."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable

from handset.smpp import pdu
from handset.smpp.pdu import HEADER, MalformedError, Pdu, Reader

BIND_WITHIN = 10.0
"""Seconds in which a new connection has to bind."""
ANSWER_WITHIN = 10.0
"""Seconds in which a service has to answer us."""
_BINDS = {
    pdu.BIND_RECEIVER: "receiver",
    pdu.BIND_TRANSMITTER: "transmitter",
    pdu.BIND_TRANSCEIVER: "transceiver",
}
_SEQUENCES = 0x7FFFFFFF


class LinkDownError(Exception):
    """The connection is gone, or the service did not answer in time."""


class Session:
    """A connection: before its bind it may do nothing but bind."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        admit: Callable[[str, str], int],
        submit: Callable[[Pdu], Awaitable[Pdu]],
        bound: Callable[["Session"], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._admit = admit
        self._submit = submit
        self._bound = bound
        self._numbers = itertools.cycle(range(1, _SEQUENCES))
        self._asked: dict[int, asyncio.Future[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = False
        self.mode = ""
        self.system_id = ""
        self.in_flight = 0
        self.most_in_flight = 0
        self.peer = str(writer.get_extra_info("peername"))

    @property
    def receives(self) -> bool:
        """Whether messages from phones can go this way."""
        return self.mode in {"receiver", "transceiver"} and not self._ending

    async def serve(self, enquire_every: float) -> None:
        """Work until the connection ends."""
        watch = asyncio.create_task(self._watch(enquire_every))
        try:
            while not self._ending:
                await self._handle(await self._read())
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            pass  # it ended; what was in flight is told below
        finally:
            watch.cancel()
            self._release()
            self._writer.close()

    async def _read(self) -> Pdu:
        async with asyncio.timeout(None if self.mode else BIND_WITHIN):
            head = await self._reader.readexactly(HEADER.size)
            length, command, status, sequence = HEADER.unpack(head)
            if not HEADER.size <= length <= pdu.LARGEST:
                self._write(Pdu(pdu.GENERIC_NACK, pdu.BAD_LENGTH, sequence))
                await self._writer.drain()
                raise ConnectionError("where the next PDU begins cannot be known")
            body = await self._reader.readexactly(length - HEADER.size)
        return Pdu(command, status, sequence, body)

    async def _handle(self, asked: Pdu) -> None:
        if asked.command & pdu.RESPONSE:
            self._answered(asked)
        elif asked.command in _BINDS:
            self._bind(asked)
        elif asked.command == pdu.ENQUIRE_LINK:
            self._reply(asked)
        elif asked.command == pdu.UNBIND:
            await self._unbind(asked)
        else:
            await self._work(asked)

    def _bind(self, asked: Pdu) -> None:
        read = Reader(asked.body)
        try:
            status = pdu.ALREADY_BOUND if self.mode else self._admit(read.text(), read.text())
        except MalformedError:
            status = pdu.BAD_LENGTH
        self._reply(asked, status, b"handset\0" if status == pdu.OK else b"")
        if status == pdu.OK:
            self.mode = _BINDS[asked.command]
            self.system_id = Reader(asked.body).text()
            self._bound(self)
        elif not self.mode:
            self._ending = True

    async def _unbind(self, asked: Pdu) -> None:
        self._ending = True
        self._reply(asked)
        await self._writer.drain()

    async def _work(self, asked: Pdu) -> None:
        if asked.command != pdu.SUBMIT_SM:
            self._write(Pdu(pdu.GENERIC_NACK, pdu.BAD_COMMAND, asked.sequence))
        elif self.mode not in {"transmitter", "transceiver"}:
            self._reply(asked, pdu.WRONG_BIND)
        else:
            self.in_flight += 1
            self.most_in_flight = max(self.in_flight, self.most_in_flight)
            task = asyncio.create_task(self._answer(asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        await self._writer.drain()

    async def _answer(self, asked: Pdu) -> None:
        try:
            self._write(await self._submit(asked))
        finally:
            self.in_flight -= 1

    def _reply(self, asked: Pdu, status: int = pdu.OK, body: bytes = b"") -> None:
        self._write(Pdu(asked.command | pdu.RESPONSE, status, asked.sequence, body))

    def _write(self, answer: Pdu) -> None:
        if not self._writer.is_closing():
            self._writer.write(answer.encode())

    def _answered(self, answer: Pdu) -> None:
        waiting = self._asked.pop(answer.sequence, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(answer.status)

    async def ask(self, command: int, body: bytes = b"") -> int:
        """Send a request; give the status of its answer. Raises LinkDownError."""
        if self._ending or self._writer.is_closing():
            raise LinkDownError("the connection has ended")
        sequence = next(self._numbers)
        waiting: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._asked[sequence] = waiting
        self._write(Pdu(command, pdu.OK, sequence, body))
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return await waiting
        except TimeoutError:
            raise LinkDownError(f"no answer within {ANSWER_WITHIN} s") from None
        finally:
            self._asked.pop(sequence, None)

    async def _watch(self, every: float) -> None:
        try:
            while True:
                await asyncio.sleep(every)
                if self.mode:
                    await self.ask(pdu.ENQUIRE_LINK)
        except LinkDownError:
            self.abort()

    def abort(self) -> None:
        """End the connection at once; whoever waits for an answer learns it now."""
        self._writer.transport.abort()
        self._release()

    def _release(self) -> None:
        self._ending = True
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(LinkDownError("the connection ended"))
        for task in self._tasks:
            task.cancel()
