"""A batch of steps in one transaction: deduplicate, load and lock, run the handlers in memory, write."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.postgres import inbox, outbox, timers
from chassis.postgres.inbox import Answer, Key
from chassis.postgres.pool import Connection
from chassis.postgres.rounds import Rounds, Service, Shelves
from chassis.postgres.shelf import Shelf
from chassis.postgres.step import Outcome, Step
from chassis.postgres.writing import Writing

A = TypeVar("A", bound=Aggregate)


FEW = 32  # steps; more are likelier to lose a race, and have all the more to do again


class Again(Exception):  # noqa: N818 - a turn of the loop, not an error
    """Roll back and begin again: now it is known what to lock, and locks are taken in one order only."""


class Batch:
    """One batch on its way. `run` may be called again after Again; it then loads at once all that was missing."""

    def __init__(self, service: Service, steps: Sequence[Step[Any]]) -> None:
        self._service = service
        self._steps = steps
        self._shelves: Shelves = {t.kind: Shelf(t) for t in service.tables}
        self._done: Rounds | None = None

    @property
    def wrote(self) -> Rounds:
        """What the last run wrote."""
        if self._done is None:
            raise RuntimeError("not run yet")
        return self._done

    def changed(self, kind: type[A]) -> Collection[A]:
        """The aggregates of a kind that the last run wrote."""
        shelf = self._shelves.get(kind)
        return shelf.changed.values() if shelf is not None else ()

    @property
    def needs_no_locks(self) -> bool:
        """Whether so few steps are in it that a race is unlikely, and no timer, which must be claimed."""
        return len(self._steps) <= FEW and all(step.timer is None for step in self._steps)

    async def run_unlocked(self, connection: Connection) -> list[Outcome[Any]] | None:
        """Do all without a transaction: read, then write by one statement if what was read still stands.

        None when a step failed: it may have been done before, or have its answer, which `run` looks at first.
        Raises SerializationError or UniqueViolationError when somebody else was faster, or it was done before.
        """
        now = self._begin()
        todo = range(len(self._steps))
        self._want(todo)
        await self._load(connection, lock=False)
        rounds = self._done = Rounds(self._service, self._steps, self._shelves, {}, now)
        while not await rounds.run(todo):
            await self._load(connection, lock=False)
        if rounds.failed:
            return None
        writing = Writing()
        for shelf in self._shelves.values():
            shelf.hold(writing)
        if ids := list(dict.fromkeys(step.id for step in self._steps if step.id is not None)):
            self._service.inbox.note(writing, ids, now)
        self._write(writing, rounds, now)
        outbox.add(writing, rounds.rows)
        await writing.send(connection)
        return rounds.outcomes

    async def run(self, connection: Connection) -> list[Outcome[Any]]:
        """Do all but commit, inside the caller's transaction. Raises Again."""
        now = self._begin()
        todo = await self._new(connection, now)
        answers = await self._answers(connection, todo)
        self._want(todo)
        last = await self._load(connection, lock=True)
        todo, claimed = await self._standing(connection, todo)
        rounds = self._done = Rounds(self._service, self._steps, self._shelves, answers, now)
        while not await rounds.run(todo):
            if not claimed and self._first_lacking() > last:
                last = await self._load(connection, lock=True)
                continue
            # Locks further on are held already. Only look, until nothing is missing, then take all locks in order.
            await self._load(connection, lock=False)
            while not await rounds.run(todo):
                await self._load(connection, lock=False)
            raise Again
        await self._save(connection, rounds, now)
        return rounds.outcomes

    def _begin(self) -> datetime:
        for shelf in self._shelves.values():
            shelf.leave()
        return self._service.clock.now()

    # --- what is new, and what it needs

    async def _new(self, connection: Connection, now: datetime) -> list[int]:
        """Give the places of the steps that were not done before."""
        ids = [step.id for step in self._steps if step.id is not None]
        new: set[UUID | None] = {None}
        if ids:
            new |= await self._service.inbox.enter(connection, ids, now)
        return [place for place, step in enumerate(self._steps) if step.id in new]

    async def _answers(self, connection: Connection, todo: Sequence[int]) -> dict[Key, Answer]:
        """Give the answers kept for the keys that the steps carry."""
        asked = [one for place in todo if (one := self._steps[place].idempotency) is not None]
        return await inbox.answers(connection, asked) if asked else {}

    def _want(self, todo: Sequence[int]) -> None:
        shelves = self._shelves
        for place in todo:
            step = self._steps[place]
            for kind, aggregate_id in step.needs:
                shelves[kind].wanted.add(aggregate_id)
            for kind, index, value in step.finds:
                shelves[kind].looks.add((index, value))

    async def _load(self, connection: Connection, *, lock: bool) -> int:
        """Load what is wanted, table after table in one order; give the place of the last, -1 when nothing was."""
        last = -1
        for place, shelf in enumerate(self._shelves.values()):
            if shelf.lacks():
                await shelf.load(connection, lock=lock)
                last = place
        return last

    def _first_lacking(self) -> int:
        """Give the place of the first table of which something is wanted that is not there."""
        return next((place for place, shelf in enumerate(self._shelves.values()) if shelf.lacks()), -1)

    async def _standing(self, connection: Connection, todo: list[int]) -> tuple[list[int], bool]:
        """Leave out steps whose timer was cleared or moved meanwhile; lock the timers of the others."""
        due = [timer for place in todo if (timer := self._steps[place].timer) is not None]
        if not due:
            return todo, False
        standing = await timers.claim(connection, due)
        return [n for n in todo if (timer := self._steps[n].timer) is None or (timer.id, timer.due) in standing], True

    # --- writing

    async def _save(self, connection: Connection, rounds: Rounds, now: datetime) -> None:
        writing = Writing()
        failed = {self._steps[place].id for place in rounds.failed} - rounds.done - {None}
        if failed:
            self._service.inbox.leave(writing, failed)
        self._write(writing, rounds, now)
        few = len(rounds.rows) <= outbox.FEW
        if few:
            outbox.add(writing, rounds.rows)
        await writing.send(connection)
        if not few:
            await outbox.write(connection, rounds.rows)

    def _write(self, writing: Writing, rounds: Rounds, now: datetime) -> None:
        """All but the messages."""
        for shelf in self._shelves.values():
            shelf.save(writing)
        if rounds.given:
            inbox.keep_answers(writing, rounds.given, now)
        if rounds.timers:
            timers.save(writing, rounds.timers)
