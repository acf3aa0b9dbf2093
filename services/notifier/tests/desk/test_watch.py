"""Whoever watches is told everything once, and all share one look."""

import asyncio
from uuid import UUID

from notifier.application.desk_views import Standing
from notifier.domain.desk import DeskState
from notifier.entrypoints.desk_watch import DeskWatch, changed
from notifier.entrypoints.shared_look import Pace

A, B = UUID(int=1), UUID(int=2)
WAITS = Standing(A, DeskState.WAITING)
HELD = Standing(A, DeskState.HUMAN, B)
OTHER = Standing(B, DeskState.WAITING)


class Board:
    """Shows one sight after another; the last one stays."""

    def __init__(self, *sights: list[Standing]) -> None:
        self.sights, self.looks = list(sights), 0

    async def open(self, _states):
        self.looks += 1
        return self.sights.pop(0) if len(self.sights) > 1 else self.sights[0]


def test_only_what_stands_otherwise_is_news() -> None:
    assert changed([], [WAITS, OTHER]) == [WAITS, OTHER]
    assert changed([WAITS, OTHER], [HELD, OTHER]) == [HELD]
    assert changed([HELD, OTHER], [OTHER]) == [Standing(A, DeskState.BOT)]
    assert changed([OTHER], [OTHER]) == []


async def test_the_first_answer_tells_all_even_where_nobody_waits() -> None:
    watch = DeskWatch(Board([], [WAITS], [WAITS], [HELD], []), asyncio.Event(), Pace(rest=0.0, slow=0.001))
    told = [news async for news in _first(watch, 4)]
    assert told == [[], [WAITS], [HELD], [Standing(A, DeskState.BOT)]]


async def test_many_watch_by_one_look_which_is_taken_when_something_happened() -> None:
    board, woken = Board([WAITS]), asyncio.Event()
    watch = DeskWatch(board, woken, Pace(rest=0.0, slow=600))
    officers = [_first(watch, 2) for _ in range(50)]
    assert await asyncio.gather(*(one.__anext__() for one in officers)) == [[WAITS]] * 50
    await asyncio.sleep(0.05)
    before = board.looks
    assert before <= 2
    board.sights = [[HELD]]
    woken.set()
    async with asyncio.timeout(20):
        assert await asyncio.gather(*(one.__anext__() for one in officers)) == [[HELD]] * 50
    assert board.looks == before + 1


async def test_the_stream_ends_with_the_life_of_a_token() -> None:
    watch = DeskWatch(Board([WAITS]), asyncio.Event(), Pace(rest=0.0, slow=600))
    async with asyncio.timeout(20):
        assert [news async for news in watch.changes(watch_for=0.2)] == [[WAITS]]


async def _first(watch: DeskWatch, count: int):
    seen = 0
    async for news in watch.changes():
        yield news
        seen += 1
        if seen == count:
            return
