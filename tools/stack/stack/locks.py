"""Exclusive locks on files. The kernel gives them back when their last holder is gone, however it went."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.errors import StackError


def take(path: Path, *, wait: float, busy: str) -> int:
    """Take the lock and give its descriptor. Raises StackError(busy) after `wait` seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    give_up = time.monotonic() + wait
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > give_up:
                os.close(descriptor)
                raise StackError(busy) from None
            time.sleep(0.05)
        else:
            return descriptor


@contextmanager
def held(path: Path, *, wait: float, busy: str) -> Iterator[None]:
    """Hold the lock for a block of code."""
    descriptor = take(path, wait=wait, busy=busy)
    try:
        yield
    finally:
        os.close(descriptor)
