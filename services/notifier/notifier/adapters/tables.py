"""How the notifier's aggregates lie in their tables."""

from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from chassis.postgres.table import Table
from notifier.adapters.desk_tables import DESK_COLUMNS, desk_row, read_desk
from notifier.adapters.vault import Vault
from notifier.domain.audience import inside_keys
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant
from notifier.domain.conversation import Conversation, Kept
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
