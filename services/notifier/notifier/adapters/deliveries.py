"""The deliveries of one lane: claimed in order, each outcome stored with the claim of the next.

A slot of the window is held from the claim's commit to the outcome's commit: a crash leaves at most the window
unclear. state is in no index, so that both updates stay on their page (HOT).
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg

from chassis.kernel.errors import Transient
from chassis.postgres import outbox
from chassis.postgres.failures import Verdict, judge
from chassis.postgres.outbox import Outbox, Written
from chassis.postgres.pool import Connection, Pool
from notifier.adapters.alert_news import AlertNews
from notifier.adapters.coming_due import UNCONFIRMED, go_on, something_due
from notifier.adapters.delivery_facts import Facts, delivery_id
from notifier.adapters.lining_up import move
from notifier.adapters.plans import LOCK
from notifier.adapters.said import Said
from notifier.adapters.templates import Templates
from notifier.adapters.tried import BIT, CHANNELS
from notifier.adapters.turns import TURN, arguments, between, turn_of
from notifier.adapters.twins import Whose, ended_twins, hold, words_of
from notifier.adapters.vault import Vault
from notifier.adapters.wakes import Wakes, queue_word
from notifier.adapters.whatsapp import tier
from notifier.application.ports import Claimed, Outcome, Told
from notifier.domain.channel import Channel, other
from notifier.domain.delivery import Next, State
from notifier.domain.lane import Lane, channel_of, queue_of
from notifier.domain.twins import COPY

OWNER_POLL = 0.2  # seconds between tries to take a lane over
NO_WORDS: Mapping[Whose, Next] = {}
_OWN = "select pg_try_advisory_lock($1, $2)"
_UNCLAIM = "update delivery set state = 0 where queue = $1 and seq between $2 and $3 and state = 1"
_RECOVER = (
    "update delivery set state = $3, at = $4, reason = 'unclear'"
    " where queue = $1 and seq > $2 and state = 1 returning seq"
)


class Hearers(NamedTuple):
    """Who hears of what a lane stores: the relay of rows, walkers of queues, those who watch an alert."""

    relay: Outbox
    wakes: Wakes
    news: AlertNews


class LaneDeliveries:
    """One lane's deliveries, on a pool of its own; `lock` is a connection of its own, and the ownership's life."""

    def __init__(
        self, lane: Lane, pool: Pool, lock: Any, vault: Vault, templates: Templates, hearers: Hearers
    ) -> None:
        self.lane = lane
        self._pool = pool
        self._lock = lock
        self._vault = vault
        self._relay, self._wakes, self._news = hearers
        self._gone = asyncio.Event()
        self._doubtful: set[tuple[int, range]] = set()
        self._said = Said(pool, vault, templates)
        lock.add_termination_listener(lambda _: self._gone.set())

    def news(self, queue: int) -> asyncio.Event:
        """Set when somebody lined something up in the queue."""
        return self._wakes.event(queue_word(queue))

    async def own(self) -> None:
        """Wait until no other process walks this lane."""
        while not await self._lock.fetchval(_OWN, LOCK + 1, int(self.lane)):  # noqa: ASYNC110 - another process owns it
            await asyncio.sleep(OWNER_POLL)

    async def lost(self) -> None:
        """Return when the ownership is gone."""
        await self._gone.wait()

    async def recover(self, queue: int, now: datetime) -> int:
        """Decide what a crash left unclear; gives where to begin."""
        tail: int = await self._pool.fetchval("select tail from queue where queue = $1", queue)
        again = State.PLANNED if self.lane.sends_again_when_unclear else State.UNCLEAR
        await self._pool.fetch(_RECOVER, queue, tail, again, now)
        return tail

    async def head(self, queue: int) -> int:
        """The last number given out."""
        head: int = await self._pool.fetchval("select head from queue where queue = $1", queue)
        return head

    async def mark(self, queue: int, tail: int) -> None:
        """Remember that everything up to `tail` is done."""
        await self._pool.execute("update queue set tail = greatest(tail, $2) where queue = $1", queue, tail)

    async def turn(self, queue: int, outcomes: Sequence[Outcome], span: range, now: datetime) -> list[Claimed]:
        """Store outcomes and claim what is planned of the numbers of `span`, in one transaction.

        Raises Transient when the database is away. Nobody knows then whether it was committed: the next turn with
        the same numbers takes back first what was claimed and never handed out.
        """
        try:
            if (queue, span) in self._doubtful:
                await self._pool.execute(_UNCLAIM, queue, *between(span))
                self._doubtful.discard((queue, span))
            claimed = await self._turn(queue, outcomes, span, now)
        except Exception as error:
            if judge(error) is Verdict.SPLIT:
                raise
            self._doubtful.add((queue, span))
            raise Transient("the database is away") from error
        self._news.changed(o.claimed.alert for o in outcomes)
        return claimed

    async def _turn(self, queue: int, outcomes: Sequence[Outcome], span: range, now: datetime) -> list[Claimed]:
        if uncounted := [o.claimed.contact for o in outcomes if o.uncounted]:
            # Twice where this turn is repeated: they are people, not sends.
            await tier.note(self._pool, uncounted, now)
        told = [o for o in outcomes if not o.next.reroute]
        moved = [o for o in outcomes if o.next.reroute]
        ended = ended_twins(told)
        if not moved and not ended:
            claimed = await self._claim(self._pool, queue, told, span, now)
            self._tell(bool(outcomes), None)
            return claimed
        async with self._pool.acquire() as connection, connection.transaction():
            words = await self._words(connection, queue, ended) if ended else {}
            # As in the statement of the turn: what was moved before is not told again.
            went = [one for one in moved if await self._reroute(connection, queue, one, now)]
            facts = [self._fact(one, queue, now) for one in went]
            await outbox.write(connection, [fact for fact in facts if fact is not None])
            claimed = await self._claim(connection, queue, told, span, now, words)
        self._tell(True, queue_of(self.lane, other(channel_of(queue))) if moved else None)
        return claimed

    async def _words(self, connection: Connection, queue: int, ended: Mapping[Whose, Next]) -> dict[Whose, Next]:
        """What is told of people one of whose two copies reached nobody."""
        await hold(connection, {one.alert for one in ended})
        return await words_of(connection, ended, COPY[channel_of(queue)])

    async def _claim(
        self,
        on: Pool | Connection,
        queue: int,
        stored: Sequence[Outcome],
        span: range,
        now: datetime,
        words: Mapping[Whose, Next] = NO_WORDS,
    ) -> list[Claimed]:
        said = [words.get(Whose(o.claimed.alert, o.claimed.contact), o.next) if words else o.next for o in stored]
        rows = await on.fetch(TURN, *arguments(queue, span, stored, said, now))
        return [self._claimed(row) for row in rows]

    def _fact(self, o: Outcome, queue: int, now: datetime) -> Written | None:
        """What is told of an outcome by itself."""
        facts = Facts.of(o.told, now)
        return facts.tried(o.claimed.contact, o.next, channel_of(queue), o.carrier, turn_of(queue, o))

    def _claimed(self, row: Any) -> Claimed:
        (
            seq, alert, contact, tried, tries, accepted, reason, phone, whatsapp, whatsapp_at,
            called_off, language, superseded,
        ) = row  # fmt: skip
        return Claimed(  # in the order of its fields: by their names it takes twice as long
            delivery_id(alert, contact),
            seq,
            alert,
            contact,
            CHANNELS[tried],
            tries,
            tuple(accepted) if accepted else (),
            self._vault.show(phone, contact),
            self._vault.show(whatsapp, contact) if whatsapp else "",
            whatsapp_at,
            called_off,
            reason == UNCONFIRMED,
            language,
            superseded,
        )

    async def _reroute(self, connection: Connection, queue: int, outcome: Outcome, now: datetime) -> int:
        channel = channel_of(queue)
        return await move(
            connection,
            queue,
            queue_of(self.lane, other(channel)),
            [outcome.claimed.seq],
            states=(State.SENDING,),
            at=now,
            reason=outcome.next.reason,
            tried=BIT[channel],
        )

    async def fire_due(self, queue: int, now: datetime) -> int:
        """Line up again what waited; what life-safety has sent unconfirmed goes the other way too."""
        if not await something_due(self._pool, queue, now):
            return 0
        async with self._pool.acquire() as connection, connection.transaction():
            due = await go_on(connection, queue, now)
            written = await self._moved(due.silent, queue, now)
            await outbox.write(connection, written)
        self._tell(bool(written), queue_of(self.lane, other(channel_of(queue))) if written else None)
        if due.again:
            self._wakes.wake(queue_word(queue))
        return due.rows

    async def _moved(self, silent: Sequence[tuple[int, UUID, UUID]], queue: int, now: datetime) -> list[Written]:
        """What is told of those that go the other way too."""
        channel, written = channel_of(queue), []
        for seq, alert, contact in silent:
            facts = Facts.of(await self.told(alert), now)
            written.append(facts.rerouted(contact, channel, UNCONFIRMED, f"{queue}.{seq}"))
        return written

    async def told(self, alert: UUID, language: str = "id") -> Told:
        """What the alert says, rendered in the language."""
        return await self._said.of(alert, language)

    def _tell(self, written: bool, queue: int | None) -> None:  # noqa: FBT001 - whether rows were written
        if written:
            self._relay.wake.set()
        if queue is not None:
            self._wakes.wake(queue_word(queue))

    async def close(self) -> None:
        """Give the connections back; the ownership ends."""
        for channel in Channel:
            self._wakes.forget(queue_word(queue_of(self.lane, channel)))
        try:
            await self._lock.close(timeout=2)
        except (TimeoutError, OSError, asyncpg.InterfaceError, asyncpg.PostgresError):
            self._lock.terminate()
        await self._pool.close()
