from notifier.adapters.smpp.doubts import UNSURE, Doubts
from notifier.application.incoming import EXPECTED


class Hand:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def doubts() -> tuple[Doubts, Hand]:
    hand = Hand()
    made = Doubts(hand)
    made.opened(1)
    return made, hand


def arises(made: Doubts, fingerprint: str) -> bool:
    with made.working(fingerprint) as may_repeat:
        return may_repeat


def test_an_answer_over_a_link_that_stands_is_no_doubt():
    made, _ = doubts()
    made.answered(1, "a")
    assert not arises(made, "a")


def test_the_last_answers_of_a_lost_link_are_in_doubt_once_and_for_a_while():
    made, hand = doubts()
    made.answered(1, "old")
    hand.now = UNSURE + 1
    made.answered(1, "a")
    made.answered(1, "b")
    made.lost(1)
    assert not arises(made, "old")
    assert arises(made, "a")
    made.opened(2)
    made.answered(2, "a")
    assert not arises(made, "a")
    hand.now += EXPECTED.total_seconds() + 1
    assert not arises(made, "b")


def test_an_answer_for_a_link_that_is_gone_already_is_in_doubt():
    made, _ = doubts()
    made.lost(1)
    made.answered(1, "a")
    assert arises(made, "a")


def test_what_is_still_worked_on_may_be_repeated():
    made, _ = doubts()
    with made.working("a") as first, made.working("a") as second:
        assert (first, second) == (False, True)
        assert not arises(made, "b")
    made.answered(1, "a")
    assert not arises(made, "a")
