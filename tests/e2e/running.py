"""A stack that runs, as the stories see it."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from stack import for_tests
from stack.errors import StackError
from stack.home import Home

CLOCKS = "telponi.emergency_offer=8s,gareng_mesem.pickup_offer=8s,destana.acknowledge=10s"
"""Long enough to answer in, short enough to be silent through."""


@dataclass(frozen=True, slots=True)
class Running:
    """A stack that runs. `traces` is the file to which all its processes write their spans."""

    home: Home
    traces: Path
    clocks: str = CLOCKS

    @property
    def handset(self) -> str:
        return f"http://{self.home.address('handset')}"

    def environment(self) -> dict[str, str]:
        """What every process of this stack is told besides its own."""
        own = {"KENTONGAN_HOME": str(self.home.root), "KENTONGAN_PORT_BASE": str(self.home.base)}
        own |= {"KENTONGAN_CLOCKS": self.clocks, "KENTONGAN_TRACES": str(self.traces)}
        return own | for_tests.QUICK

    def command(self, verb: str) -> "subprocess.CompletedProcess[str]":
        plain = {name: text for name, text in os.environ.items() if not name.startswith("KENTONGAN_")}
        line = [sys.executable, "-m", "stack", verb]
        told = plain | self.environment()
        return subprocess.run(line, env=told, capture_output=True, text=True, check=False, timeout=300)


Stack = TypeVar("Stack", bound=Running)


def or_skip(needed: Callable[[], object]) -> None:
    """Skip, with the reason, where something that a stack needs is absent."""
    try:
        needed()
    except StackError as problem:
        pytest.skip(str(problem))


@contextmanager
def up(one: Stack, end: str = "clean") -> Iterator[Stack]:
    """Let the stack run until the block ends, then `end` it."""
    try:
        answer = one.command("up")
        assert answer.returncode == 0, answer.stderr
        yield one
    finally:
        one.command(end)
