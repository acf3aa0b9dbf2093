"""Who answers a person: the states, and what holds whatever happens in whatever order."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.kernel.errors import Conflict
from notifier.domain.desk import WITH_BOT, Claimed, Desk, DeskState, DeskTimes, NotClaimed
from notifier.domain.office_hours import OfficeHours

RINI, BUDI = UUID(int=1), UUID(int=2)
NINE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
TIMES = DeskTimes(timedelta(minutes=30), timedelta(hours=1), timedelta(hours=23), timedelta(hours=24))


def after(minutes: int) -> datetime:
    return NINE + timedelta(minutes=minutes)


def test_who_asks_waits_is_taken_and_goes_back() -> None:
    waiting = WITH_BOT.hear(NINE)
    assert (waiting.state, waiting.since) == (DeskState.WAITING, NINE)
    taken = waiting.claim(RINI, after(1))
    assert (taken.state, taken.officer, taken.since) == (DeskState.HUMAN, RINI, NINE)
    assert taken.reply(RINI, after(2)).hand_back(RINI) == WITH_BOT


def test_of_two_who_claim_one_wins_and_the_other_learns_who() -> None:
    taken = WITH_BOT.hear(NINE).claim(RINI, after(1))
    with pytest.raises(Claimed) as told:
        taken.claim(BUDI, after(1))
    assert told.value.officer == RINI
    assert taken.claim(RINI, after(5)).acted_at == after(5)


def test_who_does_not_hold_it_may_neither_answer_nor_give_it_away() -> None:
    waiting = WITH_BOT.hear(NINE)
    taken = waiting.claim(RINI, NINE)
    for act in (
        lambda desk: desk.reply(BUDI, NINE),
        lambda desk: desk.hand_back(BUDI),
        lambda desk: desk.transfer(BUDI, UUID(int=3), NINE),
    ):
        with pytest.raises(NotClaimed):
            act(waiting)
        with pytest.raises(Claimed):
            act(taken)


def test_what_was_done_already_may_be_asked_again() -> None:
    taken = WITH_BOT.hear(NINE).claim(RINI, NINE)
    given_away = taken.transfer(RINI, BUDI, after(1))
    assert given_away.officer == BUDI
    assert given_away.transfer(RINI, BUDI, after(2)) == given_away
    assert WITH_BOT.hand_back(RINI) == WITH_BOT


def test_a_claim_that_lapses_waits_at_its_old_place() -> None:
    taken = WITH_BOT.hear(NINE).claim(RINI, after(10))
    assert taken.lapses_at(TIMES) == after(40)
    lapsed = taken.lapse()
    assert (lapsed.state, lapsed.officer, lapsed.since) == (DeskState.WAITING, None, NINE)
    assert lapsed.lapses_at(TIMES) is None


def test_the_wait_begins_with_the_first_word_after_an_answer() -> None:
    answered = WITH_BOT.hear(NINE).hear(after(1)).claim(RINI, after(2)).reply(RINI, after(3))
    assert answered.since == NINE
    again = answered.hear(after(10)).hear(after(11))
    assert again.since == after(10)


def test_silence_ends_sooner_after_an_answer() -> None:
    asked = WITH_BOT.hear(NINE)
    assert asked.rests_at(TIMES) == NINE + TIMES.unanswered
    assert asked.claim(RINI, NINE).reply(RINI, after(5)).rests_at(TIMES) == after(65)
    assert WITH_BOT.claim(RINI, NINE).rests_at(TIMES) == after(60)  # taken over: nothing is asked yet


ACTS = ("hear", "claim", "reply", "transfer", "hand_back", "lapse", "leave")


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.sampled_from([RINI, BUDI])), max_size=40))
def test_whatever_happens_nobody_holds_what_another_holds_and_no_question_is_forgotten(acts) -> None:
    desk, asked_at = WITH_BOT, None
    for minute, (act, officer) in enumerate(acts):
        now, before = after(minute), desk
        try:
            desk = done(desk, act, officer, now)
        except Conflict:
            assert before.officer != officer  # only who does not hold it is refused
            continue
        if act == "hear":
            asked_at = asked_at or now
            assert desk.is_open
        if act == "reply" or not desk.is_open:
            asked_at = None
        if before.officer and desk.officer not in {None, before.officer}:
            assert (act, before.officer) == ("transfer", officer)
        holds(desk, asked_at)


def done(desk: Desk, act: str, officer: UUID, now: datetime) -> Desk:
    match act:
        case "hear":
            return desk.hear(now)
        case "transfer":
            return desk.transfer(officer, BUDI if officer == RINI else RINI, now)
        case "hand_back":
            return desk.hand_back(officer)
        case "lapse":
            return desk.lapse() if desk.state is DeskState.HUMAN else desk
        case "leave":
            return desk.leave()
        case _:
            return getattr(desk, act)(officer, now)


def holds(desk: Desk, asked_at: datetime | None) -> None:
    assert (desk.officer is not None) == (desk.state is DeskState.HUMAN) == (desk.lapses_at(TIMES) is not None)
    assert desk.is_open == (desk.since is not None) == (desk.rests_at(TIMES) is not None)
    assert (asked_at is not None) == (desk.is_open and not desk.answered)
    if asked_at:
        assert desk.since == asked_at


JAKARTA = ZoneInfo("Asia/Jakarta")


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-25T07:00", None),
        ("2026-11-25T20:59", None),
        ("2026-11-25T21:00", "2026-11-26T07:00"),
        ("2026-11-25T23:30", "2026-11-26T07:00"),
        ("2026-11-26T00:10", "2026-11-26T07:00"),
        ("2026-11-26T06:59", "2026-11-26T07:00"),
        ("2026-12-31T22:00", "2027-01-01T07:00"),
    ],
)
def test_the_desk_opens_next_morning(now, opens) -> None:
    hours = OfficeHours(time(7), time(21), JAKARTA)
    at = datetime.fromisoformat(now).replace(tzinfo=JAKARTA).astimezone(UTC)
    wanted = datetime.fromisoformat(opens).replace(tzinfo=JAKARTA) if opens else None
    assert hours.next_opening(at) == wanted


@pytest.mark.parametrize("closes", [time(7), time(6)])
def test_a_day_that_ends_before_it_begins_is_refused(closes) -> None:
    with pytest.raises(ValueError, match="until"):
        OfficeHours(time(7), closes, JAKARTA)
