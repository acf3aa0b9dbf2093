"""So many messages a second, whatever the process is busy with."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.tokens import DEPTH, STRICT, Tokens

RATES = st.sampled_from([0.5, 1.0, 2.5, 7.0, 30.0, 50.0, 100.0, 333.3])
STALLS = st.lists(st.floats(0, 0.5), max_size=40)


def saturated(rate: float, stalls: list[float], seconds: float) -> list[float]:
    """When tokens are spent by somebody who always wants one and is busy for these times now and then."""
    tokens, now, spent, left = Tokens(rate), 0.0, [], list(stalls)
    while now < seconds:
        if wait := tokens.wait(1, now):
            now += wait
            if left:
                now += left.pop()
        else:
            tokens.spend(1, now)
            spent.append(now)
    return spent


@given(RATES, STALLS)
def test_no_second_sees_more_than_the_rate_and_little_more(rate: float, stalls: list[float]) -> None:
    spent = saturated(rate, stalls, 4.0)
    whole = max(1, -int(-rate // 1))
    for before, after in zip(spent, spent[whole:], strict=False):
        assert after - before >= STRICT * whole / rate - 1e-6


@given(RATES, STALLS)
def test_what_waited_does_not_come_in_a_heap(rate: float, stalls: list[float]) -> None:
    heap = int(max(1.0, rate * DEPTH))
    spent = saturated(rate, stalls, 4.0)
    assert all(after - before > 0 for before, after in zip(spent, spent[heap:], strict=False))


@given(st.sampled_from([50.0, 100.0, 333.3]), st.lists(st.floats(0, 0.05), max_size=200))
def test_a_process_busy_for_a_moment_gives_nothing_away(rate: float, stalls: list[float]) -> None:
    spent = saturated(rate, stalls, 10.0)
    assert len(spent) >= rate * 9.9


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("rate", [50.0, 100.0])
def test_what_is_late_now_and_then_does_not_add_up(rate: float, seed: int) -> None:
    chance = Random(seed)  # noqa: S311 - an order of delays, no secret
    late = [0.06 if chance.random() < 0.05 else chance.uniform(0, 0.01) for _ in range(1500)]
    assert len(saturated(rate, late, 10.0)) >= rate * 9.95


def test_it_goes_evenly() -> None:
    spent = saturated(10.0, [], 5.0)
    assert [round(after - before, 6) for before, after in pairwise(spent)] == [0.1] * (len(spent) - 1)


def test_a_dear_message_is_paid_when_the_bucket_is_full_and_worked_off() -> None:
    tokens = Tokens(50.0)
    assert tokens.wait(120, 0.0) == 0
    tokens.spend(120, 0.0)
    assert tokens.wait(1, 0.0) == pytest.approx((120 - 4 + 1) / 50)
    assert tokens.ahead(10, 0.0) == pytest.approx((120 - 4 + 10) / 50)


def test_a_change_of_rate_holds_from_then_on() -> None:
    tokens = Tokens(100.0)
    tokens.change(10.0, 0.0)
    tokens.spend(1, 0.0)
    assert tokens.wait(1, 0.0) == pytest.approx(0.1)
