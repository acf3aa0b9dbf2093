"""When a carrier is left alone."""

import pytest

from notifier.domain.circuit import FIRST_REST, LONGEST_REST, MOST_FAILURES, Circuit


class Watch:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def circuit(watch):
    return Circuit(watch)


def fail(circuit: Circuit, times: int) -> None:
    for _ in range(times):
        circuit.begin()
        circuit.failed()


def test_a_few_failures_are_no_reason(circuit):
    fail(circuit, MOST_FAILURES - 1)
    assert circuit.allows
    circuit.well()
    fail(circuit, MOST_FAILURES - 1)
    assert circuit.allows
    assert not circuit.is_open


def test_after_too_many_it_rests_and_then_one_message_tries_it(circuit, watch):
    fail(circuit, MOST_FAILURES)
    assert not circuit.allows
    assert circuit.left == FIRST_REST
    watch.now += FIRST_REST
    assert circuit.allows
    circuit.begin()
    assert not circuit.allows, "only one message at a time tries it"
    circuit.well()
    assert circuit.allows
    assert not circuit.is_open


def test_each_failed_trial_doubles_the_rest_up_to_a_minute(circuit, watch):
    fail(circuit, MOST_FAILURES)
    rests = [circuit.left]
    for _ in range(10):
        watch.now += circuit.left
        fail(circuit, 1)
        rests.append(circuit.left)
    assert rests[:4] == [1, 2, 4, 8]
    assert rests[-1] == LONGEST_REST


def test_what_was_under_way_when_it_broke_does_not_lengthen_the_rest(circuit):
    fail(circuit, 50)
    assert circuit.left == FIRST_REST


def test_it_rests_as_long_as_it_asks(circuit, watch):
    circuit.asked_for_rest(7)
    circuit.asked_for_rest(3)
    assert not circuit.allows
    assert circuit.left == 7
    watch.now += 7
    assert circuit.allows


def test_a_trial_that_told_nothing_frees_the_place(circuit, watch):
    fail(circuit, MOST_FAILURES)
    watch.now += FIRST_REST
    circuit.begin()
    circuit.end()
    assert circuit.allows
