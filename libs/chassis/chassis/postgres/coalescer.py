"""Commands that come at the same time share a transaction."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from chassis.kernel.errors import Transient
from chassis.postgres.step import Done, Failed, Outcome, Step

T = TypeVar("T")
Run = Callable[[Sequence[Step[Any]]], Awaitable[list[Outcome[Any]]]]

MOST_TOGETHER = 128
FLUSHERS = 1  # others gather while it commits: with two, batches were a third as long, and dearer for each
GATHER = 0.008  # seconds in which others join, where the last run had several: a lone command never waits
MOST_WAITING = 4096  # beyond it a caller would wait longer than its deadline


class Coalescer:
    """Takes up to 128 waiting commands into one run; each caller gets its own answer or error."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._waiting: deque[tuple[Step[Any], asyncio.Future[Any]]] = deque()
        self._wake = asyncio.Semaphore(0)
        self._flushers: list[asyncio.Task[None]] = []
        self._open = False

    async def start(self) -> None:
        """Start the flushers."""
        self._open = True
        self._flushers = [asyncio.create_task(self._flush(), name=f"commands-{n}") for n in range(FLUSHERS)]

    async def stop(self) -> None:
        """Finish what waits; then end the flushers."""
        self._open = False
        for _ in self._flushers:
            self._wake.release()
        await asyncio.gather(*self._flushers)
        self._flushers = []

    async def command(self, step: Step[T]) -> T:
        """Give the answer of the step's handler, or raise its error."""
        if not self._open:
            raise Transient("busy: not started, or stopping")
        if len(self._waiting) >= MOST_WAITING:
            raise Transient("busy: too many commands wait")
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((step, answer))
        self._wake.release()
        return await answer

    async def _flush(self) -> None:
        crowded = False
        while self._open or self._waiting:
            await self._wake.acquire()
            if crowded and self._open:
                await asyncio.sleep(GATHER)
            if taken := self._take():
                crowded = len(taken) > 1
                await self._do(taken)

    def _take(self) -> list[tuple[Step[Any], asyncio.Future[Any]]]:
        """Take those whose callers still wait; a caller that gave up is forgotten before anything is done."""
        taken: list[tuple[Step[Any], asyncio.Future[Any]]] = []
        while self._waiting and len(taken) < MOST_TOGETHER:
            step, answer = self._waiting.popleft()
            if not answer.done():
                taken.append((step, answer))
        return taken

    async def _do(self, taken: Sequence[tuple[Step[Any], asyncio.Future[Any]]]) -> None:
        outcomes: Sequence[Outcome[Any]] = [Failed(Transient("interrupted"))] * len(taken)
        try:
            outcomes = await self._run([step for step, _ in taken])
        except Exception as error:  # noqa: BLE001 - told to every caller; a flusher that ended would leave them waiting
            outcomes = [Failed(error)] * len(taken)
        finally:
            for (_, answer), outcome in zip(taken, outcomes, strict=True):
                if not answer.done():
                    _settle(answer, outcome)


def _settle(answer: asyncio.Future[Any], outcome: Outcome[Any]) -> None:
    if isinstance(outcome, Done):
        answer.set_result(outcome.answer)
    elif isinstance(outcome, Failed):
        answer.set_exception(outcome.error)
    else:
        answer.set_result(None)  # a command with an event id that was done before: nothing to tell
