"""Gestation, visits, age, GPA, NIK: what is possible, and what follows."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.kernel.errors import Reject
from telponi.domain.age import Age
from telponi.domain.gestation import Gestation, checked_lmp, due_date, lmp_from_weeks
from telponi.domain.gpa import Gpa, TwinsBefore
from telponi.domain.national_id import checked_nik
from telponi.domain.visits import VISIT_WEEKS, next_visit

TODAY = date(2026, 11, 23)


def test_the_due_date_is_280_days_after_the_last_period() -> None:
    assert due_date(date(2026, 3, 12)) == date(2026, 12, 17)
    assert str(Gestation.on(TODAY, date(2026, 8, 28))) == "12+3"


@pytest.mark.parametrize("days", [0, 308])
def test_a_last_period_up_to_44_weeks_ago_is_possible(days: int) -> None:
    assert checked_lmp(TODAY - timedelta(days), TODAY)


@pytest.mark.parametrize(("days", "rule"), [(-1, "in_future"), (309, "too_long_ago")])
def test_other_last_periods_are_refused(days: int, rule: str) -> None:
    with pytest.raises(Reject) as refused:
        checked_lmp(TODAY - timedelta(days), TODAY)
    assert (refused.value.field, refused.value.rule) == ("HPHT", rule)


def test_weeks_instead_of_a_date() -> None:
    assert Gestation.on(TODAY, lmp_from_weeks(12, TODAY)).days == 84
    for weeks in (-1, 45):
        with pytest.raises(Reject):
            lmp_from_weeks(weeks, TODAY)


def test_six_visits_two_one_three() -> None:
    assert [sum(low <= week < high for week in VISIT_WEEKS) for low, high in ((0, 14), (14, 28), (28, 41))] == [
        2,
        1,
        3,
    ]


@given(st.integers(0, 308))
def test_the_next_visit_is_never_past_and_a_visit_due_today_is_today(days: int) -> None:
    lmp = TODAY - timedelta(days)
    visit = next_visit(lmp, TODAY)
    assert visit >= TODAY
    assert (visit == TODAY) == (days in {7 * week for week in VISIT_WEEKS})


def test_an_age_stated_grows_with_the_years() -> None:
    age = Age.stated(16, TODAY)
    assert age.on(date(2027, 11, 22)) == 16
    assert age.on(date(2027, 11, 23)) == 17
    assert age.birth_year == 2010


def test_an_age_from_birth_turns_on_the_birthday() -> None:
    age = Age.from_birth(date(1991, 12, 1), TODAY)
    assert (age.on(TODAY), age.on(date(2026, 12, 1))) == (34, 35)


@pytest.mark.parametrize("born", [date(2026, 11, 24), date(2017, 1, 1), date(1960, 1, 1)])
def test_impossible_births_are_refused(born: date) -> None:
    with pytest.raises(Reject):
        Age.from_birth(born, TODAY)


@pytest.mark.parametrize("text", ["G3P1A1", "g3p1a1", " G3 P1 A1 "])
def test_gpa_is_read(text: str) -> None:
    assert Gpa.parse(text).checked() == Gpa(3, 1, 1)


@pytest.mark.parametrize("text", ["", "G3P1", "3 1 1", "G0P0A0", "G5P1A1", "G1P1A0", "G2P3A0"])
def test_gpa_that_does_not_add_up_is_refused(text: str) -> None:
    with pytest.raises(Reject) as refused:
        Gpa.parse(text).checked(twins_before=True)
    assert not isinstance(refused.value, TwinsBefore)


def test_one_child_too_many_is_asked_back() -> None:
    with pytest.raises(TwinsBefore):
        Gpa(2, 2, 0).checked()
    assert Gpa(2, 2, 0).checked(twins_before=True)


@pytest.mark.parametrize("nik", ["3317124107990001", "33.17.12.710199.0001", "3317126902000001"])
def test_a_womans_nik(nik: str) -> None:
    assert len(checked_nik(nik)) == 16


@pytest.mark.parametrize(
    ("nik", "rule"),
    [
        ("331712410799000", "length"),
        ("33171241079900011", "length"),
        ("33171241079900o1", "length"),
        ("3317120107990001", "impossible_date"),
        ("3317127202990001", "impossible_date"),
        ("3317124113990001", "impossible_date"),
    ],
)
def test_no_womans_nik(nik: str, rule: str) -> None:
    with pytest.raises(Reject) as refused:
        checked_nik(nik)
    assert refused.value.rule == rule
