"""The handlers of a batch, run in memory until every one that is left is well."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.clock import Clock
from chassis.kernel.errors import Conflict
from chassis.kernel.work import Timer
from chassis.postgres.event_ids import EventIds
from chassis.postgres.inbox import Answer, Inbox, Key
from chassis.postgres.outbox import Encode, OutboxRow, Recorded, Written, written
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


Shelves = Mapping[type[Aggregate], Shelf[Any]]


class Rounds:
    """What the handlers of one transaction came to: outcomes, and what is to be written.

    `answers` are the kept answers of the idempotency keys that the steps carry.
    """

    def __init__(
        self,
        service: Service,
        steps: Sequence[Step[Any]],
        shelves: Shelves,
        answers: Mapping[Key, Answer],
        now: datetime,
    ) -> None:
        self._service = service
        self._steps = steps
        self._shelves = shelves
        self._answers = answers
        self._ids = EventIds(now)
        self._rounds = 0
        self.outcomes: list[Outcome[Any]] = [Repeated()] * len(steps)
        self.failed: dict[int, Exception] = {}
        self._restore()

    async def run(self, todo: Sequence[int]) -> bool:
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
            if place in self.failed:
                continue
            work.begin(now())
            try:
                self.outcomes[place] = await self._handle(self._steps[place], work, complete=complete)
            except Missing:
                complete = False
            except Exception as error:  # noqa: BLE001 - any failure of a handler is an outcome of its step
                # Once something was missing, a failure may come of that: this run only shows what else is missing.
                if complete and not self._leave_out(place, error, work):
                    return None
        return complete

    def _leave_out(self, place: int, error: Exception, work: BatchWork) -> bool:
        self.failed[place] = error
        self.outcomes[place] = Failed(error)
        return work.undo()

    def _restore(self) -> None:
        for shelf in self._shelves.values():
            shelf.restore()
        self.rows: list[Written] = []
        self.timers: dict[str, Timer | None] = {}
        self.done: set[UUID | None] = set()
        self.given: dict[Key, Answer] = {}

    async def _handle(self, step: Step[Any], work: BatchWork, *, complete: bool) -> Outcome[Any]:
        if step.id is not None and step.id in self.done:
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
        known = self._answers.get(key) or self.given.get(key)
        if known is not None and known.digest != asked.digest:
            raise Conflict("idempotency_key", "reused", "kunci ini sudah dipakai untuk permintaan lain")
        return known

    def _accept(self, step: Step[Any], work: BatchWork, answer: object) -> None:
        """Take over what a finished step did. All that can raise comes first, so that it can be undone."""
        changed, rows = self._encode(step, work)
        if step.idempotency is not None:
            one = step.idempotency
            self.given[one.key, one.method] = Answer(one.digest, one.dump(answer))
        for shelf, aggregate in changed:
            aggregate.version += 1
            shelf.keep(aggregate)
        self.rows += rows
        self.timers.update(work.timers)
        self.done.add(step.id)

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
