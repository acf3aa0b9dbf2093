"""Who stands by: shifts decide where they cover the moment, in their order; else whoever is available."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.kernel.errors import Reject
from notifier.domain.contact import Grant
from notifier.domain.roster import Holder, Shift, check_times, standing_by

BPBD, VILLAGE, DISTRICT = (
    Grant("bpbd_duty", "33.17"),
    Grant("bpbd_duty", "33.17.12.2002"),
    Grant("bpbd_duty", "33.17.12"),
)
HEAD = Grant("village_head", "33.17.12.2002")
NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C, D = (UUID(int=number) for number in range(1, 5))


def shift(contact: UUID, turn: int = 1, begins: float = -1, ends: float = 1, duty: Grant = BPBD) -> Shift:
    start = NOON + begins * HOUR
    return Shift(Shift.id_of(duty, contact, start), duty, contact, turn, start, NOON + ends * HOUR)


def people(*contacts: UUID, grant: Grant = BPBD, available: bool = True) -> dict[UUID, Holder]:
    return {contact: Holder(contact, frozenset({grant}), available) for contact in contacts}


def test_those_whose_shift_it_is_come_in_their_order_and_nobody_else() -> None:
    shifts = [shift(B, 2), shift(C, 1), shift(A, 1, begins=1, ends=2)]
    assert standing_by([BPBD], shifts, people(A, B, C, D), NOON) == [C, B]


def test_a_shift_begins_at_its_moment_and_is_over_at_its_end() -> None:
    shifts = [shift(A, begins=-8, ends=0), shift(B, begins=0, ends=8)]
    assert standing_by([BPBD], shifts, people(A, B), NOON) == [B]
    assert standing_by([BPBD], shifts, people(A, B), NOON - timedelta(microseconds=1)) == [A]


def test_without_a_shift_now_whoever_is_available_stands_by() -> None:
    found = people(A, B) | people(C, available=False)
    assert standing_by([BPBD], [shift(A, begins=2, ends=3)], found, NOON) == [A, B]


def test_an_unavailable_one_stands_by_when_it_is_her_shift() -> None:
    assert standing_by([BPBD], [shift(A)], people(A, available=False) | people(B), NOON) == [A]


def test_a_shift_of_who_lost_the_role_or_was_taken_off_counts_for_nothing() -> None:
    removed = shift(B)
    removed.remove()
    assert standing_by([BPBD], [shift(A), removed], people(B, C), NOON) == [B, C]


def test_a_role_that_is_none_of_duty_knows_no_off_duty() -> None:
    assert standing_by([HEAD], [], people(A, grant=HEAD, available=False), NOON) == [A]


def test_the_places_own_people_come_before_those_around_it_and_each_once() -> None:
    found = people(A) | people(B, grant=VILLAGE) | {C: Holder(C, frozenset({DISTRICT, VILLAGE}), True)}
    assert standing_by([VILLAGE, DISTRICT, BPBD], [shift(C, duty=DISTRICT)], found, NOON) == [B, C, A]


@given(st.lists(st.tuples(st.sampled_from([A, B, C, D]), st.integers(1, 3), st.integers(-3, 3), st.integers(1, 4))))
def test_whatever_the_roster_somebody_stands_by_and_nobody_twice(rows: list[tuple[UUID, int, int, int]]) -> None:
    shifts = [shift(contact, turn, begins, begins + length) for contact, turn, begins, length in rows]
    found = standing_by([BPBD], shifts, people(A, B, C, D), NOON)
    assert found
    assert len(found) == len(set(found))
    covering = {one.contact for one in shifts if one.covers(NOON)}
    assert set(found) == (covering or {A, B, C, D})


def test_the_same_shift_again_changes_nothing() -> None:
    one = shift(A)
    assert not one.change(1, one.ends)
    assert one.change(2, one.ends)
    assert one.remove()
    assert not one.remove()
    assert one.change(2, one.ends)


@pytest.mark.parametrize(
    ("begins", "ends", "rule"), [(0, 0, "order"), (1, 0, "order"), (0, 24 * 32, "too_long"), (9590, 9610, "too_far")]
)
def test_times_that_are_no_shift_are_refused(begins: int, ends: int, rule: str) -> None:
    with pytest.raises(Reject) as refused:
        check_times(NOON + begins * HOUR, NOON + ends * HOUR, NOON)
    assert (refused.value.field, refused.value.rule) == ("ends", rule)
