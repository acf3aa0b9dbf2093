"""All answers of several messages."""

from collections.abc import AsyncIterator
from typing import TypeVar

T = TypeVar("T")


async def answered(groups: AsyncIterator[list[tuple[int, T]]]) -> list[T]:
    """Wait for all of them; in the order of their messages, each once."""
    found = [one async for some in groups for one in some]
    places = dict(found)
    assert sorted(places) == list(range(len(found)))
    return [places[place] for place in sorted(places)]


async def tries(groups: AsyncIterator[list[T]]) -> list[T]:
    """Wait for all of them, as they come."""
    return [one async for some in groups for one in some]
