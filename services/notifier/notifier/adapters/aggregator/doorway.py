"""What a carrier's callbacks bring, handed to the sink: bounded in number and in time."""

import asyncio
from hashlib import sha256

import structlog

from notifier.adapters.aggregator.settings import AggregatorSettings
from notifier.adapters.alarms import Alarms
from notifier.adapters.tally import Tally
from notifier.application.incoming import IncomingSms, Quarantined, Receipt, Sink

_KEPT = 1 << 16  # bytes of a quarantined thing

log = structlog.get_logger(__name__)


class Doorway:
    """Says whether what came is safe; the carrier is told so, or brings the same again."""

    def __init__(self, settings: AggregatorSettings, sink: Sink, counters: Tally) -> None:
        self._alarms = Alarms(settings.name)
        self._settings, self._sink, self.counters = settings, sink, counters
        self._inside = 0

    async def hand_over(self, what: Receipt | IncomingSms | Quarantined) -> bool:
        """Give one thing to the sink; False where it failed, hung, or too much is in work."""
        if self._inside >= self._settings.max_unanswered:
            self.counters.count("inbound_pushed_back")
            return False
        self._inside += 1
        try:
            async with asyncio.timeout(self._settings.sink_timeout):
                await self._give(what)
        except Exception as error:  # noqa: BLE001 - whatever it was, the carrier is asked to bring it again
            self.counters.count("sink_failed")
            log.warning("callback_not_kept", carrier=self._settings.name, error=type(error).__name__)
            return False
        finally:
            self._inside -= 1
        return True

    async def _give(self, what: Receipt | IncomingSms | Quarantined) -> None:
        match what:
            case Receipt():
                self.counters.count("receipts")
                self._alarms.hear(what.failure)
                await self._sink.on_receipt([what])
            case IncomingSms():
                self.counters.count("messages")
                await self._sink.on_message(what)
            case Quarantined():
                self.counters.count(f"quarantined_{what.reason}")
                await self._sink.on_quarantine(what)


def sms(carrier: str, id_: str, source: str, destination: str, text: str) -> IncomingSms:
    """A message that the carrier gave an id: the same id is the same message, however often and late it comes."""
    seen = sha256(f"{carrier}\x1f{id_}".encode()).hexdigest()[:32]
    words = text.encode("utf-8", "replace").decode().replace("\0", "")  # what neither UTF-8 nor PostgreSQL takes
    return IncomingSms(carrier, source, destination, words, fingerprint=seen, may_repeat=True)


def spoiled(carrier: str, reason: str, raw: bytes) -> Quarantined:
    """Something that cannot be understood, cut to what is kept of it."""
    return Quarantined(carrier, reason, raw[:_KEPT])
