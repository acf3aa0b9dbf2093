"""A word that comes, does not come, or comes together with the end."""

import asyncio

import pytest

from chassis.kernel.hearing import heard


async def test_it_says_whether_the_word_came():
    event = asyncio.Event()
    assert not await heard(event, 0.001)
    asyncio.get_running_loop().call_later(0.001, event.set)
    assert await heard(event, 10)
    assert await heard(event, 0)


@pytest.mark.parametrize("first", ["word", "end"])
async def test_an_end_that_comes_together_with_the_word_is_an_end(first: str):
    event = asyncio.Event()
    waiting = asyncio.create_task(heard(event, 10))
    await asyncio.sleep(0)
    for act in (event.set, waiting.cancel) if first == "word" else (waiting.cancel, event.set):
        act()
    with pytest.raises(asyncio.CancelledError):
        await waiting
