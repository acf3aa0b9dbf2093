"""Alerts and replies, from the kernel's words to the notifier's contract.

What people will read is personal: the values are sealed for the notifier, the only one who can open them.
"""

from collections.abc import Sequence
from types import MappingProxyType
from uuid import UUID

import orjson

from chassis.auth.sealing import seal
from chassis.kernel.alert import Alert, Button, CancelAlert, Channel, Group, Lane, Reply, UpdateAlert
from chassis.postgres.outbox import OutboxRow, Recorded
from kentongan.notifier.v1 import alert_pb2, channel_pb2
from wire.times import put_time

REPLY_TEMPLATE = "reply"
TOPIC = MappingProxyType({lane: f"kentongan.notifier.alert.{lane.value}.v1" for lane in Lane})
LANES = MappingProxyType(
    {
        Lane.LIFE_SAFETY: alert_pb2.LANE_LIFE_SAFETY,
        Lane.URGENT: alert_pb2.LANE_URGENT,
        Lane.ROUTINE: alert_pb2.LANE_ROUTINE,
    }
)
CHANNELS = MappingProxyType({Channel.SMS: channel_pb2.CHANNEL_SMS, Channel.WHATSAPP: channel_pb2.CHANNEL_WHATSAPP})


TOLD = (Reply, Alert, UpdateAlert, CancelAlert)
"""What a service says to the notifier."""


def encode_told(told: Reply | Alert | UpdateAlert | CancelAlert, about: Recorded, notifier_key: bytes) -> OutboxRow:
    """Make the message for the notifier. `notifier_key` is its public sealing key."""
    if isinstance(told, Reply):
        return encode_reply(told, about, notifier_key)
    if isinstance(told, Alert):
        return encode_alert(told, about, notifier_key)
    if isinstance(told, UpdateAlert):
        return encode_update(told, about, notifier_key)
    return encode_cancel(told, about, notifier_key)


def encode_alert(alert: Alert, about: Recorded, notifier_key: bytes) -> OutboxRow:
    """Make the message that raises the alert. `notifier_key` is the notifier's public sealing key."""
    fact = _fact(alert.id, alert.subject, about)
    raised = fact.alert_raised
    raised.template = alert.template
    raised.sealed_values = seal(notifier_key, orjson.dumps(dict(alert.values)))
    raised.lane = LANES[alert.lane]
    put_time(raised.expires_at, alert.expires_at)
    raised.deduplication_key = alert.deduplication_key
    raised.audience.groups.extend(_group(group) for group in alert.groups)
    raised.audience.contact_ids.extend(str(contact) for contact in alert.contacts)
    if alert.acknowledge_by is not None:
        put_time(raised.acknowledge_by, alert.acknowledge_by)
    return _row(fact, about, alert.lane)


def encode_update(update: UpdateAlert, about: Recorded, notifier_key: bytes) -> OutboxRow:
    """Make the message that gives an alert a new text; it follows the alert on its topic, under its key."""
    fact = _fact(update.alert, update.subject, about)
    updated = fact.alert_updated
    updated.template = update.template
    updated.sealed_values = seal(notifier_key, orjson.dumps(dict(update.values)))
    put_time(updated.expires_at, update.expires_at)
    if update.acknowledge_by is not None:
        put_time(updated.acknowledge_by, update.acknowledge_by)
    return _row(fact, about, update.lane, "AlertUpdated")


def encode_cancel(cancel: CancelAlert, about: Recorded, notifier_key: bytes) -> OutboxRow:
    """Make the message that calls an alert off; it follows the alert on its topic, under its key."""
    fact = _fact(cancel.alert, cancel.subject, about)
    fact.alert_cancelled.reason = cancel.reason
    if cancel.template:
        fact.alert_cancelled.template = cancel.template
        fact.alert_cancelled.sealed_values = seal(notifier_key, orjson.dumps(dict(cancel.values)))
    return _row(fact, about, cancel.lane, "AlertCancelled")


def encode_reply(reply: Reply, about: Recorded, notifier_key: bytes) -> OutboxRow:
    """Make the message that answers one field message."""
    fact = _fact(reply.id, reply.contact, about)
    raised = fact.alert_raised
    raised.template = REPLY_TEMPLATE
    values = {"text": reply.text} | ({"buttons": _buttons(reply.buttons)} if reply.buttons else {})
    raised.sealed_values = seal(notifier_key, orjson.dumps(values))
    raised.lane = LANES[reply.lane]
    put_time(raised.expires_at, reply.expires_at)
    raised.audience.contact_ids.append(str(reply.contact))
    raised.in_reply_to = str(reply.message)
    raised.channel = CHANNELS[reply.channel]
    return _row(fact, about, reply.lane)


def _fact(alert: UUID, subject: UUID, about: Recorded) -> alert_pb2.AlertFact:
    fact = alert_pb2.AlertFact(subject_id=str(subject))
    fact.metadata.event_id = str(about.event_id)
    fact.metadata.aggregate_id = str(alert)
    put_time(fact.metadata.occurred_at, about.occurred_at)
    fact.metadata.cause = str(about.cause or "")
    return fact


def _row(fact: alert_pb2.AlertFact, about: Recorded, lane: Lane, kind: str = "AlertRaised") -> OutboxRow:
    return OutboxRow(
        topic=TOPIC[lane],
        key=fact.subject_id,
        type=f"kentongan.notifier.v1.{kind}",
        subject=fact.metadata.aggregate_id,
        value=fact.SerializeToString(),
        event_id=about.event_id,
    )


def _group(group: Group) -> alert_pb2.Group:
    reach = alert_pb2.REACH_WITHIN if group.within else alert_pb2.REACH_SERVING
    return alert_pb2.Group(role=group.role, place=group.place, reach=reach)


def _buttons(buttons: Sequence[Button]) -> str:
    return orjson.dumps([{"title": button.title, "payload": button.payload} for button in buttons]).decode()
