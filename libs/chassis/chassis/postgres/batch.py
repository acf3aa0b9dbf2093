"""A batch of steps in one transaction: deduplicate, load and lock, run the handlers in memory, write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.clock import Clock
from chassis.kernel.errors import Conflict
from chassis.kernel.work import Timer
from chassis.postgres import inbox, outbox, timers
from chassis.postgres.event_ids import EventIds
from chassis.postgres.inbox import Answer, Inbox, Key
from chassis.postgres.outbox import Encode, OutboxRow, Recorded, Written, written
from chassis.postgres.pool import Connection
from chassis.postgres.shelf import Missing, Shelf
from chassis.postgres.step import Done, Failed, Idempotency, Outcome, Repeated, Step
from chassis.postgres.table import Table
from chassis.postgres.work import BatchWork

MOST_ROUNDS = 200
"""Runs of the handlers in which each found something more to load; beyond it, a handler asks without end."""


@dataclass(frozen=True, slots=True)
class Service:
    """What all batches of one service share."""

    tables: Sequence[Table[Any]]
    encode: Encode
    clock: Clock
    inbox: Inbox


class Again(Exception):  # noqa: N818 - a turn of the loop, not an error
    """Roll back and begin again: now it is known what to lock, and locks are taken in one order only."""


class Batch:
    """One batch on its way. `run` may be called again after Again; it then loads at once all that was missing."""

    def __init__(self, service: Service, steps: Sequence[Step[Any]]) -> None:
        self._service = service
        self._steps = steps
        self._shelves: Mapping[type[Aggregate], Shelf[Any]] = {t.kind: Shelf(t) for t in service.tables}
        self._rounds = 0
        self.rows: list[Written] = []
        self.timers: dict[str, Timer | None] = {}

    async def run(self, connection: Connection) -> list[Outcome[Any]]:
        """Do all but commit, inside the caller's transaction. Raises Again."""
        for shelf in self._shelves.values():
            shelf.leave()
        self._failed: dict[int, Exception] = {}
        self._outcomes: list[Outcome[Any]] = [Repeated()] * len(self._steps)
        self._now = self._service.clock.now()
        self._ids = EventIds(self._now)
        todo = await self._new(connection)
        self._want(todo)
        locked = await self._load(connection, lock=True)
        todo, claimed = await self._standing(connection, todo)
        while not await self._round(todo):
            if not (locked or claimed):
                locked = await self._load(connection, lock=True)
                continue
            # Locks are held already. Only look, until nothing is missing, then take all locks in order.
            await self._load(connection, lock=False)
            while not await self._round(todo):
                await self._load(connection, lock=False)
            raise Again
        await self._save(connection)
        return self._outcomes

    # --- what is new, and what it needs

    async def _new(self, connection: Connection) -> list[int]:
        """Give the places of the steps that were not done before; look up the answers of those with a key."""
        ids = [step.id for step in self._steps if step.id is not None]
        new: set[UUID | None] = {None}
        if ids:
            new |= await self._service.inbox.enter(connection, ids, self._now)
        todo = [place for place, step in enumerate(self._steps) if step.id in new]
        asked = [one for place in todo if (one := self._steps[place].idempotency) is not None]
        self._answered = await inbox.answers(connection, asked) if asked else {}
        return todo

    def _want(self, todo: Sequence[int]) -> None:
        shelves = self._shelves
        for place in todo:
            step = self._steps[place]
            for kind, aggregate_id in step.needs:
                shelves[kind].wanted.add(aggregate_id)
            for kind, index, value in step.finds:
                shelves[kind].looks.add((index, value))

    async def _load(self, connection: Connection, *, lock: bool) -> bool:
        """Load what is wanted, table after table in one order; say whether there was anything."""
        lacking = [shelf for shelf in self._shelves.values() if shelf.lacks()]
        for shelf in lacking:
            await shelf.load(connection, lock=lock)
        return bool(lacking)

    async def _standing(self, connection: Connection, todo: list[int]) -> tuple[list[int], bool]:
        """Leave out steps whose timer was cleared or moved meanwhile; lock the timers of the others."""
        due = [timer for place in todo if (timer := self._steps[place].timer) is not None]
        if not due:
            return todo, False
        standing = await timers.claim(connection, due)
        return [n for n in todo if (timer := self._steps[n].timer) is None or (timer.id, timer.due) in standing], True

    # --- the handlers, in memory

    async def _round(self, todo: Sequence[int]) -> bool:
        """Run the handlers until every one left is well; False when something must be loaded first."""
        self._rounds += 1
        if self._rounds > MOST_ROUNDS:
            raise RuntimeError("a handler asks for something new in every run")
        while True:
            complete = await self._once(todo)
            if complete is not None:
                return complete

    async def _once(self, todo: Sequence[int]) -> bool | None:
        """Run each step once. None: a step failed on top of others' changes; left out, the rest must run again."""
        self._restore()
        work = BatchWork(self._shelves)
        now = self._service.clock.now
        complete = True
        for place in todo:
            if place in self._failed:
                continue
            work.begin(now())
            try:
                self._outcomes[place] = await self._handle(self._steps[place], work, complete=complete)
            except Missing:
                complete = False
            except Exception as error:  # noqa: BLE001 - any failure of a handler is an outcome of its step
                # Once something was missing, a failure may come of that: this run only shows what else is missing.
                if complete and not self._leave_out(place, error, work):
                    return None
        return complete

    def _leave_out(self, place: int, error: Exception, work: BatchWork) -> bool:
        self._failed[place] = error
        self._outcomes[place] = Failed(error)
        return work.undo()

    def _restore(self) -> None:
        for shelf in self._shelves.values():
            shelf.restore()
        self.rows = []
        self.timers = {}
        self._done: set[UUID | None] = set()
        self._given: dict[Key, Answer] = {}

    async def _handle(self, step: Step[Any], work: BatchWork, *, complete: bool) -> Outcome[Any]:
        if step.id is not None and step.id in self._done:
            return Repeated()
        if step.timer is not None:
            if step.timer.id in self.timers:
                return Repeated()
            work.clear_timer(step.timer.id)
        if step.idempotency is not None and (known := self._known(step.idempotency)) is not None:
            return Done(step.idempotency.load(known.answer))
        answer = await step.handle(work)
        if complete:
            self._accept(step, work, answer)
        return Done(answer)

    def _known(self, asked: Idempotency[Any]) -> Answer | None:
        key = (asked.key, asked.method)
        known = self._answered.get(key) or self._given.get(key)
        if known is not None and known.digest != asked.digest:
            raise Conflict("idempotency_key", "reused", "kunci ini sudah dipakai untuk permintaan lain")
        return known

    def _accept(self, step: Step[Any], work: BatchWork, answer: object) -> None:
        """Take over what a finished step did. All that can raise comes first, so that it can be undone."""
        changed, rows = self._encode(step, work)
        if step.idempotency is not None:
            one = step.idempotency
            self._given[one.key, one.method] = Answer(one.digest, one.dump(answer))
        for shelf, aggregate in changed:
            aggregate.version += 1
            shelf.keep(aggregate)
        self.rows += rows
        self.timers.update(work.timers)
        self._done.add(step.id)

    def _encode(self, step: Step[Any], work: BatchWork) -> tuple[list[tuple[Shelf[Any], Aggregate]], list[Written]]:
        """Give what the step changed, and the messages that tell of it."""
        encode, new_id = self._service.encode, self._ids.next
        now, cause, trace = work.now, step.id, step.traceparent
        changed = []
        told: list[tuple[object, Recorded]] = []
        for shelf, aggregate in work.touched.values():
            events = aggregate.pull_events()
            if events or not aggregate.version:
                changed.append((shelf, aggregate))
                of, version = aggregate.id, aggregate.version + 1
                told += [(event, Recorded(new_id(), now, cause, of, version)) for event in events]
        told += [(event, Recorded(new_id(), now, cause, None, 0)) for event in work.events]
        rows = [event if type(event) is OutboxRow else encode(event, about) for event, about in told]
        return changed, [written(row, now, trace) for row in rows if row is not None]

    # --- writing

    async def _save(self, connection: Connection) -> None:
        failed = {self._steps[place].id for place in self._failed} - self._done - {None}
        if failed:
            await self._service.inbox.leave(connection, failed)
        for shelf in self._shelves.values():
            await shelf.save(connection)
        if self._given:
            await inbox.keep_answers(connection, self._given, self._now)
        if self.timers:
            await timers.save(connection, self.timers)
        if self.rows:
            await outbox.write(connection, self.rows)
