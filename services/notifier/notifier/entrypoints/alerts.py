"""Alerts from the bus: one table for the facts of the three lanes' topics."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from chassis.kafka.headers import Envelope
from chassis.kafka.subscription import Subscription
from chassis.kernel.clock import Clock
from chassis.kernel.codes import as_code
from chassis.kernel.errors import Poison
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from chassis.postgres.step import Need, Step
from kentongan.notifier.v1 import alert_pb2
from notifier.application.cancel_alert import CancelAlert, cancel_alert
from notifier.application.ports import Envelopes, Texts
from notifier.application.raise_alert import RaiseAlert, raise_alert
from notifier.application.update_alert import UpdateAlert, update_alert
from notifier.domain.alert import Alert, KeyHolder, Words
from notifier.domain.audience import Audience, Group, Reach
from notifier.domain.lane import Lane
from notifier.domain.template import Fault
from wire.alerts import TOPIC
from wire.field_messages import CHANNELS

_REACH = MappingProxyType({alert_pb2.REACH_SERVING: Reach.SERVING, alert_pb2.REACH_WITHIN: Reach.WITHIN})


Said = alert_pb2.AlertRaised | alert_pb2.AlertUpdated | alert_pb2.AlertCancelled
"""What brings words with it."""


class AlertFacts:
    """Turns facts into steps."""

    def __init__(self, texts: Texts, envelopes: Envelopes, clock: Clock) -> None:
        self._texts, self._envelopes, self._clock = texts, envelopes, clock
        self.facts: Mapping[str, Callable[[alert_pb2.AlertFact, Envelope], Step[None]]] = {
            "alert_raised": self._raised,
            "alert_cancelled": self._cancelled,
            "alert_updated": self._updated,
        }

    def subscriptions(self) -> list[Subscription[Any]]:
        """One for each lane's topic."""
        return [Subscription(topic, alert_pb2.AlertFact, self.to_step) for topic in TOPIC.values()]

    def to_step(self, fact: alert_pb2.AlertFact, envelope: Envelope) -> Step[None]:
        """The step for any fact of the contract."""
        return self.facts[str(fact.WhichOneof("fact"))](fact, envelope)

    def _raised(self, fact: alert_pb2.AlertFact, envelope: Envelope) -> Step[None]:
        fault, code = self._look_into(fact.alert_raised)
        key = fact.alert_raised.deduplication_key

        async def handle(work: Work) -> None:
            # Made anew in every run: one that an abandoned run added would be taken for saved.
            await raise_alert(RaiseAlert(self._alert(fact, code, envelope.traceparent or ""), fault), work)

        return _step(envelope, handle, *([(KeyHolder, KeyHolder.id_of(key))] if key else []))

    def _cancelled(self, fact: alert_pb2.AlertFact, envelope: Envelope) -> Step[None]:
        alert, said = UUID(fact.metadata.aggregate_id), fact.alert_cancelled
        words = Words(said.template, said.sealed_values) if said.template else None
        end = derived_id("end", str(alert), str(envelope.event_id)) if words else None
        fault = self._fault(said) if words else None

        async def handle(work: Work) -> None:
            await cancel_alert(CancelAlert(alert, said.reason, words, end, fault), work)

        return _step(envelope, handle, (Alert, alert))

    def _updated(self, fact: alert_pb2.AlertFact, envelope: Envelope) -> Step[None]:
        alert, said = UUID(fact.metadata.aggregate_id), fact.alert_updated
        command = UpdateAlert(
            alert,
            derived_id("update", str(alert), str(envelope.event_id)),
            Words(said.template, said.sealed_values),
            said.expires_at.ToDatetime(UTC),
            _moment(said),
            envelope.traceparent or "",
            self._fault(said),
        )

        async def handle(work: Work) -> None:
            await update_alert(command, work)

        return _step(envelope, handle, (Alert, alert))

    def _fault(self, said: Said) -> Fault | None:
        return self._look_into(said)[0]

    def _look_into(self, said: Said) -> tuple[Fault | None, str]:
        """What is wrong with the values, if something is, and the public code among them, if there is one."""
        try:
            values = self._envelopes.open_values(said.sealed_values)
        except Poison:
            return Fault("malformed"), ""
        return self._texts.fault(said.template, values), as_code(values.get("code", "")) or ""

    def _alert(self, fact: alert_pb2.AlertFact, code: str, traceparent: str) -> Alert:
        raised = fact.alert_raised
        return Alert(
            UUID(fact.metadata.aggregate_id),
            subject=UUID(fact.subject_id),
            template=raised.template,
            sealed_values=raised.sealed_values,
            audience=audience_of(raised.audience),
            lane=Lane(raised.lane),
            expires_at=raised.expires_at.ToDatetime(UTC),
            accepted_at=self._clock.now(),
            acknowledge_by=_moment(raised),
            deduplication_key=raised.deduplication_key,
            in_reply_to=UUID(raised.in_reply_to) if raised.in_reply_to else None,
            channel=CHANNELS.get(raised.channel),
            code=code,
            traceparent=traceparent,
        )


def audience_of(audience: alert_pb2.Audience) -> Audience:
    """An audience of the contract."""
    return Audience(
        tuple(Group(group.role, group.place, _REACH[group.reach]) for group in audience.groups),
        tuple(UUID(contact) for contact in audience.contact_ids),
    )


def _step(envelope: Envelope, handle: Callable[[Work], Awaitable[None]], *needs: Need) -> Step[None]:
    return Step(id=envelope.event_id, handle=handle, key=envelope.key, needs=needs, traceparent=envelope.traceparent)


def _moment(said: alert_pb2.AlertRaised | alert_pb2.AlertUpdated) -> datetime | None:
    return said.acknowledge_by.ToDatetime(UTC) if said.HasField("acknowledge_by") else None
