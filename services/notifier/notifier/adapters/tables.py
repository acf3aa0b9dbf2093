"""How the notifier's aggregates lie in their tables."""

from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from chassis.postgres.table import Table
from notifier.adapters.desk_tables import DESK_COLUMNS, desk_row, read_desk
from notifier.adapters.vault import Vault
from notifier.domain.alert import Alert, AlertState, KeyHolder, Tells
from notifier.domain.audience import Audience, Group, Reach, inside_keys
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant
from notifier.domain.conversation import Conversation, Kept
from notifier.domain.lane import Lane
from notifier.domain.language import Language
from notifier.domain.message import Content, Message, Picture
from notifier.domain.names import beginnings_of

REMEMBERED = 4096  # numbers whose keyed hash is kept


def contacts(vault: Vault) -> Table[Contact]:
    """People: encrypted, found by the keyed hash of phone or WhatsApp id."""
    # A batch compares each look-up with all that it touched: without this, 500 new people cost 250,000 keyed hashes.
    digest = lru_cache(REMEMBERED)(vault.digest)

    def to_row(c: Contact) -> tuple[object, ...]:
        return (
            vault.digest(c.phone) if c.phone else None,
            vault.hide(c.phone, c.id),
            vault.digest(c.whatsapp_id) if c.whatsapp_id else None,
            vault.hide(c.whatsapp_id, c.id),
            vault.hide(c.name, c.id),
            sorted(map(vault.name_key, beginnings_of(c.name))),
            sorted(map(str, c.grants)),
            inside_keys(c.grants),
            c.preferred.value,
            c.on_duty,
            c.opted_out,
            str(c.applied_for) if c.applied_for else None,
            c.applied_at,
            c.language.value,
            c.whatsapp_opted_in,
            c.available,
            c.rostered,
            c.deleted,
        )

    return Table(
        kind=Contact,
        name="contact",
        columns={
            "phone_hash": "bytea",
            "phone_sealed": "bytea",
            "whatsapp_hash": "bytea",
            "whatsapp_sealed": "bytea",
            "name_sealed": "bytea",
            "name_keys": "bigint[]",
            "held": "text[]",
            "inside": "text[]",
            "preferred": "text",
            "on_duty": "boolean",
            "opted_out": "boolean",
            "applied_for": "text",
            "applied_at": "timestamptz",
            "language": "text",
            "whatsapp_opted_in": "boolean",
            "available": "boolean",
            "rostered": "boolean",
            "deleted": "boolean",
        },
        to_row=to_row,
        from_row=lambda *row: read_contact(vault, *row),
        indexes={"phone": "phone_hash", "whatsapp": "whatsapp_hash"},
        keys={
            "phone": lambda c: digest(c.phone) if c.phone else None,
            "whatsapp": lambda c: digest(c.whatsapp_id) if c.whatsapp_id else None,
        },
    )


def read_contact(vault: Vault, id_: UUID, version: int, *columns: Any) -> Contact:
    """Make a contact of its row."""
    _, phone, _, whatsapp, name, _, held, _, preferred, on_duty, opted_out, applied_for, *later = columns
    applied_at, language, *flags = later
    return Contact(
        id_,
        version=version,
        phone=vault.show(phone, id_),
        whatsapp_id=vault.show(whatsapp, id_),
        name=vault.show(name, id_),
        grants=frozenset(map(Grant.read, held)),
        preferred=Channel(preferred),
        on_duty=on_duty,
        opted_out=opted_out,
        applied_for=Grant.read(applied_for) if applied_for else None,
        applied_at=applied_at,
        language=Language(language),
        **dict(zip(("whatsapp_opted_in", "available", "rostered", "deleted"), flags, strict=True)),
    )


_SPOKEN = {
    "service": "text",
    "service_at": "timestamptz",
    "offered": "text",
    "whatsapp_at": "timestamptz",
}


def conversations(vault: Vault) -> Table[Conversation]:
    """What was last said; a place or photo that waits for its word is encrypted."""

    def to_row(c: Conversation) -> tuple[object, ...]:
        return (
            *(getattr(c, name) for name in _SPOKEN),
            vault.hide(_content_to_json(c.kept.content), c.id) if c.kept else None,
            c.kept.service if c.kept else "",
            c.kept.at if c.kept else None,
            *desk_row(c),
        )

    def from_row(id_: UUID, version: int, *row: Any) -> Conversation:
        spoken, (sealed, service, at), desk = row[: len(_SPOKEN)], row[len(_SPOKEN) :][:3], row[-len(DESK_COLUMNS) :]
        made = Conversation(id_, *spoken, version=version)
        made.kept = Kept(_content_from_json(vault.show(sealed, id_)), service, at) if sealed else None
        return read_desk(made, desk)

    return Table(
        kind=Conversation,
        name="conversation",
        columns={**_SPOKEN, "kept_sealed": "bytea", "kept_service": "text", "kept_at": "timestamptz"} | DESK_COLUMNS,
        to_row=to_row,
        from_row=from_row,
    )


def _content_to_json(content: Content) -> str:
    photo = content.photo
    return orjson.dumps([content.location, [photo.reference, photo.media_type] if photo else None]).decode()


def _content_from_json(stored: str) -> Content:
    location, photo = orjson.loads(stored)
    return Content(location=tuple(location) if location else None, photo=Picture(*photo) if photo else None)


MESSAGES = Table(
    kind=Message,
    name="message",
    columns={
        "contact": "uuid",
        "channel": "text",
        "carrier_id": "text",
        "service": "text",
        "route": "text",
        "received_at": "timestamptz",
    },
    to_row=lambda m: (m.contact, m.channel.value, m.carrier_id, m.service, m.route, m.received_at),
    from_row=lambda id_, version, contact, channel, *row: Message(
        id_, contact, Channel(channel), *row, version=version
    ),
)


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
