"""How alerts lie in their tables."""

from typing import Any
from uuid import UUID

from chassis.postgres.table import Table
from notifier.domain.alert import Alert, AlertState, KeyHolder, Tells
from notifier.domain.audience import Audience, Group, Reach
from notifier.domain.channel import Channel
from notifier.domain.lane import Lane


def audience_to_json(audience: Audience) -> dict[str, object]:
    """An audience as it is stored."""
    return {
        "groups": [[group.role, group.place, group.reach.value] for group in audience.groups],
        "contacts": [str(contact) for contact in audience.contacts],
    }


AT_PLACES = "exists (select from jsonb_array_elements(a.audience -> 'groups') g where g ->> 1 = any({}::text[]))"
"""Whether the alert `a` is for a group at one of the places, `$n`."""


def audience_from_json(stored: dict[str, Any]) -> Audience:
    """A stored audience."""
    return Audience(
        tuple(Group(role, place, Reach(reach)) for role, place, reach in stored["groups"]),
        tuple(UUID(contact) for contact in stored["contacts"]),
    )


def _alert_to_row(a: Alert) -> tuple[object, ...]:
    return (
        a.subject,
        a.template,
        a.sealed_values,
        audience_to_json(a.audience),
        int(a.lane),
        a.expires_at,
        a.accepted_at,
        a.acknowledge_by,
        a.deduplication_key,
        a.in_reply_to,
        a.channel.value if a.channel else None,
        a.code,
        a.state.value,
        a.reason,
        a.cursor,
        a.planned,
        a.traceparent,
        a.successor,
        list(a.follows),
        a.tells.value,
        a.walked,
        a.rest,
        a.resume,
        a.broad,
    )


def _alert_from_row(id_: UUID, version: int, *row: Any) -> Alert:
    subject, template, sealed, audience, lane, *times = row
    expires, accepted, acknowledge_by, key, in_reply_to, channel, code, *progress = times
    state, reason, cursor, planned, trace, successor, follows, tells, walked, rest, resume, _broad = progress
    return Alert(
        id_,
        version=version,
        subject=subject,
        template=template,
        sealed_values=sealed,
        audience=audience_from_json(audience),
        lane=Lane(lane),
        expires_at=expires,
        accepted_at=accepted,
        acknowledge_by=acknowledge_by,
        deduplication_key=key,
        in_reply_to=in_reply_to,
        channel=Channel(channel) if channel else None,
        code=code,
        state=AlertState(state),
        reason=reason,
        cursor=cursor,
        planned=planned,
        traceparent=trace,
        successor=successor,
        follows=tuple(follows),
        tells=Tells(tells),
        walked=walked,
        rest=rest,
        resume=resume,
    )


ALERTS = Table(
    kind=Alert,
    name="alert",
    columns={
        "subject": "uuid",
        "template": "text",
        "sealed_values": "bytea",
        "audience": "jsonb",
        "lane": "smallint",
        "expires_at": "timestamptz",
        "accepted_at": "timestamptz",
        "acknowledge_by": "timestamptz",
        "deduplication_key": "text",
        "in_reply_to": "uuid",
        "channel": "text",
        "code": "text",
        "state": "text",
        "reason": "text",
        "cursor": "uuid",
        "planned": "int",
        "traceparent": "text",
        "successor": "uuid",
        "follows": "uuid[]",
        "tells": "text",
        "walked": "int",
        "rest": "boolean",
        "resume": "uuid",
        "broad": "boolean",
    },
    to_row=_alert_to_row,
    from_row=_alert_from_row,
)

KEY_HOLDERS = Table(
    kind=KeyHolder,
    name="deduplication",
    columns={"alert": "uuid"},
    to_row=lambda holder: (holder.alert,),
    from_row=lambda id_, version, alert: KeyHolder(id_, alert, version=version),
)
