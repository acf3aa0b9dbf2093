"""An alert: who should know what, how urgently, until when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from chassis.kernel.ids import derived_id
from notifier.domain.audience import Audience
from notifier.domain.channel import Channel
from notifier.domain.lane import Lane

ONE_ALERT_WITHIN = timedelta(days=1)
"""Two alerts with the same deduplication key within this time are one."""


class AlertState(StrEnum):
    """How far an alert is."""

    PLANNING = "planning"
    PLANNED = "planned"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True)
class AlertRejected:
    """The alert cannot be sent."""

    alert: UUID
    subject: UUID
    template: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlertCalledOff:
    """What is unsent is going to be dropped; the planner tells of each delivery."""

    alert: UUID


@dataclass(slots=True, eq=False)
class Alert(Aggregate):
    """As raised by a service. `sealed_values` stay sealed for the notifier until they are sent.

    `cursor` and `planned` are the planner's: the last contact looked at, and how many are told.
    """

    subject: UUID
    template: str
    sealed_values: bytes
    audience: Audience
    lane: Lane
    expires_at: datetime
    accepted_at: datetime
    acknowledge_by: datetime | None = None
    deduplication_key: str = ""
    in_reply_to: UUID | None = None
    channel: Channel | None = None
    code: str = ""  # that people know it by, where it has one
    state: AlertState = AlertState.PLANNING
    reason: str = ""
    cursor: UUID | None = None
    planned: int = 0
    traceparent: str = ""

    def reject(self, reason: str) -> None:
        """Refuse it, visibly."""
        self.state, self.reason = AlertState.REJECTED, reason
        self.record(AlertRejected(self.id, self.subject, self.template, reason))

    def check_expiry(self) -> None:
        """Refuse it when its time was over as it came in."""
        if self.state is AlertState.PLANNING and self.expires_at <= self.accepted_at:
            self.reject("expired")

    def join(self, earlier: "Alert") -> None:
        """Take it for a repeat of an earlier one."""
        self.state, self.reason = AlertState.DUPLICATE, str(earlier.id)

    def repeats(self, earlier: "Alert") -> bool:
        """Say whether an earlier alert with the same key already told this."""
        told = earlier.state in {AlertState.PLANNING, AlertState.PLANNED}
        return told and self.accepted_at - earlier.accepted_at < ONE_ALERT_WITHIN

    def cancel(self, reason: str) -> None:
        """Call it off: the planner drops what is unsent. A second time, or after a refusal, changes nothing."""
        if self.state in {AlertState.PLANNING, AlertState.PLANNED}:
            self.state, self.reason = AlertState.CANCELLING, reason
            self.record(AlertCalledOff(self.id))


@dataclass(frozen=True, slots=True)
class KeyTaken:
    """A deduplication key belongs to another alert now; nobody else's business."""

    alert: UUID


@dataclass(slots=True, eq=False)
class KeyHolder(Aggregate):
    """Which alert told last under a deduplication key. Its id follows from the key: two alerts that come at the
    same time meet here, whatever their subjects.
    """

    alert: UUID

    @staticmethod
    def id_of(key: str) -> UUID:
        """The holder's id."""
        return derived_id("deduplication", key)

    def take(self, alert: UUID) -> None:
        """Hold the key for a new alert."""
        self.alert = alert
        self.record(KeyTaken(alert))
