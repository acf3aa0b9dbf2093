"""What the desk stores comes back as it was, and says nothing on its way."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from chassis.auth.cipher import CannotDecryptError, Cipher
from notifier.adapters import desk_tables, tables
from notifier.adapters.vault import Vault
from notifier.domain.channel import Channel
from notifier.domain.conversation import Conversation, Kept, Last
from notifier.domain.desk import WITH_BOT, Desk, DeskState
from notifier.domain.desk_message import DeskMessage
from notifier.domain.message import Content, Picture

VAULT = Vault(Cipher(b"k" * 32), b"h" * 32, b"", b"", {})
NINE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PIN, PHOTO = (-6.7045, 111.3421), Picture("media-1", "image/jpeg")


@pytest.mark.parametrize(
    "content", [Content("halo"), Content(location=PIN), Content("ini", PIN, PHOTO), Content(photo=PHOTO), Content()]
)
def test_a_message_comes_back_with_its_place_and_photo(content) -> None:
    table = desk_tables.desk_messages(VAULT)
    given = DeskMessage(uuid4(), uuid4(), Channel.WHATSAPP, content, NINE)
    row = table.to_row(given)
    assert not any(word in bytes(row[2]) for word in (b"halo", b"111.34", b"media-1"))
    back = table.from_row(given.id, 1, *row)
    assert (back.content, back.channel, back.officer) == (content, Channel.WHATSAPP, None)
    with pytest.raises(CannotDecryptError):
        table.from_row(uuid4(), 1, *row)


@pytest.mark.parametrize(
    "desk", [WITH_BOT, WITH_BOT.hear(NINE), WITH_BOT.hear(NINE).claim(uuid4(), NINE), Desk().claim(uuid4(), NINE)]
)
def test_a_conversation_comes_back_as_the_desk_left_it(desk) -> None:
    table = tables.conversations(VAULT)
    given = Conversation(uuid4(), "telponi", NINE, "telponi", NINE)
    given.desk, given.puzzled_at = desk, NINE
    given.last = Last(uuid4(), Channel.SMS, NINE)
    given.kept = Kept(Content(location=PIN), "desk", NINE)
    back = table.from_row(given.id, 1, *table.to_row(given))
    assert (back.desk, back.last, back.puzzled_at, back.kept) == (desk, given.last, NINE, given.kept)
    assert (back.service, back.whatsapp_at) == ("telponi", NINE)
    assert isinstance(back.desk.state, DeskState)
