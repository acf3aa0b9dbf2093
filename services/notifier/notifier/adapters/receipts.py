"""Receipts, matched to what was sent. Repeats change nothing; those that come too early are kept and tried again."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.postgres import outbox
from chassis.postgres.outbox import Outbox, Written
from chassis.postgres.pool import Connection, Pool
from notifier import metrics
from notifier.adapters import early_receipts
from notifier.adapters.alert_news import AlertNews
from notifier.adapters.receipt_effects import ARRIVED, LOST, arrive, fail
from notifier.adapters.receipt_matching import Said, matched
from notifier.adapters.twins import hold
from notifier.adapters.vault import Vault
from notifier.adapters.wakes import Wakes, queue_word
from notifier.application.carrier_errors import NeedsTemplate, Throttled, TryLater
from notifier.application.incoming import Receipt
from notifier.domain.lane import Lane


class Receipts:
    """Takes receipts in, in one transaction for all that came together."""

    def __init__(self, pool: Pool, vault: Vault, relay: Outbox, wakes: Wakes, news: AlertNews) -> None:
        self._pool, self._vault, self._relay, self._wakes, self._news = pool, vault, relay, wakes, news

    async def take(self, receipts: Sequence[Receipt], now: datetime) -> None:
        """Store what they say. Returns when it is committed; the facts are on their way."""
        said = [self._said(receipt, now) for receipt in receipts if receipt.state in {*ARRIVED, *LOST}]
        if said:
            async with self._pool.acquire() as connection, connection.transaction():
                rows, queues, early = await self._apply(connection, said, now)
                await early_receipts.keep(connection, early)
            self._tell(rows, queues)

    async def retry_early(self, now: datetime) -> int:
        """Try again what came too early; forget what nobody waits for any more. Gives how many still wait."""
        if not await early_receipts.some(self._pool):
            return 0
        async with self._pool.acquire() as connection, connection.transaction():
            stored = await early_receipts.oldest(connection)
            rows, queues, early = await self._apply(connection, [one for _, one in stored], now)
            waiting = {id(one) for one in early if now - one.at < early_receipts.EARLY_FOR}
            done = [number for number, one in stored if id(one) not in waiting]
            await early_receipts.forget(connection, done)
        metrics.RECEIPTS.labels("any", "unknown").inc(len(early) - len(waiting))
        self._tell(rows, queues)
        return len(waiting)

    def _said(self, receipt: Receipt, now: datetime) -> Said:
        failure = receipt.failure
        return Said(
            carrier=receipt.carrier,
            candidates=receipt.candidates,
            recipient_hash=self._vault.digest(receipt.recipient) if receipt.recipient else None,
            state=receipt.state,
            reason=failure.reason if failure else receipt.state.value,
            again=isinstance(failure, Throttled | TryLater | NeedsTemplate),
            at=now,
        )

    async def _apply(
        self, connection: Connection, said: Sequence[Said], now: datetime
    ) -> tuple[list[Written], set[int], list[Said]]:
        """Match and store; gives what is to be told, the queues that got something, and what matched nothing."""
        matches = await matched(connection, said, now)
        known = [(one, match) for one, match in zip(said, matches, strict=True) if match is not None]
        arrived = [(one, match) for one, match in known if one.state in ARRIVED]
        if lost := {match.alert for one, match in known if one.state in LOST and match.lane is Lane.LIFE_SAFETY}:
            await hold(connection, lost)
        written = await arrive(connection, arrived, now) if arrived else []
        queues: set[int] = set()
        for one, match in known:
            if one.state not in ARRIVED:
                written += await fail(connection, one, match, now, queues)
        if written:
            await outbox.write(connection, written)
        for one, found in zip(said, matches, strict=True):
            metrics.RECEIPTS.labels(one.state.value, "matched" if found else "early").inc()
        return written, queues, [one for one, match in zip(said, matches, strict=True) if match is None]

    def _tell(self, written: Sequence[Written], queues: Iterable[int]) -> None:
        if written:
            self._relay.wake.set()
            self._news.told(written)
        for queue in queues:
            self._wakes.wake(queue_word(queue))
