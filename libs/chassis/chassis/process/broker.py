"""Whether Kafka answers: a relay with nothing to send, and a reader of quiet topics, notice late that it is gone."""

import asyncio

import structlog

from chassis.kafka.probe import Line
from chassis.kafka.security import Access

_EVERY = 1.0

_log = structlog.get_logger(__name__)


class Broker:
    """Asks every second whether one of the servers is there, and is ready while one is. Starts without them too."""

    name = "kafka"

    def __init__(self, access: Access) -> None:
        self._line = Line(access)
        self._watch: asyncio.Task[None] | None = None
        self.ready = False

    async def start(self) -> None:
        """Begin to ask."""
        self._watch = asyncio.create_task(self._keep_asking(), name="kafka watch")

    async def stop(self) -> None:
        """Ask no more."""
        self.ready = False
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        self._line.close()

    async def _keep_asking(self) -> None:
        while True:
            complaint = await self._line.complaint()
            if complaint and self.ready:
                _log.warning("kafka is away", reason=complaint)
            self.ready = complaint is None
            await asyncio.sleep(_EVERY)
