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

_CLOCKS = (
    "telponi.emergency_offer=8s,gareng_mesem.pickup_offer=8s,destana.acknowledge=15s,notifier.second_channel=15s"
)
_STEPS = ("other_channel", "next_on_roster", "superior", "commander")
_HOME = "KENTONGAN_CHAOS_HOME"


def chain(name: str, *seconds: int) -> str:
    """Clocks of the steps that follow when people stay silent, the last one gives up."""
    words = (*_STEPS[: len(seconds) - 1], "gives_up")
    return ",".join(f"notifier.{name}_{word}={after}s" for word, after in zip(words, seconds, strict=True))


LATER = chain("incident", *[3600] * 4, 7200)
"""The silent are left alone: the chain of incidents begins when the trial is over."""


def prepared(kind: type[Stack], folder: Path, incidents: str = LATER) -> Stack:
    """One that does not run yet, without any state, with this chain for incidents. Skips where Java is absent."""
    or_skip(jars.java)
    clocks = ",".join((_CLOCKS, chain("silent", *[3600] * 3, 7200), incidents))
    base = int(os.environ.get("KENTONGAN_CHAOS_PORT_BASE") or for_tests.free_hundred())
    one = kind(Home(Path(os.environ.get(_HOME) or folder / "home"), base), folder / "traces.jsonl", clocks)
    one.command("clean")
    return one


@contextmanager
def alone(one: Stack) -> Iterator[Stack]:
    """Let it run until the block ends."""
    with up(one, "down" if _HOME in os.environ else "clean") as running:
        yield running
