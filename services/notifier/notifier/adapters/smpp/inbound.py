"""What carriers bring, handed to the sink and answered only after it returned."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace

import structlog

from notifier.adapters.smpp.codec import Pdu
from notifier.adapters.smpp.commands import Status
from notifier.adapters.smpp.doubts import Doubts
from notifier.adapters.smpp.incoming import understand
from notifier.adapters.smpp.settings import SmppSettings
from notifier.adapters.tally import Tally
from notifier.application.incoming import IncomingSms, Quarantined, Receipt, Sink

Answer = Callable[[Pdu, Status], None]
_KEPT = 1 << 12  # bytes of a malformed thing: enough to see what it was
_MOST_HELD = 4 << 20  # bytes in work; a message may have 64 KiB
_A_MINUTE, _MOST_KEPT = 60.0, 600  # malformed things a minute that are kept; more are only counted

log = structlog.get_logger(__name__)


class Inbound:
    """Shared by the links of one carrier. Bounded in number and bytes: beyond them the carrier shall come again."""

    def __init__(self, settings: SmppSettings, sink: Sink, tally: Tally) -> None:
        self._settings = settings
        self._sink = sink
        self._tally = tally
        self._unanswered = 0
        self._held = 0  # bytes
        self._kept, self._minute = 0, -_A_MINUTE
        self._tasks: set[asyncio.Task[None]] = set()
        self._doubts = Doubts()

    def opened(self, link: int) -> None:
        """A link begins to bring."""
        self._doubts.opened(link)

    def lost(self, link: int) -> None:
        """A link ended; its last answers may not have arrived."""
        self._doubts.lost(link)

    def take(self, pdus: Sequence[Pdu], answer: Answer, link: int) -> None:
        """Begin to handle what came in one read. Returns at once; each PDU is answered exactly once."""
        receipts: list[tuple[Pdu, Receipt]] = []
        for pdu in pdus:
            if not self._has_room(pdu.size):
                self._tally.count("inbound_pushed_back")
                answer(pdu, Status.THROTTLED)
                continue
            self._weigh(1, pdu.size)
            what = understand(pdu, self._settings)
            if isinstance(what, Receipt):
                receipts.append((pdu, what))
            else:
                self._start(self._one(pdu, what, answer, link), 1, pdu.size)
        if receipts:
            size = sum(pdu.size for pdu, _ in receipts)
            self._start(self._receipts(receipts, answer), len(receipts), size)

    def quarantine(self, reason: str, raw: bytes) -> None:
        """Keep something that is no PDU; only counted where too much waits, or came within a minute."""
        self._tally.count(f"quarantined_{reason}")
        raw = raw[:_KEPT]
        if self._has_room(len(raw)) and self._is_few():
            self._weigh(1, len(raw))
            self._start(self._keep(Quarantined(self._settings.name, reason, raw)), 1, len(raw))

    async def drain(self, seconds: float) -> None:
        """Wait for what is being handled, so long and no longer."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _has_room(self, size: int) -> bool:
        return self._unanswered < self._settings.max_unanswered and self._held + size <= _MOST_HELD

    def _weigh(self, count: int, size: int) -> None:
        self._unanswered += count
        self._held += size

    def _is_few(self) -> bool:
        """Whether one more malformed thing may be kept: a carrier gone mad must not fill the database."""
        now = time.monotonic()
        if now - self._minute >= _A_MINUTE:
            self._kept, self._minute = 0, now
        self._kept += 1
        return self._kept <= _MOST_KEPT

    def _start(self, work: Coroutine[object, object, None], count: int, size: int) -> None:
        """Work on what was weighed already."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(done, count, size))

    def _ended(self, task: asyncio.Task[None], count: int, size: int) -> None:
        self._weigh(-count, -size)
        self._tasks.discard(task)

    async def _receipts(self, receipts: list[tuple[Pdu, Receipt]], answer: Answer) -> None:
        safe = await self._safely(self._sink.on_receipt([receipt for _, receipt in receipts]))
        self._tally.count("receipts", len(receipts))
        for pdu, _ in receipts:
            answer(pdu, Status.OK if safe else Status.RECEIVER_TEMPORARY)

    async def _one(self, pdu: Pdu, what: IncomingSms | Quarantined, answer: Answer, link: int) -> None:
        if isinstance(what, Quarantined):
            self._tally.count(f"quarantined_{what.reason}")
            safe = await self._safely(self._sink.on_quarantine(what))
        else:
            self._tally.count("messages")
            with self._doubts.working(what.fingerprint) as may_repeat:
                safe = await self._safely(self._sink.on_message(replace(what, may_repeat=may_repeat)))
            if safe:
                self._doubts.answered(link, what.fingerprint)
        answer(pdu, Status.OK if safe else Status.RECEIVER_TEMPORARY)

    async def _keep(self, spoiled: Quarantined) -> None:
        await self._safely(self._sink.on_quarantine(spoiled))

    async def _safely(self, delivery: Coroutine[object, object, None]) -> bool:
        try:
            async with asyncio.timeout(self._settings.sink_timeout):
                await delivery
        except Exception as error:  # noqa: BLE001 - whatever it was, the carrier keeps the message and brings it again
            self._tally.count("sink_failed")
            log.warning("smpp_sink_failed", carrier=self._settings.name, error=type(error).__name__)
            return False
        return True
