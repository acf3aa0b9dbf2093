"""What is told of alerts and deliveries, as rows of the outbox."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from chassis.kernel.ids import derived_bytes, derived_id
from chassis.postgres.outbox import EVENT, SUBJECT, Written, written
from chassis.postgres.uuids import of_bytes
from kentongan.notifier.v1 import delivery_pb2 as pb
from notifier.adapters.contracts import delivery_fact, delivery_row, grant_to_wire, kind_of
from notifier.application.ports import Told
from notifier.domain.channel import Channel
from notifier.domain.contact import Grant
from notifier.domain.delivery import Next, State
from notifier.domain.escalation import What
from notifier.domain.progress import Progress
from wire.alerts import CHANNELS
from wire.times import stamp

_SENT, _REROUTED = "delivery_sent", "delivery_rerouted"
_TURNS = {_SENT, _REROUTED}  # a delivery may have several of these
STEPS = {what: pb.EscalationStep.Value(f"ESCALATION_STEP_{what.name}") for what in What}


def delivery_id(alert: UUID, contact: UUID) -> UUID:
    """A delivery exists once by nature for an alert and a contact."""
    return of_bytes(derived_bytes("delivery", str(alert), str(contact)))


class Facts:
    """Makes the rows about one alert."""

    def __init__(self, alert: UUID, subject: UUID, template: str, at: datetime, traceparent: str) -> None:
        self._alert, self._subject, self._template = alert, subject, template
        self._at, self._trace = at, traceparent or None

    @classmethod
    def of(cls, told: Told, at: datetime) -> Self:
        """About the alert that is told."""
        return cls(told.id, told.subject, told.template, at, told.traceparent)

    def planned(self, deliveries: int, follows: UUID | None = None) -> Written:
        """Everybody is found. `follows`: the alert as it was raised, of which this is the update or the end."""
        told = pb.AlertPlanned(deliveries=deliveries, follows_alert_id=str(follows or ""))
        return self._whole(alert_planned=told)

    def rejected(self, reason: str) -> Written:
        """It cannot be sent."""
        return self._whole(alert_rejected=pb.AlertRejected(reason=reason))

    def progressed(self, progress: Progress, *, planning: bool) -> Written:
        """It goes on."""
        told = pb.AlertProgressed(counts=_counts(progress), planning=planning)
        return self._row(self._alert, dict[str, object](alert_progressed=told), self._at.isoformat())

    def completed(self, progress: Progress, *, expired: bool) -> Written:
        """Nothing more is expected."""
        return self._whole(alert_completed=pb.AlertCompleted(counts=_counts(progress), expired=expired))

    def delivery_planned(self, contact: UUID, grant: Grant | None, acknowledge_by: datetime) -> Written:
        """Somebody is going to be told and has to answer."""
        told = pb.DeliveryPlanned(
            contact_id=str(contact),
            grant=grant_to_wire(grant) if grant else None,
            acknowledge_by=stamp(acknowledge_by),
        )
        return self._one(contact, delivery_planned=told)

    def escalated(self, step: int, what: What, people: int) -> Written:
        """Somebody is silent: the chain went a step on."""
        told = pb.AlertEscalated(step=step, what=STEPS[what], people=people)
        return self._whole(str(step), alert_escalated=told)

    def unacknowledged(self, people: int) -> Written:
        """The chain is used up, and somebody is still silent."""
        return self._whole(alert_unacknowledged=pb.AlertUnacknowledged(people=people))

    def tried(self, contact: UUID, what: Next, channel: Channel, carrier: str = "", turn: str = "") -> Written | None:
        """The outcome of a try; None for those that only wait. `turn` tells this try from others of the delivery."""
        kind, fact = _outcome(what, channel, carrier)
        return self._one(contact, turn if kind in _TURNS else "", **{kind: fact}) if fact else None

    def shared(self, what: Next, channel: Channel, carrier: str) -> tuple[str, bytes] | None:
        """The same of all deliveries whose try ended so, as a bundle of the outbox holds it: its kind, its value."""
        kind, fact = _outcome(what, channel, carrier)
        if fact is None:
            return None
        told: dict[str, Any] = {kind: fact}
        marks = EVENT.decode(), SUBJECT.decode()
        message = delivery_fact(*marks, self._alert, self._subject, self._template, self._at, **told)
        return kind_of(told), message.SerializeToString()

    def rerouted(self, contact: UUID, channel: Channel, reason: str, turn: str) -> Written:
        """The channel failed; the other one is next."""
        return self._one(contact, turn, delivery_rerouted=_rerouted(channel, reason))

    def failed(self, contact: UUID, reason: str) -> Written:
        """No channel reaches the person."""
        return self._one(contact, delivery_failed=pb.DeliveryFailed(reason=reason))

    def dropped(self, contact: UUID, reason: str) -> Written:
        """It was not sent in time."""
        return self._one(contact, delivery_dropped=pb.DeliveryDropped(reason=reason))

    def arrived(self, contact: UUID, channel: Channel) -> Written:
        """The phone has it."""
        return self._one(contact, delivery_delivered=pb.DeliveryDelivered(channel=CHANNELS[channel]))

    def read(self, contact: UUID, channel: Channel) -> Written:
        """The person opened it."""
        return self._one(contact, delivery_read=pb.DeliveryRead(channel=CHANNELS[channel]))

    def _whole(self, turn: str = "", **fact: object) -> Written:
        return self._row(self._alert, fact, turn)

    def _one(self, contact: UUID, turn: str = "", **fact: object) -> Written:
        return self._row(delivery_id(self._alert, contact), fact, turn)

    def _row(self, about: UUID, fact: Mapping[str, object], turn: str) -> Written:
        """The id follows from what happened: told again after a lost commit, it is the same fact."""
        [kind] = fact
        event = derived_id("fact", str(about), kind, turn)
        row = delivery_row(event, about, self._alert, self._subject, self._template, self._at, **fact)
        return written(row, self._at, self._trace)


def event_of(delivery: UUID, what: Next, turn: str) -> str:
    """The id of what is told of a try, as text. How a delivery ends is the same fact whoever tells it; that a carrier
    took it only its turn tells, and once: any id will do, the empty text.
    """
    kind, _ = _outcome(what, Channel.SMS, "")
    return str(derived_id("fact", str(delivery), kind, turn if kind in _TURNS else "")) if kind else ""


def _outcome(what: Next, channel: Channel, carrier: str) -> tuple[str, object | None]:
    """What is told of a try: the field of the contract, and what it holds; None where the delivery only waits."""
    if what.reroute:
        return _REROUTED, _rerouted(channel, what.reason)
    match what.state:
        case State.SENT if carrier:
            return _SENT, pb.DeliverySent(channel=CHANNELS[channel], carrier=carrier)
        case State.FAILED:
            return "delivery_failed", pb.DeliveryFailed(reason=what.reason)
        case State.DROPPED:
            return "delivery_dropped", pb.DeliveryDropped(reason=what.reason)
        case _:
            return "", None


def _rerouted(channel: Channel, reason: str) -> pb.DeliveryRerouted:
    told = pb.DeliveryRerouted(reason=reason)
    setattr(told, "from", CHANNELS[channel])
    return told


def _counts(progress: Progress) -> pb.Counts:
    return pb.Counts(
        planned=progress.planned,
        waiting=progress.count(State.PLANNED, State.WAITING),
        sending=progress.count(State.SENDING),
        sent=progress.count(State.SENT),
        delivered=progress.count(State.DELIVERED),
        read=progress.count(State.READ),
        failed=progress.failed,
        dropped=progress.count(State.DROPPED),
        unclear=progress.count(State.UNCLEAR),
    )
