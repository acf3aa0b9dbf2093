from collections.abc import Collection

import pytest

from notifier.domain.channel import Channel
from notifier.domain.delivery import Next, State, after_failure
from notifier.domain.lane import Lane
from notifier.domain.twins import NOTHING, STANDING, UNREACHED, may_be_twins, word_of

SMS, WA = Channel.SMS, Channel.WHATSAPP
FAILED, DROPPED = Next(State.FAILED, "unreachable"), Next(State.DROPPED, "expired")


@pytest.mark.parametrize(
    ("lane", "reachable", "both"),
    [
        (Lane.LIFE_SAFETY, {SMS, WA}, True),
        (Lane.LIFE_SAFETY, {WA}, False),
        (Lane.LIFE_SAFETY, set(), False),
        (Lane.URGENT, {SMS, WA}, False),
        (Lane.ROUTINE, {SMS, WA}, False),
    ],
)
def test_life_safety_goes_on_both_channels_of_those_who_have_both(
    lane: Lane,
    reachable: Collection[Channel],
    both: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert may_be_twins(lane, reachable) is both


@pytest.mark.parametrize("state", [each for each in State if each not in UNREACHED])
def test_the_first_to_fail_is_a_channel_that_failed_and_the_first_to_be_dropped_is_nothing(state: State) -> None:
    assert word_of(FAILED, Next(state)) == Next(State.PLANNED, "unreachable", reroute=True)
    assert word_of(DROPPED, Next(state)) == NOTHING


def test_the_second_to_end_tells_the_end_of_the_person() -> None:
    other = Next(State.FAILED, "bad_number")
    assert word_of(FAILED, other) == FAILED
    assert word_of(DROPPED, other) == DROPPED
    assert word_of(FAILED, DROPPED) == DROPPED  # one was not sent in time: so it is counted
    assert word_of(DROPPED, Next(State.DROPPED, "cancelled")) == DROPPED


def test_every_state_has_its_standing() -> None:
    assert sorted(STANDING) == sorted(State)


@pytest.mark.parametrize("channel", Channel)
def test_a_twin_that_fails_does_not_go_the_other_s_way(channel: Channel) -> None:
    assert after_failure("unreachable", channel, {SMS, WA}, {SMS, WA}) == FAILED
