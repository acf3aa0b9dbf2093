"""The 24 hours of free text begin with what the person last wrote, not with when we heard of it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from notifier.domain.channel import Channel
from notifier.domain.conversation import Conversation, Last

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, MINUTE = timedelta(hours=24), timedelta(minutes=1)


def conversation_after(*said: tuple[datetime, datetime], channel: Channel = Channel.WHATSAPP) -> Conversation:
    made = Conversation(uuid4())
    for said_at, heard_at in said:
        made.wrote(Last(uuid4(), channel, heard_at), said_at, understood=True)
    return made


@pytest.mark.parametrize(
    ("said_at", "opens_at"),
    [
        (NOW, NOW),
        (NOW - 23 * timedelta(hours=1), NOW - 23 * timedelta(hours=1)),
        (NOW - timedelta(days=2), NOW - timedelta(days=2)),  # brought again after an outage: the window is over
        (NOW - timedelta(days=8), NOW),  # nobody brings a message again so long: its clock is wrong
        (NOW + MINUTE, NOW),
    ],
)
def test_the_window_opens_when_the_person_wrote(said_at: datetime, opens_at: datetime) -> None:
    assert conversation_after((said_at, NOW)).window_until(DAY) == opens_at + DAY


def test_an_old_message_that_comes_late_does_not_shorten_the_window() -> None:
    late = conversation_after((NOW, NOW), (NOW - timedelta(hours=3), NOW + MINUTE))
    assert late.window_until(DAY) == NOW + DAY


def test_an_sms_opens_nothing() -> None:
    assert conversation_after((NOW, NOW), channel=Channel.SMS).window_until(DAY) is None
