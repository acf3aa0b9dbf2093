"""Connections lent and taken back for next to nothing (docs/decisions/0036)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any

import asyncpg

GOODBYE = 10.0  # seconds for a connection to close in order


class Lending:
    """A pool of at most `size` connections that `connect` opens; who finds none waits, first come, first served.

    A connection comes back as it went: what was left open in it is rolled back, and what its borrower was stopped in
    the middle of is cancelled first. One that is closed is gone; the next loan of its place opens another.
    """

    def __init__(self, connect: Callable[[], Awaitable[Any]], size: int) -> None:
        self._connect = connect
        self._idle: list[Any] = []
        self._places = self._size = size  # of connections that are not open
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._closed = False
        self._all_back = asyncio.Event()
        self._resetting: set[asyncio.Task[None]] = set()

    async def fill(self) -> None:
        """Open them all. Raises what `connect` does; then none is open."""
        async with AsyncExitStack() as loans:
            try:
                for _ in range(self._size):  # one after another: a server that is away is asked once
                    await loans.enter_async_context(self.acquire())
            except BaseException:
                self._closed = True
                raise

    def acquire(self, *, timeout: float | None = None) -> "Loan":
        """Lend one, as an asynchronous context manager. Raises TimeoutError when none is free so long."""
        return Loan(self, timeout)

    async def execute(self, query: str, *args: object) -> str:
        """Run on a free connection and give the command tag."""
        async with Loan(self) as connection:
            tag: str = await connection.execute(query, *args)
            return tag

    async def fetch(self, query: str, *args: object) -> list[Any]:
        """Run on a free connection and give all rows."""
        async with Loan(self) as connection:
            rows: list[Any] = await connection.fetch(query, *args)
            return rows

    async def fetchrow(self, query: str, *args: object) -> Any | None:
        """Run on a free connection and give the first row."""
        async with Loan(self) as connection:
            return await connection.fetchrow(query, *args)

    async def fetchval(self, query: str, *args: object) -> Any:
        """Run on a free connection and give the first value of the first row."""
        async with Loan(self) as connection:
            return await connection.fetchval(query, *args)

    async def close(self) -> None:
        """Lend none any more, and close each once it is back."""
        self._closed = True
        while self._waiting:
            if not (waiting := self._waiting.popleft()).done():
                waiting.set_exception(_closed())
        idle, self._idle = self._idle, []
        for connection in idle:
            await self.put(connection)
        if self._places < self._size:
            await self._all_back.wait()

    # --- for the loan

    def at_hand(self) -> Any | None:
        """One that lies there and is open."""
        return self._idle.pop() if self._idle and not self._idle[-1].is_closed() else None

    async def take(self) -> Any:
        """Wait for one, or open one in a free place."""
        if self._closed:
            raise _closed()
        found = None
        if self._idle:
            found = self._idle.pop()
        elif self._places:
            self._places -= 1
        else:
            found = await self._turn()
        if found is not None and not found.is_closed():
            return found
        try:
            return await self._connect()
        except BaseException:
            self._pass_on(None)
            raise

    async def put(self, connection: Any) -> None:
        """Give it to the next, as it was lent."""
        try:
            if not connection.is_closed() and connection.is_in_transaction():
                await connection.execute("rollback")
            if self._closed:
                await connection.close(timeout=GOODBYE)
        except BaseException as error:
            self._lose(connection)
            if isinstance(error, Exception):
                return  # the borrower was through with it
            raise
        self._pass_on(None if connection.is_closed() else connection)

    def put_unfinished(self, connection: Any) -> None:
        """Give it to the next once what it was in the middle of is cancelled; nobody waits for that here."""
        task = asyncio.get_running_loop().create_task(self._reset(connection))
        self._resetting.add(task)
        task.add_done_callback(self._resetting.discard)

    async def _reset(self, connection: Any) -> None:
        try:
            await connection.reset(timeout=GOODBYE)
        except BaseException as error:
            self._lose(connection)
            if isinstance(error, Exception):
                return
            raise
        await self.put(connection)

    def _lose(self, connection: Any) -> None:
        """Nobody knows what state it is in: close it at once."""
        connection.terminate()
        self._pass_on(None)

    def _pass_on(self, connection: Any | None) -> None:
        """To who waits longest; None is the place of one that is gone."""
        while self._waiting:
            if not (waiting := self._waiting.popleft()).done():
                waiting.set_result(connection)
                return
        if connection is None:
            self._places += 1
            if self._closed and self._places == self._size:
                self._all_back.set()
        else:
            self._idle.append(connection)

    async def _turn(self) -> Any | None:
        """Wait for what another gives back."""
        turn: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._pass_on(turn.result())  # it came when nobody wanted it any more
            raise


class Loan:
    """One connection, for the time of an `async with`."""

    __slots__ = ("_connection", "_of", "_timeout")

    def __init__(self, of: Lending, timeout: float | None = None) -> None:
        self._of, self._timeout = of, timeout
        self._connection: Any = None

    async def __aenter__(self) -> Any:
        """Take one."""
        self._connection = self._of.at_hand()
        if self._connection is None:
            async with asyncio.timeout(self._timeout):
                self._connection = await self._of.take()
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give it back."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if error is not None and (isinstance(error, TimeoutError) or not isinstance(error, Exception)):
            self._of.put_unfinished(connection)
        else:
            await self._of.put(connection)


def _closed() -> asyncpg.InterfaceError:
    return asyncpg.InterfaceError("the pool is closed")
