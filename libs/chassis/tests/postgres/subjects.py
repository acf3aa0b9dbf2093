"""The two implementations of the work unit, seen alike by the port's suite."""

from errands import TABLE

from chassis.postgres.boundary import Boundary
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork


class InMemory:
    """The port's subject: the fake."""

    def __init__(self, clock: MovableClock) -> None:
        self.work = MemoryWork(clock, [TABLE])
        self.run = self.work.run

    async def events(self) -> list[str]:
        return [repr(event) for event in self.work.events]

    async def timers(self) -> list[str]:
        return sorted(self.work.timers)


class InDatabase:
    """The port's subject: the boundary on PostgreSQL."""

    def __init__(self, boundary: Boundary) -> None:
        self.boundary = boundary
        self.run = boundary.run

    async def events(self) -> list[str]:
        return [row.value.decode() for row in await self.boundary.outbox.fetch(10_000)]

    async def timers(self) -> list[str]:
        return [row[0] for row in await self.boundary.pool.fetch("select id from timer order by id")]


Subject = InMemory | InDatabase
