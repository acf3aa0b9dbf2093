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


SUPERSEDED = "superseded"
"""Why an alert whose update took its place is called off, and why its unsent copies are dropped."""

END_LIFE = timedelta(hours=12)
"""How long it is worth telling that an alert is over."""


class AlertState(StrEnum):
    """How far an alert is."""

    PLANNING = "planning"
    PLANNED = "planned"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"


class Tells(StrEnum):
    """What an alert tells of the alerts that it follows."""

    NOTHING = ""
    UPDATE = "update"  # this holds now: to those who got them, and to those who did not get them yet
    END = "end"  # they are over: to those who got one of them
    DIGEST = "digest"  # what they say, shortened, in one message


@dataclass(frozen=True, slots=True)
class Words:
    """A text and its values, sealed for the notifier."""

    template: str
    sealed_values: bytes


@dataclass(frozen=True, slots=True)
class AlertRejected:
    """The alert cannot be sent. `value` names the value that is missing or wrong, if one is."""

    alert: UUID
    subject: UUID
    template: str
    reason: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class AlertCalledOff:
    """What is unsent is going to be dropped; the planner tells of each delivery."""

    alert: UUID


@dataclass(slots=True, eq=False)
class Alert(Aggregate):
    """As raised by a service. `sealed_values` stay sealed for the notifier until they are sent.

    `cursor`, `planned` and `walked` are the planner's: the last contact looked at, how many are told, and of how many
    alerts in `follows` the recipients are planned. An update goes on with the audience after `resume` when there is a
    `rest` that the alerts before it had not reached. `successor` is the newest update of this one.
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
    successor: UUID | None = None
    follows: tuple[UUID, ...] = ()
    tells: Tells = Tells.NOTHING
    walked: int = 0
    rest: bool = False
    resume: UUID | None = None

    @property
    def running(self) -> bool:
        """Whether it is being told, or was told and not called off."""
        return self.state in {AlertState.PLANNING, AlertState.PLANNED}

    @property
    def broad(self) -> bool:
        """Whether it goes to more than one named person: its progress and result are told."""
        return bool(self.audience.groups or self.follows) or len(self.audience.contacts) > 1

    def reject(self, reason: str, value: str = "") -> None:
        """Refuse it, visibly."""
        self.state, self.reason = AlertState.REJECTED, f"{reason} {value}".strip()
        self.record(AlertRejected(self.id, self.subject, self.template, reason, value))

    def check_expiry(self) -> None:
        """Refuse it when its time was over as it came in."""
        if self.state is AlertState.PLANNING and self.expires_at <= self.accepted_at:
            self.reject("expired")

    def join(self, earlier: "Alert") -> None:
        """Take it for a repeat of an earlier one."""
        self.state, self.reason = AlertState.DUPLICATE, str(earlier.id)

    def repeats(self, earlier: "Alert") -> bool:
        """Say whether an earlier alert with the same key already told this."""
        return earlier.running and self.accepted_at - earlier.accepted_at < ONE_ALERT_WITHIN

    def cancel(self, reason: str) -> None:
        """Call it off: the planner drops what is unsent. A second time, or after a refusal, changes nothing."""
        if self.running:
            self.state, self.reason = AlertState.CANCELLING, reason
            self.record(AlertCalledOff(self.id))

    def give_way(self, to: UUID) -> None:
        """Let an update take its place; what is unsent is dropped as superseded."""
        self.successor = to
        if self.running:
            self.state, self.reason = AlertState.CANCELLING, SUPERSEDED
        self.record(AlertCalledOff(self.id))

    def succeeded_by(self, words: Words, id_: UUID, expires_at: datetime, at: datetime) -> "Alert":
        """Make the update that takes this one's place, for the same people; this one has to be called off."""
        walking = self.walked < len(self.follows)
        rest = self.state is AlertState.PLANNING and (self.rest or not walking)
        return self._follower(Tells.UPDATE, words, id_, expires_at, at, rest=rest, walking=walking)

    def ended_by(self, words: Words, id_: UUID, at: datetime) -> "Alert":
        """Make the word that this one is over, for those who got it."""
        return self._follower(Tells.END, words, id_, max(self.expires_at, at + END_LIFE), at)

    def _follower(
        self,
        tells: Tells,
        words: Words,
        id_: UUID,
        expires_at: datetime,
        at: datetime,
        *,
        rest: bool = False,
        walking: bool = False,
    ) -> "Alert":
        return Alert(
            id_,
            subject=self.subject,
            template=words.template,
            sealed_values=words.sealed_values,
            audience=self.audience,
            lane=self.lane,
            expires_at=expires_at,
            accepted_at=at,
            channel=self.channel,
            follows=(*self.follows, self.id),
            tells=tells,
            rest=rest,
            resume=(self.resume if walking else self.cursor) if rest else None,
        )


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
