"""Waiting for a word, but not for ever."""

import asyncio


async def heard(event: asyncio.Event, seconds: float) -> bool:
    """Wait until the event is set, `seconds` at most; say whether it is.

    Not asyncio.wait_for: until Python 3.12 it takes a cancellation that comes together with the word for none
    (python/cpython#86296), and whoever stops the worker waits in vain. It also costs a task for each wait.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
    return event.is_set()
