"""How far an alert's people are, and reasons in words."""

from datetime import UTC, datetime, timedelta

import pytest

from notifier.adapters.smpp import statuses
from notifier.adapters.twilio import errors as twilio
from notifier.adapters.whatsapp import errors
from notifier.domain.alert import AlertState
from notifier.domain.delivery import State
from notifier.domain.funnel import funnel_of, is_running
from notifier.domain.reasons import in_words

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER, BEFORE = NOW + timedelta(minutes=1), NOW - timedelta(minutes=1)


def test_who_came_further_also_came_so_far() -> None:
    funnel = funnel_of([(State.SENT, 5), (State.DELIVERED, 3), (State.READ, 2), (State.SENT, 1)])
    assert (funnel.planned, funnel.sent, funnel.delivered, funnel.read) == (11, 11, 5, 2)


def test_what_is_not_sent_waits_failed_was_dropped_or_is_unclear() -> None:
    states = [State.PLANNED, State.SENDING, State.WAITING, State.FAILED, State.DROPPED, State.UNCLEAR]
    funnel = funnel_of([(state, 1) for state in states])
    assert (funnel.waiting, funnel.failed, funnel.dropped, funnel.unclear, funnel.sent) == (3, 1, 1, 1, 0)


def test_people_without_a_delivery_failed() -> None:
    assert funnel_of([(State.SENT, 2)], audience=5).failed == 3
    assert funnel_of([(State.SENT, 2)], audience=1).audience == 2  # the audience's number is stored a moment later


@pytest.mark.parametrize(
    ("state", "expires", "waiting", "running"),
    [
        (AlertState.PLANNING, BEFORE, 0, True),
        (AlertState.CANCELLING, BEFORE, 0, True),
        (AlertState.PLANNED, LATER, 1, True),
        (AlertState.PLANNED, LATER, 0, False),
        (AlertState.PLANNED, BEFORE, 1, False),
        (AlertState.REJECTED, LATER, 0, False),
    ],
)
def test_an_alert_runs_while_something_is_to_be_done(
    state: AlertState, expires: datetime, waiting: int, running: object
) -> None:
    assert is_running(state, expires, waiting, NOW) is running


def test_what_a_carrier_says_of_a_person_or_of_itself_has_words() -> None:
    said = {
        *statuses._THROTTLING.values(),
        *statuses._NO_SUCH_PHONE.values(),
        *errors._THROTTLED.values(),
        *errors._UNREACHABLE.values(),
        *errors._STOPPED.values(),
        *twilio._THROTTLED.values(),
        *twilio._TRY_LATER.values(),
        *twilio._UNREACHABLE.values(),
        "not_permitted",
    }
    assert [reason for reason in sorted(said) if in_words(reason) == reason.replace("_", " ")] == []
    assert in_words("bad_service_type") == "bad service type"
