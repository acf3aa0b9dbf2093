"""What is told of alerts and deliveries, as rows of the outbox."""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from chassis.kernel.ids import derived_id, derived_text
from chassis.postgres.outbox import Written, written
from kentongan.common.v1 import metadata_pb2
from kentongan.notifier.v1 import delivery_pb2 as pb
from notifier.adapters.contracts import DELIVERY_TOPIC, PACKAGE, delivery_row, grant_to_wire, stamp
from notifier.domain.channel import Channel
from notifier.domain.contact import Grant
from notifier.domain.delivery import Next, State
from notifier.domain.escalation import What
from notifier.domain.progress import Progress
from wire.alerts import CHANNELS
from wire.times import put_time

STEPS = {what: pb.EscalationStep.Value(f"ESCALATION_STEP_{what.name}") for what in What}


def delivery_id(alert: UUID, contact: UUID) -> UUID:
    """A delivery exists once by nature for an alert and a contact."""
    return derived_id("delivery", str(alert), str(contact))


_SENT = PACKAGE + pb.DeliverySent.DESCRIPTOR.name


_EVENT, _ABOUT = "\1" * 36, "\2" * 36  # where the ids of one delivery stand; no word holds them


@lru_cache(maxsize=64)
def _sent_fact(
    alert: str, subject: str, template: str, channel: Channel, carrier: str, at: datetime
) -> tuple[bytes, bytes, bytes]:
    """What the facts of a turn that one carrier took share: before, between and after the ids that differ."""
    fact = pb.DeliveryFact(
        metadata=metadata_pb2.Metadata(event_id=_EVENT, aggregate_id=_ABOUT, cause=alert),
        alert_id=alert,
        subject_id=subject,
        template=template,
        delivery_sent=pb.DeliverySent(channel=CHANNELS[channel], carrier=carrier),
    )
    put_time(fact.metadata.occurred_at, at)
    before, _, rest = fact.SerializeToString().partition(_EVENT.encode())
    between, _, after = rest.partition(_ABOUT.encode())
    return before, between, after


class Facts:
    """Makes the rows about one alert."""

    def __init__(self, alert: UUID, subject: UUID, template: str, at: datetime, traceparent: str) -> None:
        self._alert, self._subject, self._template = alert, subject, template
        self._at, self._trace = at, traceparent or None

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

    def tried(
        self,
        contact: UUID,
        what: Next,
        channel: Channel,
        carrier: str = "",
        turn: str = "",
        delivery: UUID | None = None,
    ) -> Written | None:
        """The outcome of a try; None for those that only wait. `turn` tells this try from others of the delivery,
        whose id is made of alert and contact where it is not given.
        """
        if what.reroute:
            return self.rerouted(contact, channel, what.reason, turn)
        match what.state:
            case State.SENT if carrier:
                return self._sent(delivery or delivery_id(self._alert, contact), channel, carrier, turn)
            case State.FAILED:
                return self.failed(contact, what.reason)
            case State.DROPPED:
                return self.dropped(contact, what.reason)
            case _:
                return None

    def _sent(self, delivery: UUID, channel: Channel, carrier: str, turn: str) -> Written:
        """A carrier took it. A warning has a hundred thousand of these: only what differs is made anew."""
        about, alert = str(delivery), str(self._alert)
        event = derived_text("fact", about, "delivery_sent", turn)
        before, between, after = _sent_fact(alert, str(self._subject), self._template, channel, carrier, self._at)
        value = b"%s%s%s%s%s" % (before, event.encode(), between, about.encode(), after)
        return DELIVERY_TOPIC, alert.encode(), _SENT, about, value, event, None, self._at, self._trace

    def rerouted(self, contact: UUID, channel: Channel, reason: str, turn: str) -> Written:
        """The channel failed; the other one is next."""
        told = pb.DeliveryRerouted(reason=reason)
        setattr(told, "from", CHANNELS[channel])
        return self._one(contact, turn, delivery_rerouted=told)

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
