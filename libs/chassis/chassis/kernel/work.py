"""The port through which a use case touches the world: one step's view of everything stored.

The boundary behind it (`chassis.postgres.boundary`) loads, saves, publishes and commits for a whole batch of
steps at once; a use case never does.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

from chassis.kernel.aggregate import Aggregate

A = TypeVar("A", bound=Aggregate)


@dataclass(frozen=True, slots=True)
class Timer:
    """Something to be done at a time, stored until then.

    `id` is unique within the service (`offer:<referral>:<n>`); setting a timer with a known id replaces it.
    `kind` names the handler, `subject` the aggregate it is about.
    """

    id: str
    due: datetime
    kind: str
    subject: UUID
    data: Mapping[str, str] = field(default_factory=dict)


class Work(Protocol):
    """What one step may read and change. All of it is committed together with the step, or not at all."""

    @property
    def now(self) -> datetime:
        """The time of this step by the service's clock, aware, UTC."""

    async def get(self, kind: type[A], aggregate_id: UUID) -> A:
        """Give the aggregate, locked until the commit. Raises NotFound."""

    async def find(self, kind: type[A], index: str, value: Hashable) -> list[A]:
        """Give the aggregates whose declared index holds `value`, ordered by id, locked until the commit.

        Sees what earlier steps of the same batch added and changed.
        """

    def add(self, aggregate: Aggregate) -> None:
        """Put a new aggregate under care."""

    def record(self, event: object) -> None:
        """Publish an event that no aggregate records, for instance an alert."""

    def set_timer(self, timer: Timer) -> None:
        """Store the timer, replacing one with the same id."""

    def clear_timer(self, timer_id: str) -> None:
        """Forget the timer; unknown ids are no error."""
