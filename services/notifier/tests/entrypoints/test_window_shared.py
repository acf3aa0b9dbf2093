"""How a lane's window is shared among its workers."""

import pytest

from notifier.entrypoints.walking import Shape


@pytest.mark.parametrize("window", [1, 2, 3, 10, 49, 50, 51, 1000])
def test_the_batches_of_all_workers_are_the_window(window: int) -> None:
    """No slot is left out, and no more than the window may be under way: not even with fewer slots than workers."""
    batches = Shape(window).batches
    assert sum(batches) == window
    assert min(batches) > 0
    assert max(batches) - min(batches) <= 1
