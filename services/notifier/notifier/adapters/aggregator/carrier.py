"""What every SMS carrier reached over HTTP does alike; how a message is handed over is each one's own."""

from abc import ABC, abstractmethod
from typing import Protocol

import structlog
from aiohttp import web

from notifier.adapters.aggregator.line import Line
from notifier.adapters.aggregator.settings import AggregatorSettings
from notifier.adapters.aggregator.text import text_of
from notifier.adapters.tally import Tally
from notifier.application.carriers import Channel
from notifier.application.outgoing import Accepted, Outgoing

log = structlog.get_logger(__name__)


class Callbacks(Protocol):
    """Where a carrier's callbacks come in."""

    def routes(self) -> list[web.RouteDef]:
        """For receipts and for what people write."""


class HttpCarrier(ABC):
    """A `Carrier` over HTTP: the other side cuts long texts itself and has one id for all of a message."""

    channel = Channel.SMS

    def __init__(self, settings: AggregatorSettings, line: Line, callbacks: Callbacks) -> None:
        self.name = settings.name
        self._common, self._line, self._callbacks = settings, line, callbacks

    @property
    def counters(self) -> Tally:
        """What happened, by name."""
        return self._line.counters

    @property
    def up(self) -> bool:
        """Whether the last answer was one, and no answer stopped the account."""
        return self._line.up

    def cost(self, outgoing: Outgoing) -> int:
        """Parts. Raises RejectedForGood where it cannot be written."""
        return text_of(outgoing, self._common).parts

    def routes(self) -> list[web.RouteDef]:
        """Where the callbacks come in: `/webhooks/<kind>/<name>`."""
        return self._callbacks.routes()

    async def start(self) -> None:
        """Open the pool of connections."""
        if missing := self._common.missing_for_receipts:
            log.warning("no_receipts_will_come", carrier=self.name, missing=missing)
        await self._line.start()

    async def stop(self) -> None:
        """Wait for what is being sent, then close."""
        await self._line.stop()

    @abstractmethod
    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Send it; one id."""
