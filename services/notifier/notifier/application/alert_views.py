"""What operators ask about alerts: numbers of people, and no person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from notifier.domain.alert import AlertState
from notifier.domain.delivery import State
from notifier.domain.lane import Lane


class AlertHead(NamedTuple):
    """An alert as it stands; `audience`: people found so far."""

    id: UUID
    template: str
    lane: Lane
    state: AlertState
    reason: str
    audience: int
    accepted_at: datetime
    expires_at: datetime
    acknowledge_by: datetime | None
    reply: bool


class Count(NamedTuple):
    """How many deliveries with this key are in this state, and how many of them were acknowledged."""

    key: str
    state: State
    number: int
    acknowledged: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts are asked for. `before`: time and id of the last one of the page before.

    `places`: only those to a group at one of them; None: all, those to single people too.
    """

    since: datetime
    now: datetime
    limit: int
    lane: Lane | None = None
    state: str = ""
    template: str = ""
    running: bool = False
    replies: bool = False
    before: tuple[datetime, UUID] | None = None
    places: Sequence[str] | None = None


class Views(Protocol):
    """Reads without locks."""

    async def one(self, alert: UUID) -> AlertHead | None:
        """An alert."""

    async def recent(self, wanted: Wanted) -> list[AlertHead]:
        """Alerts, the newest first."""

    async def by_state(self, alerts: Sequence[UUID]) -> list[Count]:
        """Deliveries of several alerts."""

    async def by_channel(self, alert: AlertHead) -> list[Count]:
        """Copies by channel: who is told on both is counted on each."""

    async def by_carrier(self, alert: AlertHead) -> list[Count]:
        """Copies by carrier."""

    async def by_reason(self, alert: AlertHead) -> list[Count]:
        """Deliveries by reason."""

    async def by_place(self, alert: AlertHead) -> list[Count]:
        """Deliveries by place."""
