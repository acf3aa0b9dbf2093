"""Waiting in tests for what has no event, because it is read from outside."""

import asyncio
import time
from collections.abc import Awaitable, Callable


async def until(
    true: Callable[[], Awaitable[bool] | bool],
    seconds: float = 10,
    what: str | Callable[[], str] = "it",
    *,
    every: float = 0.02,
) -> None:
    """Wait until a condition holds, asking again after `every` seconds. Raises TimeoutError(what)."""
    give_up = time.monotonic() + seconds
    while True:
        answer = true()
        if answer if isinstance(answer, bool) else await answer:
            return
        if time.monotonic() > give_up:
            raise TimeoutError(f"{what if isinstance(what, str) else what()} did not happen within {seconds} s")
        await asyncio.sleep(every)
