"""The boundary that all work of a service passes: it loads, saves, publishes, deduplicates and commits for all."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar

from chassis.kernel.clock import Clock
from chassis.kernel.work import Timer
from chassis.postgres.batch import Again, Batch
from chassis.postgres.coalescer import Coalescer
from chassis.postgres.failures import DatabaseAway, Verdict, blame, judge, wait
from chassis.postgres.inbox import Inbox
from chassis.postgres.outbox import Encode, Outbox
from chassis.postgres.pool import COMMAND_TIMEOUT, Pool
from chassis.postgres.rounds import Service
from chassis.postgres.step import Failed, Outcome, Step
from chassis.postgres.table import Table
from chassis.telemetry.traceparent import current_traceparent

T = TypeVar("T")

ATTEMPTS = 5
WARY = 1.0  # seconds after a lost race in which locks are taken first
PAUSE = 0.02  # seconds at most, times the attempt: enough for the other one to commit


class Boundary:
    """Runs steps against one service's database.

    `outbox.wake` is set after each commit that wrote messages, `timers_changed` after each that set a timer for
    before `timers_until`, when whoever fires them looks by itself; what is in `on_commit` is called with every batch
    that was committed (a worker that waits for rows hangs its wake-up there).
    """

    def __init__(
        self, pool: Pool, tables: Sequence[Table[Any]], encode: Encode, clock: Clock, consumer_name: str
    ) -> None:
        self.pool = pool
        self.clock = clock
        self.consumer_name = consumer_name
        self.outbox = Outbox(pool)
        self.timers_changed = asyncio.Event()
        self.timers_until: datetime | None = None
        self.on_commit: list[Callable[[Batch], None]] = []
        self._service = Service(tables, encode, clock, Inbox(consumer_name))
        self._commands = Coalescer(self.run)
        self._raced = float("-inf")

    async def start(self) -> None:
        """Begin to coalesce commands."""
        await self._commands.start()

    async def stop(self) -> None:
        """Finish the commands that were taken, refuse new ones."""
        await self._commands.stop()

    async def command(self, step: Step[T]) -> T:
        """Run one step together with others that come at the same time; give its answer.

        Raises what its handler raised, Transient when the database is away or too many commands wait.
        """
        step.traceparent = step.traceparent or current_traceparent()
        return await self._commands.command(step)

    async def run(self, steps: Sequence[Step[Any]]) -> list[Outcome[Any]]:
        """Run the steps as if one after another, in one transaction if possible; one outcome for each.

        Never raises for a step's failure: a step that fails leaves nothing behind and its neighbours do not notice.
        With the database away every step is Failed(Transient).
        """
        if not steps:
            return []
        outcomes, error = await self._try(steps)
        if outcomes is not None:
            return outcomes
        if judge(error) is Verdict.WAIT:
            return [Failed(wait(error))] * len(steps)
        if len(steps) == 1:
            return [Failed(blame(error))]
        middle = len(steps) // 2
        first = await self.run(steps[:middle])
        if away := next((one for one in first if _is_away(one)), None):
            # The rest must not be done before what comes ahead of it.
            return [*first, *[away] * (len(steps) - middle)]
        return [*first, *await self.run(steps[middle:])]

    async def _try(self, steps: Sequence[Step[Any]]) -> tuple[list[Outcome[Any]] | None, Exception]:
        """Commit, again and again while it only loses races. Gives the outcomes, or None and the last error."""
        error: Exception = RuntimeError("not tried")
        batch = Batch(self._service, steps)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._commit(batch, locked=attempt > 1 or not self._unlocked(batch)), error
            except Exception as failure:  # noqa: BLE001 - the caller judges it; it is told, never swallowed
                error = failure
            if judge(error) is not Verdict.AGAIN:
                break
            self._raced = monotonic()
            await asyncio.sleep(random.uniform(0, PAUSE * attempt))  # noqa: S311 - spreads retries, keeps no secret
        return None, error

    def _unlocked(self, batch: Batch) -> bool:
        """Whether to try without locks: not soon after a race was lost, when whoever waits for a lock is faster."""
        return batch.needs_no_locks and monotonic() - self._raced > WARY

    async def _commit(self, batch: Batch, *, locked: bool) -> list[Outcome[Any]]:
        async with self.pool.acquire(timeout=COMMAND_TIMEOUT) as connection:
            outcomes = None if locked else await batch.run_unlocked(connection)
            while outcomes is None:
                with contextlib.suppress(Again):
                    async with connection.transaction():
                        outcomes = await batch.run(connection)
        if batch.wrote.rows:
            self.outbox.wake.set()
        if self._sets_sooner(batch.wrote.timers.values()):
            self.timers_changed.set()
        for tell in self.on_commit:
            tell(batch)
        return outcomes

    def _sets_sooner(self, changed: Iterable[Timer | None]) -> bool:
        until = self.timers_until
        return any(timer is not None and (until is None or timer.due < until) for timer in changed)


def _is_away(outcome: Outcome[Any]) -> bool:
    return isinstance(outcome, Failed) and isinstance(outcome.error, DatabaseAway)
