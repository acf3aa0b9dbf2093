"""Copies whose time has come: what waited is lined up again, what nobody confirmed goes the other way too."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.postgres.pool import Connection, Pool
from notifier.adapters.lining_up import move
from notifier.adapters.tried import BIT
from notifier.domain.channel import other
from notifier.domain.delivery import State
from notifier.domain.lane import Lane, channel_of, lane_of, queue_of

DUE_A_TURN = 500
UNCONFIRMED = "unconfirmed"  # why a delivery goes the other way though a carrier took it

# In the order of the index that holds only what is due: the planner's other way is to read the whole queue.
_NEXT_DUE = "select due from delivery where queue = $1 and due is not null order by queue, due limit 1"
_DUE = "select seq, state, alert, contact from delivery where queue = $1 and due <= $2 order by due limit $3"
_SETTLE = (
    "update delivery set due = null where queue = $1 and seq = any($2::bigint[]) and state = any($3::smallint[])"
)


class Due(NamedTuple):
    """What was due. `again`: some go the same way; `silent`: (seq, alert, contact) of those that go the other too."""

    rows: int
    again: bool
    silent: Sequence[tuple[int, UUID, UUID]]


async def something_due(pool: Pool, queue: int, now: datetime) -> bool:
    """Whether the time of a copy of the queue has come."""
    due: datetime | None = await pool.fetchval(_NEXT_DUE, queue)
    return due is not None and due <= now


async def go_on(connection: Connection, queue: int, now: datetime) -> Due:
    """Move what is due, inside the caller's transaction."""
    rows = await connection.fetch(_DUE, queue, now, DUE_A_TURN)
    waiting = [row["seq"] for row in rows if row["state"] == State.WAITING]
    if waiting:
        await move(connection, queue, queue, waiting, states=(State.WAITING,), at=now, reason="")
    silent: list[tuple[int, UUID, UUID]] = []
    if lane_of(queue) is Lane.LIFE_SAFETY:  # nobody said that it arrived, so the other channel is used as well
        silent = [(row["seq"], row["alert"], row["contact"]) for row in rows if row["state"] == State.SENT]
    if silent:
        channel = channel_of(queue)
        await move(
            connection,
            queue,
            queue_of(lane_of(queue), other(channel)),
            [one[0] for one in silent],
            states=(State.SENT,),
            at=now,
            reason=UNCONFIRMED,
            tried=BIT[channel],
        )
    await connection.execute(_SETTLE, queue, [row["seq"] for row in rows], [*range(State.WAITING)])
    return Due(len(rows), bool(waiting), silent)
