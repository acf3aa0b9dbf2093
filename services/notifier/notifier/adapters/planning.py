"""Expands alerts to deliveries, a page at a time: the cursor is committed with each page.

One planner per lane at a time (an advisory lock for the length of the transaction). A crash loses the page that was
not committed and nothing else; the page is then found again. Memory is bounded by the page, whatever the audience.
"""

from datetime import datetime

from chassis.postgres.pool import Pool
from notifier.adapters.beginnings import Beginnings, PlanningRules
from notifier.adapters.planning_turn import Page, Turn
from notifier.adapters.plans import read_plans
from notifier.adapters.templates import Templates
from notifier.domain.lane import Lane

PAGE = 5000


class Planning:
    """Turns of planning on one lane."""

    def __init__(self, pool: Pool, templates: Templates, rules: PlanningRules, page: int = PAGE) -> None:
        self._pool, self._templates, self._rules, self._page = pool, templates, rules, page

    async def turn(self, lane: Lane, now: datetime) -> Page:
        """Plan the alerts that wait, up to one page of people to whom groups lead; commit."""
        async with self._pool.acquire() as connection, connection.transaction():
            found = await read_plans(connection, lane, now)
            if found is None:
                return Page(busy=True)
            plans, more = found
            if not plans:
                return Page()
            beginnings = Beginnings(self._rules, lane, self._pool, connection, now)
            turn = Turn(connection, lane, now, self._templates, beginnings, self._page)
            turn.page.more = more
            return await turn.run(plans)
