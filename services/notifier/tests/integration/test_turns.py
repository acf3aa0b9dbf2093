"""How PostgreSQL goes about a lane's turn."""

from collections.abc import Mapping
from typing import Any

import pytest
from plans import desk

from chassis.postgres.pool import open_pool
from notifier.adapters.turns import SETTINGS, TURN

pytestmark = pytest.mark.integration
ARGUMENTS = ", ".join(["null"] * 23)
QUEUE_WHOLE = "Index Cond: (queue = $1)"


async def read_whole(database: Any, settings: Mapping[str, str]) -> list[str]:
    """The steps of the turn's plan that read a table, or a queue of it, from its first row to its last."""
    pool = await open_pool(database.url, password=database.password, name="a lane", size=1, settings=dict(settings))
    async with pool.acquire() as connection:
        await connection.execute(f"prepare turn as {TURN}")
        plan = [row[0].strip() for row in await connection.fetch(f"explain execute turn({ARGUMENTS})")]
    await pool.close()
    return [step for step in plan if "Seq Scan" in step or step == QUEUE_WHOLE]


async def test_a_turn_planned_on_an_empty_system_reads_no_table_whole(database: Any) -> None:
    """The plan is kept: the first warning fills the tables that it was made for when nothing was in them."""
    planner = await desk(database)
    await planner.pool.execute("vacuum analyze delivery, alert, contact")
    own = planner.database
    assert await read_whole(own, {"plan_cache_mode": "force_generic_plan"}), "as PostgreSQL would by itself"
    assert not await read_whole(own, SETTINGS)
    await planner.pool.close()
