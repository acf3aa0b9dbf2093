"""One bound SMPP session over one connection."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from notifier.adapters.smpp.codec import HEADER, BadLength, Pdu, PduError, decode, encode, frame_of, message_id
from notifier.adapters.smpp.commands import RESPONSE, Command, Status
from notifier.adapters.smpp.inbound import Inbound
from notifier.adapters.smpp.settings import SmppSettings
from notifier.adapters.smpp.statuses import bind_error
from notifier.adapters.smpp.window import Batch, Window
from notifier.adapters.smpp.wire import Wire
from notifier.adapters.tally import Tally
from notifier.application.carrier_errors import CarrierDown
from notifier.domain.lane import Lane

_TICK = 0.5  # seconds at most between two looks at the deadlines
_GOODBYE = 1.0  # seconds for the answer to unbind


class Link(Wire):
    """Speaks SMPP. Whatever comes in, the worst that happens is that this link is closed and the next one opened."""

    def __init__(self, settings: SmppSettings, inbound: Inbound, tally: Tally) -> None:
        super().__init__()
        self._settings, self._inbound, self._tally = settings, inbound, tally
        self._window = Window(settings.window, settings.reserve)
        self._asked: dict[int, asyncio.Future[Pdu]] = {}  # bind, enquire_link, unbind
        self._enquired_at: float | None = None
        self._ticker: asyncio.TimerHandle | None = None

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

    def submit_now(self, body: bytes, lane: Lane, batch: Batch, place: int) -> bool:
        """Send one submit_sm if there is a slot, and say whether; else `submit` must follow. Its answer goes to the
        batch, or what is to be thought without one: CarrierDown (not sent), TryLater (perhaps sent).
        """
        try:
            if not self._window.has_turn(lane):
                return False
        except CarrierDown as error:
            batch.put(place, error)
        else:
            self._send(body, lane, batch, place)
        return True

    async def submit(self, body: bytes, lane: Lane, batch: Batch, place: int) -> None:
        """The same, as soon as there is a slot."""
        try:
            await self._window.turn(lane)
        except CarrierDown as error:
            batch.put(place, error)
        else:
            self._send(body, lane, batch, place)

    def _send(self, body: bytes, lane: Lane, batch: Batch, place: int) -> None:
        sequence = self.next_sequence()
        self._window.begin(sequence, self._loop.time() + self._settings.response_timeout, lane, batch, place)
        self.write(frame_of(Command.SUBMIT_SM, 0, sequence, body))

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
        self._leave(reason, at_once=True)

    def _leave(self, reason: str, *, at_once: bool = False) -> None:
        """Let nobody in, send what is written, close."""
        self._reason = reason
        self._window.close(lambda: CarrierDown(reason))
        self.close(at_once=at_once)

    # --- what the wire brings ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        super().connection_made(transport)
        self._inbound.opened(id(self))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail everything that is open, at once."""
        if self._ticker is not None:
            self._ticker.cancel()
        self._inbound.lost(id(self))
        self._window.lose(self._reason)
        for asked in self._asked.values():
            if not asked.done():
                asked.set_exception(CarrierDown(self._reason))
                asked.exception()
        self._asked.clear()
        super().connection_lost(exc)

    def took(self, frames: Sequence[bytes]) -> None:
        """Whole frames; what is brought in them is handled together."""
        self._enquired_at = None
        brought: list[Pdu] = []
        for frame in frames:
            self._frame(frame, brought)
        self._inbound.take(brought, self._answer, id(self))

    def lost_framing(self, error: BadLength, data: bytes) -> None:
        """Begin anew with another link."""
        self._inbound.quarantine(error.reason, data[:256])
        self.reset(error.reason)

    # --- inside ---

    def _frame(self, frame: bytes, brought: list[Pdu]) -> None:
        _, command, status, sequence = HEADER.unpack_from(frame)
        if command == Command.SUBMIT_SM_RESP:
            if not self._window.answer(sequence, (status, message_id(frame))):
                self._tally.count("answers_unasked")
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
        if pdu.command == Command.GENERIC_NACK:
            self._tally.count("nacks")
            pdu.status = pdu.status or Status.SYSTEM_ERROR  # a refusal that says "no error" is one still
        asked = self._asked.pop(pdu.sequence, None)
        if asked is not None and not asked.done():
            asked.set_result(pdu)
        elif pdu.command == Command.GENERIC_NACK:
            self._window.answer(pdu.sequence, (pdu.status, ""))

    def _requested(self, pdu: Pdu, brought: list[Pdu]) -> None:
        match pdu.command:
            case Command.ENQUIRE_LINK:
                self.write(frame_of(Command.ENQUIRE_LINK_RESP, 0, pdu.sequence))
            case Command.DELIVER_SM | Command.DATA_SM:
                brought.append(pdu)
            case Command.UNBIND:
                self.write(frame_of(Command.UNBIND_RESP, 0, pdu.sequence))
                self._leave("unbound_by_carrier")
            case Command.ALERT_NOTIFICATION | Command.OUTBIND:
                self._tally.count("ignored")  # neither is answered (4.12.1, 4.1.7)
            case _:
                self._tally.count("unexpected")
                self.write(frame_of(Command.GENERIC_NACK, Status.INVALID_COMMAND, pdu.sequence))

    def _malformed(self, frame: bytes, error: PduError) -> None:
        """Answer so that the same is not brought again; keep it for whoever wants to know."""
        _, command, _, sequence = HEADER.unpack_from(frame)
        self._inbound.quarantine(error.reason, frame)
        if command in {Command.DELIVER_SM, Command.DATA_SM}:
            self._answer(Pdu(command, sequence=sequence), Status.RECEIVER_PERMANENT)
        elif not command & RESPONSE:
            self.write(frame_of(Command.GENERIC_NACK, error.status, sequence))
        elif sequence in self._asked:
            self._answered(Pdu(command, Status.SYSTEM_ERROR, sequence))

    def _answer(self, pdu: Pdu, status: Status) -> None:
        self.write(frame_of(pdu.command | RESPONSE, status, pdu.sequence, b"\0"))

    async def _ask(self, pdu: Pdu) -> Pdu:
        if self.closed.done():
            raise CarrierDown(self._reason)
        pdu.sequence = self.next_sequence()
        asked: asyncio.Future[Pdu] = self._loop.create_future()
        self._asked[pdu.sequence] = asked
        self.write(encode(pdu))
        return await asked

    def _tick(self) -> None:
        if self.closed.done():
            return
        own, now = self._settings, self._loop.time()
        self._tally.count("response_timeouts", self._window.expire(now))
        if self._enquired_at is not None and now - self._enquired_at >= own.enquire_timeout:
            self.reset("enquire_timeout")
            return
        if self._enquired_at is None and now - self._heard >= own.enquire_every:
            self._enquired_at = now
            self.write(frame_of(Command.ENQUIRE_LINK, 0, self.next_sequence()))
        shortest = min(own.response_timeout, own.enquire_every, own.enquire_timeout)
        self._ticker = self._loop.call_later(min(_TICK, shortest / 10), self._tick)
