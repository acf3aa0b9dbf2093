"""How the service desk lies in the tables: a few columns of the conversation, what was said, who did what."""

from typing import Any
from uuid import UUID

import orjson

from chassis.postgres.table import Table
from notifier.adapters.vault import Vault
from notifier.domain.channel import Channel
from notifier.domain.conversation import Conversation, Last
from notifier.domain.desk import Desk, DeskState
from notifier.domain.desk_message import Deed, DeskDeed, DeskMessage
from notifier.domain.message import Content, Picture

DESK_COLUMNS = {
    "last_message": "uuid",
    "last_channel": "text",
    "last_at": "timestamptz",
    "puzzled_at": "timestamptz",
    "desk_state": "text",
    "desk_officer": "uuid",
    "desk_since": "timestamptz",
    "desk_word_at": "timestamptz",
    "desk_answered": "boolean",
    "desk_acted_at": "timestamptz",
}


def desk_row(c: Conversation) -> tuple[object, ...]:
    """The values of DESK_COLUMNS."""
    desk, last = c.desk, c.last
    return (
        *((last.message, last.channel.value, last.at) if last else (None, None, None)),
        c.puzzled_at,
        desk.state.value,
        desk.officer,
        desk.since,
        desk.word_at,
        desk.answered,
        desk.acted_at,
    )


def read_desk(c: Conversation, row: tuple[Any, ...]) -> Conversation:
    """Give a conversation what `desk_row` wrote."""
    message, channel, at, c.puzzled_at, state, *desk = row
    c.last = Last(message, Channel(channel), at) if message else None
    c.desk = Desk(DeskState(state), *desk)
    return c


def desk_messages(vault: Vault) -> Table[DeskMessage]:
    """What was said, encrypted."""
    return Table(
        kind=DeskMessage,
        name="desk_message",
        columns={
            "contact": "uuid",
            "channel": "text",
            "sealed": "bytea",
            "at": "timestamptz",
            "officer": "uuid",
        },
        to_row=lambda m: (m.contact, m.channel and m.channel.value, seal_content(vault, m), m.at, m.officer),
        from_row=lambda id_, version, *row: read_desk_message(vault, id_, version, *row),
    )


def read_desk_message(vault: Vault, id_: UUID, version: int, *row: Any) -> DeskMessage:
    """Make a message of its row."""
    contact, channel, sealed, at, officer = row
    text, location, photo = orjson.loads(vault.show(sealed, id_))
    content = Content(text, tuple(location) if location else None, Picture(*photo) if photo else None)
    return DeskMessage(id_, contact, Channel(channel) if channel else None, content, at, officer, version=version)


def seal_content(vault: Vault, message: DeskMessage) -> bytes | None:
    """The content as it is stored; bound to the message's id."""
    content, photo = message.content, message.content.photo
    told = [content.text, content.location, [photo.reference, photo.media_type] if photo else None]
    return vault.hide(orjson.dumps(told).decode(), message.id)


DESK_DEEDS = Table(
    kind=DeskDeed,
    name="desk_deed",
    columns={"officer": "uuid", "contact": "uuid", "deed": "text", "at": "timestamptz"},
    to_row=lambda d: (d.officer, d.contact, d.deed.value, d.at),
    from_row=lambda id_, version, officer, contact, deed, at: DeskDeed(
        id_, officer, contact, Deed(deed), at, version=version
    ),
)
