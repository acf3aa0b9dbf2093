"""What could not be understood is kept for a while, and then forgotten a page at a time."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from plans import NOW, REGION, Desk, desk
from prometheus_client import REGISTRY

from notifier.adapters import quarantine
from notifier.adapters.quarantine import Leaving

pytestmark = pytest.mark.integration
KEEP = timedelta(days=30)


@pytest.fixture
async def planner(database: Any) -> AsyncIterator[Desk]:
    made = await desk(database)
    yield made
    await made.pool.close()


async def came(planner: Desk, count: int, age: timedelta) -> None:
    await planner.pool.execute(
        "insert into quarantine(id, carrier, reason, detail, sealed, at)"
        " select gen_random_uuid(), 'smpp', 'bad_header', '', $2, $3 from generate_series(1, $1)",
        count,
        os.urandom(40),
        NOW - age,
    )


def forgotten() -> float:
    return REGISTRY.get_sample_value("notifier_quarantine_forgotten_total") or 0.0


async def test_what_is_older_is_forgotten_page_by_page_and_the_rest_stays(
    planner: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarantine, "FORGOTTEN_A_TURN", 10)
    await came(planner, 25, KEEP + timedelta(seconds=1))
    await came(planner, 3, KEEP - timedelta(seconds=1))
    before, leaving = forgotten(), Leaving(planner.pool, KEEP)
    assert [await leaving.turn(NOW) for _ in range(3)] == [True, True, False]
    assert await planner.pool.fetchval("select count(*) from quarantine") == 3
    assert forgotten() - before == 25


async def test_it_looks_once_an_hour_where_nothing_waits(planner: Desk) -> None:
    leaving = Leaving(planner.pool, KEEP)
    assert not await leaving.turn(NOW)
    await came(planner, 1, KEEP + timedelta(hours=2))
    assert not await leaving.turn(NOW + timedelta(minutes=59))
    assert await planner.pool.fetchval("select count(*) from quarantine") == 1
    await leaving.turn(NOW + timedelta(hours=1))
    assert await planner.pool.fetchval("select count(*) from quarantine") == 0


def test_the_region_says_how_long() -> None:
    assert REGION.clock("notifier.quarantine_keep") == KEEP
