"""What comes for several: together where it comes in time."""

import asyncio

from notifier.application.coming import PATIENCE, Coming


async def given(coming: Coming[str]) -> list[list[tuple[int, str]]]:
    groups = []
    while (some := await coming.more()) is not None:
        groups.append(some)
    return [group for group in groups if group]


async def test_what_comes_in_time_comes_together() -> None:
    coming: Coming[str] = Coming(3)
    reading = asyncio.create_task(given(coming))
    for place in (2, 0, 1):
        await asyncio.sleep(0)
        coming.put(place, f"of {place}")
    assert await reading == [[(2, "of 2"), (0, "of 0"), (1, "of 1")]]


async def test_what_is_late_holds_up_only_itself() -> None:
    coming: Coming[str] = Coming(4)
    coming.put(0, "soon")
    assert await coming.more() == [(0, "soon")]
    waiting = asyncio.ensure_future(coming.more())
    await asyncio.sleep(2 * PATIENCE)
    assert not waiting.done()
    coming.put(3, "late")
    coming.put(1, "with it")
    assert await waiting == [(3, "late"), (1, "with it")]
    coming.put(2, "last")
    assert await coming.more() == [(2, "last")]
    assert await coming.more() is None


async def test_the_first_group_is_there_in_time_though_nothing_came() -> None:
    coming: Coming[str] = Coming(1)
    assert await coming.more() == []
    coming.put(0, "late")
    assert await coming.more() == [(0, "late")]


async def test_of_none_there_is_no_group() -> None:
    assert await given(Coming(0)) == []


async def test_what_was_there_before_anybody_asked_is_given_at_once() -> None:
    coming: Coming[str] = Coming(2)
    coming.put(0, "a")
    coming.put(1, "b")
    assert await given(coming) == [[(0, "a"), (1, "b")]]
    alone: Coming[str] = Coming(1)
    alone.put(0, "only")
    assert await alone.only() == "only"
