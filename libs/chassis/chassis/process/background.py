"""A worker that runs for as long as the process."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

_PAUSE = 1.0

_log = structlog.get_logger(__name__)


class Background:
    """Runs `work` until stopped. An error of it is a bug: it is logged, and the work begins again after a second."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        *,
        before_stop: Callable[[], Awaitable[None]] | None = None,
        is_ready: Callable[[], bool] = lambda: True,
        patience: float = 0.5,
    ) -> None:
        self.name = name
        self._work = work
        self._before_stop = before_stop
        self._is_ready = is_ready
        self._patience = patience
        self._task: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether it works."""
        return self._task is not None and not self._task.done() and self._is_ready()

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name=self.name)

    async def stop(self) -> None:
        """Let it finish what `before_stop` waits for, `patience` seconds at most, then end it."""
        if self._task is None:
            return
        if self._before_stop is not None:
            with contextlib.suppress(Exception):  # what cannot be finished now is finished after the next start
                async with asyncio.timeout(self._patience):
                    await self._before_stop()
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        while True:
            try:
                await self._work()
            except Exception:  # noqa: BLE001 - a bug: told, and the others go on
                _log.exception("worker failed", worker=self.name)
            await asyncio.sleep(_PAUSE)
