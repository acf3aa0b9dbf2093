"""A stack that one trial has for itself: it kills whatever it likes.

KENTONGAN_CHAOS_HOME keeps its state after the trial, KENTONGAN_CHAOS_PORT_BASE gives its ports.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.running import Stack, or_skip, up

from stack import for_tests, jars
from stack.home import Home

CLOCKS = "telponi.emergency_offer=8s,gareng_mesem.pickup_offer=8s,destana.acknowledge=15s,notifier.second_channel=15s"
_HOME = "KENTONGAN_CHAOS_HOME"


def prepared(kind: type[Stack], folder: Path) -> Stack:
    """One that does not run yet, without any state. Skips with the reason where Java is absent."""
    or_skip(jars.java)
    base = int(os.environ.get("KENTONGAN_CHAOS_PORT_BASE") or for_tests.free_hundred())
    one = kind(Home(Path(os.environ.get(_HOME) or folder / "home"), base), folder / "traces.jsonl", CLOCKS)
    one.command("clean")
    return one


@contextmanager
def alone(one: Stack) -> Iterator[Stack]:
    """Let it run until the block ends."""
    with up(one, "down" if _HOME in os.environ else "clean") as running:
        yield running
