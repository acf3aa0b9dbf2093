"""What several processes say of one carrier, put together."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifier.domain.carrier_health import FRESH, UNWATCHED, Health, together
from notifier.domain.channel import Channel

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
UP = Health("telko", Channel.SMS, up=True, since=NOW - timedelta(hours=1), at=NOW, window=10, used=3, accepted=100)
DOWN = Health("telko", Channel.SMS, up=False, since=NOW - timedelta(minutes=5), at=NOW, reason="link_lost", failed=2)


def minutes(count: int) -> datetime:
    return NOW - timedelta(minutes=count)


def test_it_is_up_while_one_process_reaches_it() -> None:
    [one] = together([DOWN, UP], NOW)
    assert (one.up, one.since, one.reason) == (True, UP.since, "")
    assert (one.window, one.used, one.accepted, one.failed) == (10, 3, 100, 2)


def test_it_is_down_since_the_last_one_lost_it() -> None:
    later = replace(DOWN, since=minutes(1), reason="bind_refused")
    [one] = together([later, DOWN], NOW)
    assert (one.up, one.since, one.reason) == (False, minutes(1), "bind_refused")


def test_it_rests_only_while_everybody_lets_it_rest() -> None:
    resting = replace(UP, rests_until=NOW + timedelta(seconds=20), reason="throttled")
    assert together([resting, resting], NOW)[0].rests_until == resting.rests_until
    assert together([resting, UP], NOW)[0].rests_until is None


def test_a_dead_process_s_words_do_not_count_but_are_all_there_is_when_nobody_lives() -> None:
    old = replace(UP, at=NOW - FRESH - timedelta(seconds=1))
    assert not together([old, DOWN], NOW)[0].up
    [one] = together([old], NOW)
    assert (one.up, one.reason, one.since, one.accepted) == (False, UNWATCHED, old.at, 100)


def test_the_newest_error_is_told_whoever_met_it() -> None:
    met = replace(DOWN, last_error="throttled", last_error_at=minutes(2))
    met_before = replace(UP, last_error="timeout", last_error_at=minutes(9))
    [one] = together([met_before, met], NOW)
    assert (one.last_error, one.last_error_at, one.up) == ("throttled", minutes(2), True)


def test_carriers_are_told_by_name() -> None:
    assert [one.carrier for one in together([UP, replace(UP, carrier="indo")], NOW)] == ["indo", "telko"]
