"""A look that takes long is not taken often."""

from notifier.application.sparing import SHARE, pause


def test_looks_take_a_small_share_of_the_time() -> None:
    assert pause(0.001, 5.0) == 5.0
    assert pause(1.0, 5.0) == SHARE
    assert 1.0 / (1.0 + pause(1.0, 0.0)) < 0.02
