"""What carriers bring in: words of people, receipts, and what cannot be understood.

Each method returns when what it was given is safe: the carrier is answered after that.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from opentelemetry.trace import SpanKind

from chassis.kernel.clock import Clock
from chassis.kernel.ids import derived_id
from chassis.postgres.boundary import Boundary
from chassis.postgres.step import Step
from chassis.telemetry.traceparent import current_traceparent
from chassis.telemetry.traces import span_from
from notifier import metrics
from notifier.application.contacts import Address
from notifier.application.house import House
from notifier.application.incoming import Incoming, IncomingSms, IncomingWhatsApp, Notice, Quarantined, Receipt
from notifier.application.ports import LongMessage
from notifier.application.receive_message import ReceiveMessage, receive_message
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact
from notifier.domain.message import Content, Picture
from notifier.entrypoints.mail import Mail, Media, ReceiptBook

_log = logging.getLogger(__name__)
SILENT_KINDS = frozenset({"reaction", "system", "request_welcome"})
"""What WhatsApp reports without anybody having written."""

LOOK = 0.5  # seconds between looks for early receipts and parts that wait too long


class Inbound:
    """The carriers' Sink, and a part of the process that looks after what waits."""

    def __init__(
        self,
        boundary: Boundary,
        mail: Mail,
        receipts: ReceiptBook,
        house: House,
        address: Callable[[str], Address | None],
        user: Callable[[str], Address],
        clock: Clock,
        parts_wait: timedelta,
        media: Media,
    ) -> None:
        self.name = "inbound"
        self.ready = True
        self._boundary, self._mail, self._receipts, self._house = boundary, mail, receipts, house
        self._address, self._user = address, user
        self._clock, self._parts_wait, self._media = clock, parts_wait, media
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look after what waits."""
        self._task = asyncio.create_task(self._look_after(), name=self.name)

    async def stop(self) -> None:
        """Leave it to the next start."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    # --- the sink

    async def on_receipt(self, receipts: Sequence[Receipt]) -> None:
        """Receipts that came together."""
        await self._receipts.take(receipts, self._clock.now())
        await self._mail.settled()

    async def on_message(self, message: Incoming) -> None:
        """A person wrote."""
        sms = isinstance(message, IncomingSms)
        about = {"channel": Channel.SMS.value if sms else Channel.WHATSAPP.value, "carrier": message.carrier}
        with span_from(None, metrics.SPAN_INBOUND, about, kind=SpanKind.SERVER):
            if isinstance(message, IncomingSms):
                await self._sms(message)
            else:
                await self._whatsapp(message)

    async def on_quarantine(self, spoiled: Quarantined) -> None:
        """Something malformed came."""
        metrics.QUARANTINED.labels(spoiled.reason).inc()
        await self._mail.quarantine(spoiled, self._clock.now())

    async def on_notice(self, notice: Notice) -> None:
        """News about an account."""
        _log.warning("a carrier says: %s", notice.kind, extra={"carrier": notice.carrier})
        await self._mail.note(notice, self._clock.now())

    # --- SMS

    async def _sms(self, sms: IncomingSms) -> None:
        """SMS has no ids: while a message is unanswered the same bytes are its repeat, however late. Once answered,
        the same bytes are a person who typed them again, unless the answer may have been lost with its link, or was
        late, so that the carrier may have given it up.
        """
        came = self._clock.now()
        if sms.fragment is None:
            ticket = await self._mail.ticket(sms, came)
            await self._sms_text(ticket, sms.carrier, sms.source, sms.text)
        elif (whole := await self._mail.add_part(sms, came)) is not None:
            await self._whole(whole, sms.carrier)
        await self._mail.answered(sms, came, self._clock.now())

    async def _whole(self, whole: LongMessage, carrier: str) -> None:
        await self._sms_text(whole.id, carrier, whole.source, whole.text)
        await self._mail.forget(whole)

    async def _sms_text(self, id_: UUID, carrier: str, source: str, text: str) -> None:
        phone = self._address(source)
        if phone is None:  # a sender with a name: an advertisement, nobody to answer
            await self.on_quarantine(Quarantined(carrier, "sender_is_no_phone", text.encode()))
            return
        await self._receive(
            ReceiveMessage(
                id=id_,
                channel=Channel.SMS,
                phone=phone,
                whatsapp=None,
                name="",
                content=Content(text.strip()),
                received_at=self._clock.now(),
                traceparent=current_traceparent() or "",
            )
        )

    # --- WhatsApp

    async def _whatsapp(self, message: IncomingWhatsApp) -> None:
        if message.kind in SILENT_KINDS:
            return
        replied = await self._mail.replied(message.carrier, message.reply_to) if message.reply_to else None
        await self._receive(
            ReceiveMessage(
                id=derived_id("whatsapp", message.id),
                channel=Channel.WHATSAPP,
                phone=self._address(message.sender_phone) if message.sender_phone else None,
                whatsapp=self._user(message.sender_user_id) if message.sender_user_id else None,
                name=message.profile_name,
                content=_content(message, await self._media.expect(message)),
                received_at=message.at,
                carrier_id=message.id,
                replied_alert=replied[0] if replied else None,
                replied_service=replied[1] if replied else None,
                traceparent=current_traceparent() or "",
            )
        )

    async def _receive(self, command: ReceiveMessage) -> None:
        """One transaction: inbox, contact, conversation, message, outbox. Then until Kafka has it."""
        metrics.INBOUND.labels(command.channel.value).inc()
        finds = [("phone", command.phone), ("whatsapp", command.whatsapp)]
        step = Step(
            id=command.id,
            handle=lambda work: receive_message(command, work, self._house),
            finds=tuple((Contact, index, address.digest) for index, address in finds if address),
            traceparent=current_traceparent(),
        )
        await self._boundary.command(step)
        await self._mail.settled()

    # --- what waits

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            await self._quietly(self._receipts.retry_early(self._clock.now()))
            await self._quietly(self._give_up_parts())
            now = self._clock.now()
            await self._quietly(self._mail.erase(now - self._house.conversation, now))

    async def _give_up_parts(self) -> None:
        for whole in await self._mail.overdue(self._clock.now(), self._parts_wait):
            await self._quietly(self._whole(whole, "sms"))  # one that fails must not hold up the others

    async def _quietly(self, doing: Awaitable[object]) -> None:
        try:
            await doing
        except Exception:  # noqa: BLE001 - told in the log with its trace; it looks again in a moment
            _log.exception("what waits inbound is looked at again")


def _content(message: IncomingWhatsApp, photo: Picture | None) -> Content:
    """A button counts as its payload typed; only photos are passed on, by our reference."""
    place = message.location
    return Content(
        text=(message.payload if message.payload is not None else message.text).strip(),
        location=(place.latitude, place.longitude) if place else None,
        photo=photo,
    )
