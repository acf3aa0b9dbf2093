"""What operators ask about the notifier itself: what waits, what could not be understood."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from notifier.domain.lane import QUEUES, Lane


class QueueBacklog(NamedTuple):
    """What waits in a queue, is with a carrier, or waits for a time to be tried again; when the oldest alert came."""

    queue: int
    waiting: int
    sending: int
    retrying: int
    oldest: datetime | None


class Planning(NamedTuple):
    """Alerts of a lane whose audience is not wholly expanded, and when the oldest came in."""

    lane: Lane
    alerts: int
    oldest: datetime


class Spoiled(NamedTuple):
    """Something that could not be understood, without what it said. `size` in bytes."""

    id: UUID
    carrier: str
    reason: str
    detail: str
    size: int
    at: datetime


@dataclass(frozen=True, slots=True)
class SpoiledWanted:
    """Which of them are asked for. `reason` is a beginning; `before`: time and id of the page before's last one."""

    reason: str
    carrier: str
    since: datetime | None
    limit: int
    before: tuple[datetime, UUID] | None = None


class Backlogs(Protocol):
    """Reads without locks."""

    async def queues(self, wanted: Collection[int] = QUEUES) -> list[QueueBacklog]:
        """The queues that are asked for."""

    async def planning(self) -> list[Planning]:
        """Lanes in which something is still to be planned."""


class Quarantine(Protocol):
    """What could not be understood."""

    async def page(self, wanted: SpoiledWanted) -> list[Spoiled]:
        """Records, the newest first."""

    async def counts(self, wanted: SpoiledWanted) -> list[tuple[str, int]]:
        """How many fit, by reason, the most frequent first."""

    async def one(self, record: UUID) -> Spoiled | None:
        """A record."""

    async def content(self, record: UUID) -> bytes:
        """What it said. Raises LookupError."""
