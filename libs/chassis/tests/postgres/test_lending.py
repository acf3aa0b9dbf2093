"""What a pool promises whoever borrows, with connections that only remember what was done to them."""

import asyncio
from unittest.mock import AsyncMock

import asyncpg
import pytest

from chassis.postgres.lending import Lending


class Line:
    """A connection that can be broken."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.closed = self.open_transaction = False

    def is_closed(self) -> bool:
        return self.closed

    def is_in_transaction(self) -> bool:
        return self.open_transaction

    async def execute(self, query: str) -> str:
        if self.closed:
            raise asyncpg.InterfaceError("closed")
        self.said.append(query)
        self.open_transaction = self.open_transaction and query != "rollback"
        return query.upper()

    async def close(self, **_: object) -> None:
        self.said.append("closed in order")
        self.closed = True

    async def reset(self, **_: object) -> None:
        await asyncio.sleep(0)
        if self.closed:
            raise asyncpg.InterfaceError("closed")
        self.said.append("reset")

    def terminate(self) -> None:
        self.said.append("closed at once")
        self.closed = True


class Server:
    """Opens them."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.away = False

    async def connect(self) -> Line:
        await asyncio.sleep(0)
        if self.away:
            raise OSError("nobody listens")
        self.lines.append(Line())
        return self.lines[-1]


async def _breaks(line: Line) -> None:
    line.closed = True
    await asyncio.sleep(60)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def pool(server: Server) -> Lending:
    made = Lending(server.connect, 2)
    await made.fill()
    return made


async def test_all_are_opened_at_first_and_used_again(pool: Lending, server: Server) -> None:
    assert len(server.lines) == 2
    for _ in range(5):
        assert await pool.execute("select") == "SELECT"
    assert len(server.lines) == 2
    assert sum(len(line.said) for line in server.lines) == 5


async def test_a_server_that_is_away_at_first_is_told_and_nothing_stays_open() -> None:
    class Half(Server):
        async def connect(self) -> Line:
            self.away = len(self.lines) == 2
            return await super().connect()

    half = Half()
    with pytest.raises(OSError, match="nobody listens"):
        await Lending(half.connect, 4).fill()
    assert all(line.closed for line in half.lines)
    assert len(half.lines) == 2


async def test_who_finds_none_waits_in_order(pool: Lending) -> None:
    order: list[int] = []

    async def borrow(name: int) -> None:
        async with pool.acquire():
            order.append(name)
            await asyncio.sleep(0.001)

    await asyncio.gather(*[borrow(name) for name in range(8)])
    assert order == list(range(8))


async def test_who_waits_too_long_is_told(pool: Lending) -> None:
    async with pool.acquire(), pool.acquire():
        with pytest.raises(TimeoutError):
            async with pool.acquire(timeout=0.01):
                pass
    async with pool.acquire(timeout=0.01), pool.acquire(timeout=0.01):
        pass


async def test_one_that_came_to_somebody_who_was_stopped_goes_to_the_next(pool: Lending) -> None:
    first, second = pool.acquire(), pool.acquire()
    await first.__aenter__()
    await second.__aenter__()
    waiting = asyncio.create_task(pool.execute("late"))
    await asyncio.sleep(0)
    await first.__aexit__(None, None, None)  # the waiting one has it now, and does not know yet
    waiting.cancel()
    await asyncio.wait([waiting])
    assert waiting.cancelled()
    async with pool.acquire(timeout=0.1):
        pass
    await second.__aexit__(None, None, None)


async def test_a_closed_one_is_replaced(pool: Lending, server: Server) -> None:
    for line in server.lines:
        line.closed = True
    async with pool.acquire() as one, pool.acquire() as other:
        assert one in server.lines[2:]
        assert other in server.lines[2:]
    assert len(server.lines) == 4


async def test_while_the_server_is_away_each_loan_says_so_and_places_are_kept(pool: Lending, server: Server) -> None:
    for line in server.lines:
        line.closed = True
    server.away = True
    for _ in range(5):
        with pytest.raises(OSError, match="nobody listens"):
            await pool.execute("select")
    server.away = False
    async with pool.acquire(timeout=0.1), pool.acquire(timeout=0.1):
        pass


async def test_who_waits_for_a_place_hears_that_the_server_is_away(pool: Lending, server: Server) -> None:
    async with pool.acquire() as one, pool.acquire() as other:
        waiting = asyncio.create_task(pool.execute("select"))
        await asyncio.sleep(0)
        one.closed = other.closed = server.away = True
    with pytest.raises(OSError, match="nobody listens"):
        await asyncio.wait_for(waiting, 1)


async def test_a_transaction_that_was_left_is_rolled_back(pool: Lending, server: Server) -> None:
    async def refuse() -> None:
        async with pool.acquire() as one:
            one.open_transaction = True
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await refuse()
    one = next(line for line in server.lines if line.said)
    assert one.said == ["rollback"]
    assert not one.closed
    assert len(server.lines) == 2


async def test_one_whose_borrower_was_stopped_is_reset_before_it_is_lent_again(pool: Lending, server: Server) -> None:
    async def borrow() -> None:
        async with pool.acquire():
            await asyncio.sleep(60)

    tasks = [asyncio.create_task(borrow()) for _ in range(2)]
    await asyncio.sleep(0.001)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    async with pool.acquire(timeout=1), pool.acquire(timeout=1):
        assert [line.said for line in server.lines] == [["reset"]] * 2


async def test_a_time_limit_inside_a_loan_resets_it_too(pool: Lending) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001), pool.acquire() as one:
            await asyncio.sleep(60)
    await asyncio.sleep(0.001)
    assert one.said == ["reset"]


async def test_one_that_cannot_be_reset_is_replaced(pool: Lending, server: Server) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001), pool.acquire() as one:
            await _breaks(one)
    async with pool.acquire(timeout=1), pool.acquire(timeout=1):
        assert len(server.lines) == 3
    assert one.said == ["closed at once"]


async def test_one_that_cannot_be_rolled_back_is_closed_and_the_work_stands(pool: Lending) -> None:
    async with pool.acquire() as one:
        one.open_transaction = True

        one.execute = AsyncMock(side_effect=asyncpg.InterfaceError("gone"))
    assert one.said == ["closed at once"]


async def test_closing_waits_for_what_is_out_and_refuses_the_rest(pool: Lending, server: Server) -> None:
    async with pool.acquire(), pool.acquire():
        waiting = asyncio.create_task(pool.execute("select"))
        await asyncio.sleep(0)
        closing = asyncio.create_task(pool.close())
        await asyncio.sleep(0.001)
        assert not closing.done()
        with pytest.raises(asyncpg.InterfaceError, match="closed"):
            await waiting
    await asyncio.wait_for(closing, 1)
    assert [line.said for line in server.lines] == [["closed in order"]] * 2
    with pytest.raises(asyncpg.InterfaceError, match="closed"):
        await pool.execute("select")


async def test_closing_one_that_lost_all_does_not_wait(pool: Lending, server: Server) -> None:
    for _ in server.lines[:2]:
        async with pool.acquire() as one:
            one.closed = True
    await asyncio.wait_for(pool.close(), 1)
