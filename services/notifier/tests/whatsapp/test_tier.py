import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.testing.postgres import Databases
from notifier.adapters.whatsapp import tier

MIGRATIONS = Path(__file__).parents[2] / "migrations"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "people"),
    [("TIER_50", 50), ("TIER_250", 250), ("TIER_2K", 2000), ("TIER_100K", 100_000), (1000, 1000), ("1000", 1000),
     ("TIER_UNLIMITED", tier.UNLIMITED), ("TIER_NOT_SET", None), ("", None), (None, None), (True, None), ([], None),
     ("TIER_999999999K", tier.UNLIMITED), (-5, None)],
)  # fmt: skip
def test_a_tier_is_read_as_the_account_writes_it(text: object, people: int | None) -> None:
    assert tier.people_of(text) == people


@pytest.fixture
async def pool(database: Databases):
    own = await database("notifier", MIGRATIONS)
    async with asyncpg.create_pool(own.dsn, min_size=1, max_size=8) as pool:
        yield pool


def people(count: int) -> list[UUID]:
    return [uuid4() for _ in range(count)]


@pytest.mark.integration
async def test_places_are_given_in_order_until_the_tier_is_used_and_known_people_are_free(pool) -> None:
    await tier.assume(pool, 5)
    first, more = people(3), people(4)
    assert await tier.left(pool, NOW) == 5
    assert await tier.reserve(pool, [], NOW) == set()
    assert await tier.reserve(pool, [*first, first[0]], NOW) == set(first)
    assert await tier.left(pool, NOW) == 2
    assert await tier.reserve(pool, [*more, *first], NOW) == {*first, *more[:2]}
    assert await tier.left(pool, NOW) == 0
    assert await tier.reserve(pool, first, NOW) == set(first)


@pytest.mark.integration
async def test_a_day_after_the_last_template_the_place_is_free_again(pool) -> None:
    await tier.assume(pool, 2)
    early, late, new = people(3)
    await tier.reserve(pool, [early, late], NOW)
    await tier.reserve(pool, [late], NOW + 10 * HOUR)
    assert await tier.left(pool, NOW + 24 * HOUR - timedelta(seconds=1)) == 0
    assert await tier.left(pool, NOW + 24 * HOUR) == 1
    assert await tier.reserve(pool, [new, early], NOW + 24 * HOUR) == {new}
    assert await tier.left(pool, NOW + 34 * HOUR) == 1
    assert await tier.left(pool, NOW + 48 * HOUR) == 2


@pytest.mark.integration
async def test_routine_leaves_places_to_warnings(pool) -> None:
    await tier.assume(pool, 10)
    assert len(await tier.reserve(pool, people(20), NOW, spare=4)) == 6
    assert await tier.reserve(pool, people(1), NOW, spare=4) == set()
    assert len(await tier.reserve(pool, people(20), NOW)) == 4


@pytest.mark.integration
async def test_planners_at_the_same_time_never_pass_the_tier(pool) -> None:
    await tier.assume(pool, 100)
    shared = people(30)
    got = await asyncio.gather(*[tier.reserve(pool, shared + people(10), NOW) for _ in range(16)])
    assert len(set().union(*got)) == 100
    assert all(set(shared) <= one for one in got)
    assert await pool.fetchval("select counted from whatsapp_account") == 100
    assert await pool.fetchval("select count(*) from whatsapp_person") == 100


@pytest.mark.integration
async def test_a_planner_that_fails_gives_its_places_back(pool) -> None:
    await tier.assume(pool, 10)
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        assert len(await tier.reserve(connection, people(10), NOW)) == 10
        await transaction.rollback()
    assert await tier.left(pool, NOW) == 10


@pytest.mark.integration
async def test_who_was_spoken_to_without_a_place_counts_whatever_the_tier(pool) -> None:
    await tier.assume(pool, 2)
    known, *others = people(4)
    await tier.reserve(pool, [known], NOW)
    await tier.note(pool, [known, *others, others[0]], NOW + HOUR)
    assert await pool.fetchval("select counted from whatsapp_account") == 4
    assert await tier.left(pool, NOW + HOUR) == 0
    assert await tier.reserve(pool, others, NOW + HOUR) == set(others)
    assert await tier.left(pool, NOW + 24 * HOUR) == 0, "the last template counts"
    assert await tier.left(pool, NOW + 25 * HOUR) == 2


@pytest.mark.integration
async def test_planners_and_lanes_at_the_same_time_keep_one_count(pool) -> None:
    await tier.assume(pool, 1000)
    shared = people(20)
    told = [tier.note(pool, [*shared[::-1], *people(5)], NOW) for _ in range(8)]
    wanted = [tier.reserve(pool, [*shared, *people(5)], NOW) for _ in range(8)]
    await asyncio.gather(*told, *wanted)
    assert await pool.fetchval("select count(*) from whatsapp_person") == 20 + 16 * 5
    assert await pool.fetchval("select counted from whatsapp_account") == 20 + 16 * 5


@pytest.mark.integration
async def test_what_the_account_tells_wins_over_the_setting_and_may_shrink(pool) -> None:
    await tier.assume(pool, 250)
    await tier.told(pool, 2000)
    await tier.assume(pool, 250)
    assert await tier.left(pool, NOW) == 2000
    await tier.reserve(pool, people(300), NOW)
    await tier.told(pool, 250)
    assert await tier.left(pool, NOW) == 0
    assert await tier.reserve(pool, people(5), NOW) == set()
    await tier.told(pool, tier.UNLIMITED)
    assert len(await tier.reserve(pool, people(5), NOW)) == 5
