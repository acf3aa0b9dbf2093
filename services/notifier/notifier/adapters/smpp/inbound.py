"""What carriers bring, handed to the sink and answered only after it returned."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace

import structlog

from notifier.adapters.smpp.codec import Pdu
from notifier.adapters.smpp.commands import Status
from notifier.adapters.smpp.doubts import Doubts
from notifier.adapters.smpp.incoming import understand
from notifier.adapters.smpp.settings import SmppSettings
from notifier.application.carriers import IncomingSms, Quarantined, Receipt, Sink

Answer = Callable[[Pdu, Status], None]
_KEPT = 1 << 16  # bytes of a quarantined thing

log = structlog.get_logger(__name__)


class Inbound:
    """Shared by the links of one carrier. Bounded: beyond `max_unanswered` the carrier is told to come again."""

    def __init__(self, settings: SmppSettings, sink: Sink, counters: Counter[str]) -> None:
        self._settings = settings
        self._sink = sink
        self._counters = counters
        self._unanswered = 0
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
        room = max(0, self._settings.max_unanswered - self._unanswered)
        for pdu in pdus[room:]:
            self._counters["inbound_pushed_back"] += 1
            answer(pdu, Status.THROTTLED)
        receipts: list[tuple[Pdu, Receipt]] = []
        for pdu in pdus[:room]:
            what = understand(pdu, self._settings)
            if isinstance(what, Receipt):
                receipts.append((pdu, what))
            else:
                self._start(self._one(pdu, what, answer, link), 1)
        if receipts:
            self._start(self._receipts(receipts, answer), len(receipts))

    def quarantine(self, reason: str, raw: bytes) -> None:
        """Keep something that is no PDU; only counted where too much waits already."""
        self._counters[f"quarantined_{reason}"] += 1
        if self._unanswered < self._settings.max_unanswered:
            self._start(self._keep(Quarantined(self._settings.name, reason, raw[:_KEPT])), 1)

    async def drain(self, seconds: float) -> None:
        """Wait for what is being handled, so long and no longer."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _start(self, work: Coroutine[object, object, None], weight: int) -> None:
        self._unanswered += weight
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._ended(done, weight))

    def _ended(self, task: asyncio.Task[None], weight: int) -> None:
        self._unanswered -= weight
        self._tasks.discard(task)

    async def _receipts(self, receipts: list[tuple[Pdu, Receipt]], answer: Answer) -> None:
        safe = await self._safely(self._sink.on_receipt([receipt for _, receipt in receipts]))
        self._counters["receipts"] += len(receipts)
        for pdu, _ in receipts:
            answer(pdu, Status.OK if safe else Status.RECEIVER_TEMPORARY)

    async def _one(self, pdu: Pdu, what: IncomingSms | Quarantined, answer: Answer, link: int) -> None:
        if isinstance(what, Quarantined):
            self._counters[f"quarantined_{what.reason}"] += 1
            safe = await self._safely(self._sink.on_quarantine(what))
        else:
            self._counters["messages"] += 1
            began = time.monotonic()
            again = replace(what, may_repeat=self._doubts.arises(what.fingerprint))
            safe = await self._safely(self._sink.on_message(again))
            if safe:
                self._doubts.answered(link, what.fingerprint, time.monotonic() - began)
        answer(pdu, Status.OK if safe else Status.RECEIVER_TEMPORARY)

    async def _keep(self, spoiled: Quarantined) -> None:
        await self._safely(self._sink.on_quarantine(spoiled))

    async def _safely(self, delivery: Coroutine[object, object, None]) -> bool:
        try:
            async with asyncio.timeout(self._settings.sink_timeout):
                await delivery
        except Exception as error:  # noqa: BLE001 - whatever it was, the carrier keeps the message and brings it again
            self._counters["sink_failed"] += 1
            log.warning("smpp_sink_failed", carrier=self._settings.name, error=type(error).__name__)
            return False
        return True
