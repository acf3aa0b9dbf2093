"""Processes that share one carrier's rate."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.postgres.pool import open_pool
from notifier.adapters.carrier_shares import FRESH, CarrierShares
from notifier.adapters.pacing import Pacer
from notifier.domain.lane import Lane

MIGRATIONS = Path(__file__).parents[2] / "migrations"
NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)


class Paced:
    """A carrier's pace in one process."""

    def __init__(self, name: str = "smpp", rate: float = 100.0) -> None:
        self.name, self.rate = name, rate
        self.lane: Lane | None = None
        self.part = rate

    def demand(self) -> Lane | None:
        return self.lane

    def take_part(self, rate: float) -> None:
        self.part = rate


@pytest.fixture
async def pool(database):
    own = await database("notifier", MIGRATIONS)
    opened = await open_pool(own.url, password=own.password, name="shares", size=2)
    yield opened
    await opened.close()


@pytest.mark.integration
async def test_they_settle_on_parts_that_are_the_rate_together_and_forget_who_is_gone(pool):
    life, routine, free = Paced(), Paced(), Paced("free", 0)
    first, second = CarrierShares(pool, [life, free], "first"), CarrierShares(pool, [routine], "second")
    routine.lane = Lane.ROUTINE
    for _ in range(2):
        await second.settle(NOW)
        await first.settle(NOW)
    assert (routine.part, life.part) == (pytest.approx(95), pytest.approx(5))
    life.lane = Lane.LIFE_SAFETY
    await first.settle(NOW + timedelta(seconds=1))
    await second.settle(NOW + timedelta(seconds=1))
    assert life.part + routine.part == pytest.approx(100)
    assert life.part > 8 * routine.part - 1
    await second.settle(NOW + 3 * FRESH)
    assert routine.part == pytest.approx(100), "the first says nothing any more"


async def test_a_pacer_tells_what_it_has_and_keeps_to_a_new_rate():
    pacer = Pacer(100)
    assert pacer.demand() is None
    await pacer.take(Lane.ROUTINE, 10)
    waiting = asyncio.create_task(pacer.take(Lane.URGENT, 1))
    await asyncio.sleep(0)
    assert pacer.demand() is Lane.URGENT
    pacer.change(5)
    assert pacer.wait(Lane.ROUTINE) >= 0.2
    await asyncio.wait_for(waiting, 2)
    assert pacer.demand() is None
