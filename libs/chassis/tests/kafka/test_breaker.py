"""When too many events die, the bug is ours: the breaker, and liveness by progress. No clock but a number."""

import pytest

from chassis.kafka.breaker import Breaker, State
from chassis.kafka.progress import Progress


class Seconds:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def breaker(seconds: Seconds) -> Breaker:
    return Breaker(seconds, least=20, share=0.5, pause=30)


def test_few_deaths_are_believed(breaker: Breaker):
    assert breaker.note(19, 19)
    assert breaker.note(100, 10)
    assert breaker.state is State.CLOSED


def test_too_many_deaths_are_not_believed_and_open_it(breaker: Breaker):
    assert breaker.note(10, 0)
    assert not breaker.note(20, 16)
    assert breaker.state is State.OPEN


def test_old_deaths_do_not_count(breaker: Breaker, seconds: Seconds):
    assert breaker.note(19, 19)
    seconds.now += 61
    assert breaker.note(19, 1)
    assert breaker.state is State.CLOSED


def test_a_probe_that_lives_closes_it_and_one_that_dies_does_not(breaker: Breaker, seconds: Seconds):
    breaker.note(20, 20)
    seconds.now += 29
    assert breaker.state is State.OPEN
    assert breaker.wait == 1
    seconds.now += 1
    assert breaker.state is State.HALF_OPEN
    assert breaker.note(1, 1)
    assert breaker.state is State.OPEN
    seconds.now += 30
    assert breaker.note(1, 0)
    assert breaker.state is State.CLOSED


class At:
    def __init__(self) -> None:
        self.offsets = {("topic", 0): (5, 9)}

    def positions(self) -> dict[tuple[str, int], tuple[int, int]]:
        return dict(self.offsets)


@pytest.fixture
def at() -> At:
    return At()


@pytest.fixture
def progress(at: At, seconds: Seconds) -> Progress:
    made = Progress(at, seconds)
    made.look(database_answers=True)
    return made


def test_lag_with_a_commit_that_stands_still_is_stuck_after_two_minutes(progress: Progress, seconds: Seconds):
    for _ in range(12):
        seconds.now += 10
        progress.look(database_answers=True)
    assert progress.stuck == []
    seconds.now += 1
    assert progress.stuck == [("topic", 0)]


@pytest.mark.parametrize("moves", ["commit", "no lag", "database away", "breaker open", "revoked"])
def test_whoever_moves_or_is_excused_is_not_stuck(progress: Progress, seconds: Seconds, at: At, moves: str):
    seconds.now += 119
    if moves == "commit":
        at.offsets["topic", 0] = (6, 9)
    if moves == "no lag":
        at.offsets["topic", 0] = (5, 5)
    if moves == "revoked":
        at.offsets.clear()
    progress.look(database_answers=moves != "database away", paused=["topic"] if moves == "breaker open" else [])
    seconds.now += 119
    assert progress.stuck == []
