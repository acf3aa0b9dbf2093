"""How processes share a carrier's rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.carrier_shares import Demand, share_of
from notifier.domain.lane import Lane

DEMANDS = st.lists(st.sampled_from([None, *Lane]), min_size=1, max_size=12).map(
    lambda lanes: [Demand(f"p{number}", lane) for number, lane in enumerate(lanes)]
)


@given(DEMANDS, st.floats(0.1, 10_000))
def test_all_parts_together_are_the_rate(demands, rate):
    parts = [share_of(one.process, demands, rate) for one in demands]
    assert sum(parts) == pytest.approx(rate)
    assert all(part > 0 for part in parts)


@given(DEMANDS)
def test_the_more_urgent_gets_more(demands):
    parts = [(one.lane, share_of(one.process, demands, 100)) for one in demands if one.lane is not None]
    for lane, part in parts:
        assert all(part > other for less_urgent, other in parts if less_urgent > lane)


def test_alone_it_gets_all():
    assert share_of("p", [Demand("p", Lane.ROUTINE)], 50) == 50


def test_with_others_idle_nearly_all_and_they_can_begin_at_once():
    demands = [Demand("routine", Lane.ROUTINE), Demand("urgent", None), Demand("life", None)]
    assert share_of("routine", demands, 100) == pytest.approx(90)
    assert share_of("life", demands, 100) == pytest.approx(5)
