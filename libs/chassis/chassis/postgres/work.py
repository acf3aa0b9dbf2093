"""The work unit of a batch: the port that every use case gets, one step after another."""

from collections.abc import Hashable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.work import Timer
from chassis.postgres.shelf import Shelf

A = TypeVar("A", bound=Aggregate)


class BatchWork:
    """What the running step sees and has done; `begin` hands it to the next step."""

    __slots__ = ("_shelves", "events", "now", "timers", "touched")

    now: datetime

    def __init__(self, shelves: Mapping[type[Aggregate], Shelf[Any]]) -> None:
        self._shelves = shelves
        self.touched: dict[int, tuple[Shelf[Any], Aggregate]] = {}
        self.events: list[object] = []
        self.timers: dict[str, Timer | None] = {}

    def begin(self, now: datetime) -> None:
        """Start the next step with a clean sheet."""
        self.now = now
        self.touched = {}
        self.events = []
        self.timers = {}

    def undo(self) -> bool:
        """Take back what the failed step did, and say whether that was possible.

        An object that no earlier step changed is made of its row again at its next use. One that an earlier step
        changed can only be had again by running that step again.
        """
        touched = self.touched.values()
        if any(one.id in shelf.changed for shelf, one in touched):
            return False
        for shelf, one in touched:
            shelf.objects.pop(one.id, None)
        return True

    # --- the port

    async def get(self, kind: type[A], aggregate_id: UUID) -> A:
        """Give the aggregate, locked until the commit. Raises NotFound."""
        shelf = self._shelf(kind)
        found: A = shelf.take(aggregate_id)
        self.touched[id(found)] = (shelf, found)
        return found

    async def find(self, kind: type[A], index: str, value: Hashable) -> list[A]:
        """Give the aggregates whose declared index holds `value`, ordered by id."""
        shelf = self._shelf(kind)
        found: list[A] = shelf.search(index, value, [one for at, one in self.touched.values() if at is shelf])
        for one in found:
            self.touched[id(one)] = (shelf, one)
        return found

    def add(self, aggregate: Aggregate) -> None:
        """Put a new aggregate under care."""
        shelf = self._shelf(type(aggregate))
        shelf.put(aggregate)
        self.touched[id(aggregate)] = (shelf, aggregate)

    def record(self, event: object) -> None:
        """Publish an event that no aggregate records."""
        self.events.append(event)

    def set_timer(self, timer: Timer) -> None:
        """Store the timer, replacing one with the same id."""
        self.timers[timer.id] = timer

    def clear_timer(self, timer_id: str) -> None:
        """Forget the timer."""
        self.timers[timer_id] = None

    def _shelf(self, kind: type[Aggregate]) -> Shelf[Any]:
        try:
            return self._shelves[kind]
        except KeyError:
            raise LookupError(f"no table is declared for {kind.__name__}") from None
