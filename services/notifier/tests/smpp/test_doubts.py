from notifier.adapters.smpp.doubts import EXPECTED, PATIENCE, UNSURE, Doubts


class Hand:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def doubts() -> tuple[Doubts, Hand]:
    hand = Hand()
    made = Doubts(hand)
    made.opened(1)
    return made, hand


def test_an_answer_over_a_link_that_stands_is_no_doubt():
    made, _ = doubts()
    made.answered(1, "a")
    assert not made.arises("a")


def test_the_last_answers_of_a_lost_link_are_in_doubt_once_and_for_a_while():
    made, hand = doubts()
    made.answered(1, "old")
    hand.now = UNSURE + 1
    made.answered(1, "a")
    made.answered(1, "b")
    made.lost(1)
    assert not made.arises("old")
    assert made.arises("a")
    made.opened(2)
    made.answered(2, "a")
    assert not made.arises("a")
    hand.now += EXPECTED + 1
    assert not made.arises("b")


def test_an_answer_for_a_link_that_is_gone_already_is_in_doubt():
    made, _ = doubts()
    made.lost(1)
    made.answered(1, "a")
    assert made.arises("a")


def test_an_answer_that_took_longer_than_a_centre_waits_is_in_doubt():
    made, _ = doubts()
    made.answered(1, "a", took=PATIENCE + 1)
    assert made.arises("a")
    made.answered(1, "a", took=0.1)
    assert not made.arises("a")
