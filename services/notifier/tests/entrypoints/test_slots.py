"""How a lane's window is shared among its workers."""

import pytest

from notifier.entrypoints.slots import Shape, Slots


@pytest.mark.parametrize("window", [1, 2, 3, 10, 49, 50, 51, 1000])
def test_the_batches_of_all_workers_are_the_window(window: int) -> None:
    """No slot is left out, and no more than the window may be under way: not even with fewer slots than workers."""
    batches = Shape(window).batches
    assert sum(batches) == window
    assert min(batches) > 0
    assert max(batches) - min(batches) <= 1


def test_a_number_given_back_and_claimed_again_at_once_stays_open() -> None:
    """The other worker's claim is heard of before the turn that gave it back."""
    slots, none, all_five = Slots(10), range(0), range(1, 6)
    slots.take(all_five, 0)
    slots.settle(all_five, [1, 2, 3, 4, 5], [])
    slots.take(none, 1)  # gives 3 back
    slots.take(all_five, 0)  # walks again
    assert slots.free == 0
    slots.settle(all_five, [3], [])
    slots.settle(none, [], [3])
    assert (slots.free, slots.lowest) == (5, 1)
    slots.take(none, 4)
    slots.settle(none, [], [1, 2, 4, 5])
    assert (slots.free, slots.lowest) == (9, 3)
    slots.take(none, 1)
    slots.settle(none, [], [3])
    assert (slots.free, slots.lowest, bool(slots)) == (10, None, False)


def test_what_is_claimed_instead_of_what_is_stored_takes_no_more_slots() -> None:
    slots = Slots(4)
    slots.take(range(1, 5), 0)
    assert slots.free == 0
    slots.settle(range(1, 5), [1, 2, 3, 4], [])
    assert slots.free == 0
    slots.take(range(5, 7), 2)
    assert slots.free == 0
    slots.settle(range(5, 7), [5], [1, 2])
    assert (slots.free, slots.lowest) == (1, 3)
