from datetime import timedelta

import pytest

from notifier.domain.channel import Channel
from notifier.domain.delivery import (
    MOST_TRIES,
    State,
    advances,
    after_delay,
    after_doubt,
    after_failure,
    first_channel,
    pause_after,
)
from notifier.domain.lane import QUEUES, Lane, channel_of, lane_of, queue_of

SMS, WA = Channel.SMS, Channel.WHATSAPP
BOTH = {SMS, WA}


def test_the_question_s_channel_comes_before_the_preferred_one() -> None:
    assert first_channel(SMS, WA, BOTH) is SMS
    assert first_channel(None, WA, BOTH) is WA
    assert first_channel(SMS, SMS, {WA}) is WA
    assert first_channel(None, SMS, set()) is None


def test_a_failed_channel_gives_way_once() -> None:
    assert after_failure("unreachable", WA, set(), BOTH).reroute
    assert after_failure("unreachable", SMS, {WA}, BOTH).state is State.FAILED
    assert after_failure("unreachable", WA, set(), {WA}).state is State.FAILED


def test_doubt_is_settled_by_lane() -> None:
    assert after_doubt("timeout", Lane.ROUTINE, 1).state is State.UNCLEAR
    assert after_doubt("timeout", Lane.URGENT, 1).state is State.WAITING
    assert after_doubt("timeout", Lane.LIFE_SAFETY, 1).state is State.WAITING


def test_tries_end() -> None:
    assert after_delay("busy", MOST_TRIES) is None
    assert after_delay("busy", 1, timedelta(minutes=1)).wait == timedelta(minutes=1)


def test_pauses_double_to_ten_minutes() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert pause_after(50) == timedelta(minutes=10)


@pytest.mark.parametrize("lane", Lane)
@pytest.mark.parametrize("channel", Channel)
def test_queues_tell_lane_and_channel(lane: Lane, channel: Channel) -> None:
    queue = queue_of(lane, channel)
    assert (lane_of(queue), channel_of(queue)) == (lane, channel)
    assert queue in QUEUES


def test_queues_are_those_of_the_database() -> None:
    assert sorted(QUEUES) == [2, 3, 4, 5, 6, 7]


def test_a_receipt_never_leads_back() -> None:
    assert advances(State.SENT, State.DELIVERED)
    assert advances(State.DELIVERED, State.READ)
    assert not advances(State.READ, State.DELIVERED)
    assert not advances(State.DROPPED, State.DELIVERED)
