"""One bound TCP connection to an SMPP centre."""

import asyncio
import socket
from collections import Counter
from contextlib import suppress
from typing import cast

from notifier.adapters.smpp.codec import (
    HEADER,
    BadLength,
    Framer,
    Pdu,
    PduError,
    decode,
    encode,
    frame_of,
    message_id,
)
from notifier.adapters.smpp.commands import RESPONSE, Command, Status
from notifier.adapters.smpp.inbound import Inbound
from notifier.adapters.smpp.settings import SmppSettings
from notifier.adapters.smpp.statuses import bind_error
from notifier.adapters.smpp.window import Answer, Window
from notifier.application.carriers import CarrierDown
from notifier.domain.lane import Lane

_LAST_SEQUENCE = 0x7FFFFFFF
_TICK = 0.5  # seconds at most between two looks at the deadlines

_GOODBYE = 1.0  # seconds for the answer to unbind


class Link(asyncio.Protocol):
    """Speaks SMPP. Whatever comes in, the worst that happens is that this link is closed and the next one opened."""

    def __init__(self, settings: SmppSettings, inbound: Inbound, counters: Counter[str]) -> None:
        self._settings, self._inbound, self._counters = settings, inbound, counters
        self._loop = asyncio.get_running_loop()
        self._framer = Framer()
        self._window = Window(settings.window, settings.reserve)
        self._asked: dict[int, asyncio.Future[Pdu]] = {}  # bind, enquire_link, unbind
        self._out: list[bytes] = []
        self._sequence = 0
        self._heard = self._loop.time()
        self._enquired_at: float | None = None
        self._transport: asyncio.Transport | None = None
        self._ticker: asyncio.TimerHandle | None = None
        self._reason = "link_lost"
        self.closed: asyncio.Future[str] = self._loop.create_future()  # with the reason

    # --- what the carrier does with it ---

    def load(self, lane: Lane) -> int:
        """Messages in flight, or waiting before one of this lane."""
        return self._window.load(lane)

    async def bind(self) -> None:
        """Bind as transceiver. Raises CarrierDown or ChannelStopped."""
        own = self._settings
        fields: dict[str, int | str | bytes] = {
            "system_id": own.system_id,
            "password": own.password,
            "system_type": own.system_type,
            "interface_version": 0x34,
        }
        try:
            async with asyncio.timeout(own.bind_timeout):
                answer = await self._ask(Pdu(Command.BIND_TRANSCEIVER, fields=fields))
        except TimeoutError:
            raise CarrierDown("bind_timeout") from None
        if answer.status:
            raise bind_error(answer.status)
        self._heard = self._loop.time()
        self._tick()

    async def submit(self, body: bytes, lane: Lane) -> Answer:
        """Send one submit_sm and wait for its answer. Raises CarrierDown (not sent) or TryLater (perhaps sent)."""
        await self._window.turn(lane)
        sequence = self._next()
        answer = self._window.begin(sequence, self._loop.time() + self._settings.response_timeout, lane)
        self._write(frame_of(Command.SUBMIT_SM, 0, sequence, body))
        return await answer

    async def unbind(self) -> None:
        """Let nobody in, wait for what is in flight and being handled, say goodbye, close."""
        self._reason = "stopped"
        self._window.close(lambda: CarrierDown("stopped"))
        with suppress(TimeoutError):
            async with asyncio.timeout(self._settings.drain):
                await self._window.drained()
                await self._inbound.drain(self._settings.drain)
        with suppress(TimeoutError, CarrierDown):
            async with asyncio.timeout(_GOODBYE):
                await self._ask(Pdu(Command.UNBIND))
        self._leave("stopped")

    def reset(self, reason: str) -> None:
        """Close at once; everything open fails."""
        self._leave(reason)
        if self._transport is not None:
            self._transport.abort()

    def _leave(self, reason: str) -> None:
        """Let nobody in, send what is written, close."""
        self._reason = reason
        self._window.close(lambda: CarrierDown(reason))
        self._flush()
        if self._transport is not None:
            self._transport.close()

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send small packets at once: a window of ten would otherwise wait for acknowledgements."""
        # What create_connection makes; uvloop's own transports are no subclass, so that nothing can be asserted.
        self._transport = cast("asyncio.Transport", transport)
        self._inbound.opened(id(self))
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail everything that is open, at once."""
        del exc
        if self._ticker is not None:
            self._ticker.cancel()
        self._inbound.lost(id(self))
        self._window.lose(self._reason)
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(CarrierDown(self._reason))
                asked.exception()
        self._asked.clear()
        if not self.closed.done():
            self.closed.set_result(self._reason)

    def pause_writing(self) -> None:
        """The other side does not read: read nothing more from it, so that our answers do not pile up."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Take what came; everything brought in one read is handled together."""
        self._heard = self._loop.time()
        self._enquired_at = None
        brought: list[Pdu] = []
        try:
            for frame in self._framer.feed(data):
                self._frame(frame, brought)
        except BadLength as error:
            self._inbound.quarantine(error.reason, data[:256])
            self.reset(error.reason)
        if brought:
            self._inbound.take(brought, self._answer, id(self))

    # --- inside ---

    def _frame(self, frame: bytes, brought: list[Pdu]) -> None:
        _, command, status, sequence = HEADER.unpack_from(frame)
        if command == Command.SUBMIT_SM_RESP:
            if not self._window.answer(sequence, (status, message_id(frame))):
                self._counters["answers_unasked"] += 1
            return
        try:
            pdu = decode(frame)
        except PduError as error:
            self._malformed(frame, error)
            return
        if command & RESPONSE:
            self._answered(pdu)
        else:
            self._requested(pdu, brought)

    def _answered(self, pdu: Pdu) -> None:
        asked = self._asked.pop(pdu.sequence, None)
        if asked is not None and not asked.done():
            asked.set_result(pdu)
        elif pdu.command == Command.GENERIC_NACK:
            self._counters["nacks"] += 1
            status = pdu.status or Status.SYSTEM_ERROR  # a refusal that says "no error" is one still
            self._window.answer(pdu.sequence, (status, ""))

    def _requested(self, pdu: Pdu, brought: list[Pdu]) -> None:
        match pdu.command:
            case Command.ENQUIRE_LINK:
                self._write(frame_of(Command.ENQUIRE_LINK_RESP, 0, pdu.sequence))
            case Command.DELIVER_SM | Command.DATA_SM:
                brought.append(pdu)
            case Command.UNBIND:
                self._write(frame_of(Command.UNBIND_RESP, 0, pdu.sequence))
                self._leave("unbound_by_carrier")
            case Command.ALERT_NOTIFICATION | Command.OUTBIND:
                self._counters["ignored"] += 1  # neither is answered (4.12.1, 4.1.7)
            case _:
                self._counters["unexpected"] += 1
                self._write(frame_of(Command.GENERIC_NACK, Status.INVALID_COMMAND, pdu.sequence))

    def _malformed(self, frame: bytes, error: PduError) -> None:
        """Answer so that the same is not brought again; keep it for whoever wants to know."""
        _, command, _, sequence = HEADER.unpack_from(frame)
        self._inbound.quarantine(error.reason, frame)
        if command in {Command.DELIVER_SM, Command.DATA_SM}:
            self._answer(Pdu(command, sequence=sequence), Status.RECEIVER_PERMANENT)
        elif not command & RESPONSE:
            self._write(frame_of(Command.GENERIC_NACK, error.status, sequence))
        elif sequence in self._asked:
            self._answered(Pdu(command, Status.SYSTEM_ERROR, sequence))

    def _answer(self, pdu: Pdu, status: Status) -> None:
        self._write(frame_of(pdu.command | RESPONSE, status, pdu.sequence, b"\0"))

    async def _ask(self, pdu: Pdu) -> Pdu:
        if self.closed.done():
            raise CarrierDown(self._reason)
        pdu.sequence = self._next()
        asked: asyncio.Future[Pdu] = self._loop.create_future()
        self._asked[pdu.sequence] = asked
        self._write(encode(pdu))
        return await asked

    def _next(self) -> int:
        self._sequence = self._sequence % _LAST_SEQUENCE + 1
        return self._sequence

    def _write(self, frame: bytes) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(frame)

    def _flush(self) -> None:
        data = b"".join(self._out)
        self._out.clear()
        if data and self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _tick(self) -> None:
        if self.closed.done():
            return
        own, now = self._settings, self._loop.time()
        self._counters["response_timeouts"] += self._window.expire(now)
        if self._enquired_at is not None and now - self._enquired_at >= own.enquire_timeout:
            self.reset("enquire_timeout")
            return
        if self._enquired_at is None and now - self._heard >= own.enquire_every:
            self._enquired_at = now
            self._write(frame_of(Command.ENQUIRE_LINK, 0, self._next()))
        shortest = min(own.response_timeout, own.enquire_every, own.enquire_timeout)
        self._ticker = self._loop.call_later(min(_TICK, shortest / 10), self._tick)
