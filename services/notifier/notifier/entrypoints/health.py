"""Once a second: how the carriers do, to operators and metrics; and this process's part of each carrier's rate."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence

from notifier import metrics
from notifier.domain.carrier_health import Health

EVERY = 1.0
_log = logging.getLogger(__name__)


class HealthReport:
    """A part of the process. `look` gives what is known of each carrier, `write` stores it, `share` settles the rates
    with other processes.
    """

    name = "health of carriers"
    ready = True

    def __init__(
        self,
        look: Callable[[], Sequence[Health]],
        write: Callable[[Sequence[Health]], Awaitable[object]],
        share: Callable[[], Awaitable[None]],
    ) -> None:
        self._look, self._write, self._share = look, write, share
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to tell."""
        self._task = asyncio.create_task(self._tell(), name=self.name)

    async def stop(self) -> None:
        """Tell no more."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _tell(self) -> None:
        while True:
            rows = self._look()
            for one in rows:
                metrics.CARRIER_UP.labels(one.carrier).set(one.up and one.rests_until is None)
                metrics.WINDOW_USED.labels(one.carrier).set(one.used)
            try:
                await self._share()
                await self._write(rows)
            except Exception as error:  # noqa: BLE001 - the database may be away; the next second tells
                _log.warning("the health and the shares of carriers are not stored: %s", error)
            await asyncio.sleep(EVERY)
