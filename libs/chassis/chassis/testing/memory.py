"""The work unit in memory, for unit tests of use cases; the boundary's own suite runs against it too."""

from collections.abc import Awaitable, Callable, Hashable, Iterable, Sequence
from copy import deepcopy
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.clock import Clock
from chassis.kernel.errors import Conflict, NotFound
from chassis.kernel.work import Timer, Work
from chassis.postgres.inbox import Answer, Key
from chassis.postgres.step import Done, Failed, Idempotency, Outcome, Repeated, Step
from chassis.postgres.table import Table

A = TypeVar("A", bound=Aggregate)
C = TypeVar("C")
T = TypeVar("T")


class UnrecordedChangeError(AssertionError):
    """An aggregate was changed without an event: the boundary would not save it."""


class MemoryWork:
    """Stores aggregates, events and timers in memory, with the boundary's semantics.

    `await memory.do(use_case, command)` runs one use case as the boundary would: it keeps all it did, or nothing
    when it raises. `memory` is itself a Work and may be handed to a use case directly; then a failing one leaves
    what it did. With `tables`, look-ups are those that the tables declare; without, an index is the attribute of
    that name (a collection matches by membership). `.events` are all events so far, oldest first; `.timers` those
    that stand, by id.
    """

    def __init__(self, clock: Clock, tables: Iterable[Table[Any]] = ()) -> None:
        self.clock = clock
        self.timers: dict[str, Timer] = {}
        self._tables = {table.kind: table for table in tables}
        self._stored: dict[type[Aggregate], dict[UUID, Any]] = {}
        self._events: list[object] = []
        self._seen: dict[tuple[type[Aggregate], UUID], str] = {}
        self._inbox: set[UUID] = set()
        self._answers: dict[Key, Answer] = {}

    # --- the port

    @property
    def now(self) -> datetime:
        """The clock's time."""
        return self.clock.now()

    async def get(self, kind: type[A], aggregate_id: UUID) -> A:
        """Give the aggregate. Raises NotFound."""
        try:
            found: A = self._stored[kind][aggregate_id]
        except KeyError:
            raise NotFound(self._name(kind)) from None
        return self._show(found)

    async def find(self, kind: type[A], index: str, value: Hashable) -> list[A]:
        """Give the aggregates whose index holds `value`, ordered by id."""
        stored = self._stored.get(kind, {})
        return [self._show(stored[one]) for one in sorted(stored) if self._matches(stored[one], index, value)]

    def add(self, aggregate: Aggregate) -> None:
        """Put a new aggregate under care. Raises Conflict when its id is known."""
        stored = self._stored.setdefault(type(aggregate), {})
        if aggregate.id in stored:
            raise Conflict(self._name(type(aggregate)), "exists", "sudah ada")
        stored[aggregate.id] = aggregate

    def record(self, event: object) -> None:
        """Publish an event that no aggregate records."""
        self._settle()
        self._events.append(event)

    def set_timer(self, timer: Timer) -> None:
        """Store the timer, replacing one with the same id."""
        self.timers[timer.id] = timer

    def clear_timer(self, timer_id: str) -> None:
        """Forget the timer."""
        self.timers.pop(timer_id, None)

    # --- what tests ask

    @property
    def events(self) -> list[object]:
        """All events so far, oldest first."""
        self._settle()
        return self._events

    def events_of(self, kind: type[T]) -> list[T]:
        """The events of one type so far."""
        return [event for event in self.events if isinstance(event, kind)]

    def all(self, kind: type[A]) -> list[A]:
        """All stored aggregates of a kind, ordered by id."""
        stored = self._stored.get(kind, {})
        return [stored[one] for one in sorted(stored)]

    def due(self) -> list[Timer]:
        """The timers whose time has come by the clock, the longest due first."""
        return sorted((one for one in self.timers.values() if one.due <= self.now), key=lambda one: (one.due, one.id))

    async def do(self, use_case: Callable[[C, Work], Awaitable[T]], command: C) -> T:
        """Run one use case: all it did is kept, or nothing when it raises."""
        return await self.command(Step(id=None, handle=lambda work: use_case(command, work)))

    # --- the boundary in memory

    async def command(self, step: Step[T]) -> T:
        """Run one step; give its answer or raise its error."""
        (outcome,) = await self.run([step])
        if isinstance(outcome, Failed):
            raise outcome.error
        return outcome.answer if isinstance(outcome, Done) else None  # type: ignore[return-value] # as the boundary

    async def run(self, steps: Sequence[Step[Any]]) -> list[Outcome[Any]]:
        """Run the steps one after another; a failing one leaves nothing behind."""
        return [await self._run(step) for step in steps]

    async def _run(self, step: Step[Any]) -> Outcome[Any]:
        self._settle()
        names = ("_stored", "_events", "_seen", "_inbox", "_answers", "timers")
        before = deepcopy({name: getattr(self, name) for name in names})
        try:
            outcome = await self._handle(step)
            self._settle()
        except UnrecordedChangeError:
            raise
        except Exception as error:  # noqa: BLE001 - any failure of a handler is an outcome of its step
            for name, value in before.items():
                setattr(self, name, value)
            return Failed(error)
        return outcome

    async def _handle(self, step: Step[Any]) -> Outcome[Any]:
        if step.id in self._inbox or (step.timer and self.timers.get(step.timer.id) != step.timer):
            return Repeated()
        if step.id is not None:
            self._inbox.add(step.id)
        if step.timer:
            self.clear_timer(step.timer.id)
        if step.idempotency is None:
            return Done(await step.handle(self))
        return await self._once(step, step.idempotency)

    async def _once(self, step: Step[Any], asked: Idempotency[Any]) -> Outcome[Any]:
        known = self._answers.get((asked.key, asked.method))
        if known is not None and known.digest != asked.digest:
            raise Conflict("idempotency_key", "reused", "kunci ini sudah dipakai untuk permintaan lain")
        if known is not None:
            return Done(asked.load(known.answer))
        answer = await step.handle(self)
        self._answers[asked.key, asked.method] = Answer(asked.digest, asked.dump(answer))
        return Done(answer)

    # --- inside

    def _show(self, aggregate: A) -> A:
        """Note how an aggregate looked when it was handed out first since its last event."""
        self._seen.setdefault((type(aggregate), aggregate.id), repr(aggregate))
        return aggregate

    def _settle(self) -> None:
        """Take the recorded events, count the versions, and refuse a change that nobody was told of."""
        for kind, stored in self._stored.items():
            for aggregate in stored.values():
                events = aggregate.pull_events()
                seen = self._seen.pop((kind, aggregate.id), None)
                if events or not aggregate.version:
                    aggregate.version += 1
                elif seen is not None and seen != repr(aggregate):
                    raise UnrecordedChangeError(
                        f"{kind.__name__} changed without an event, from {seen} to {aggregate!r}"
                    )
                self._events += events

    def _name(self, kind: type[Aggregate]) -> str:
        table = self._tables.get(kind)
        return table.name if table else kind.__name__.lower()

    def _matches(self, aggregate: Aggregate, index: str, value: Hashable) -> bool:
        table = self._tables.get(type(aggregate))
        if table is not None:
            return bool(table.matching(index, value, [aggregate]))
        held = getattr(aggregate, index)
        return value in held if isinstance(held, list | tuple | set | frozenset) else bool(held == value)
