"""The queues' numbers: given out under the queue's lock, so that they become visible in order and without gaps."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from chassis.postgres.as_text import BETWEEN, one_text
from chassis.postgres.pool import Connection, affected
from chassis.postgres.writing import Writing
from notifier.domain.delivery import State

_NUMBERS = "update queue set head = head + $2 where queue = $1 returning head"

_INSERT = (
    "insert into delivery(queue, seq, alert, contact, state, tried, reason, copy, at)"
    " select $1, (select head from {taken}) - $2 + n, alert, contact, state, tried, coalesce(reason, ''), copy, $3"
    " from unnest(string_to_array($5, $4)::uuid[], string_to_array($6, $4)::uuid[],"
    " string_to_array($7, $4)::smallint[], string_to_array($8, $4)::smallint[], string_to_array($9, $4),"
    " string_to_array($10, $4)::smallint[])"
    " with ordinality as given(alert, contact, state, tried, reason, copy, n)"
    " on conflict (alert, contact, copy) do nothing"
)

# A message that goes another way, or again, gets a new place at the end of its queue.
_MOVE = (
    "update delivery d set queue = $2, seq = $3 + n, state = 0, due = null, at = $6, reason = $7,"
    " tries = case when $2 = $1 then tries else 0 end,"
    " accepted = case when $2 = $1 then accepted end, tried = tried | $8"
    " from unnest($4::bigint[]) with ordinality as given(seq, n)"
    " where d.queue = $1 and d.seq = given.seq and d.state = any($5::smallint[])"
)


class Line(NamedTuple):
    """A new delivery. `reason`: why it begins another way than expected; `tried`: channels not to be tried.

    `copy` is 1 of the twin that goes by WhatsApp.
    """

    alert: UUID
    contact: UUID
    state: State = State.PLANNED
    tried: int = 0
    reason: str = ""
    copy: int = 0


async def numbers(connection: Connection, queue: int, count: int) -> int:
    """Take `count` numbers; gives the one before the first. Holds the queue's lock until the commit."""
    head: int = await connection.fetchval(_NUMBERS, queue, count)
    return head - count


def line_up(writing: Writing, lines: Mapping[int, Sequence[Line]], at: datetime) -> None:
    """Add each queue's deliveries at its end. The queues are held, in their order, until the commit."""
    for queue in sorted(lines):
        new = lines[queue]
        taken = writing.add(_NUMBERS, queue, len(new))
        columns = [one_text(column) for column in zip(*new, strict=True)]
        writing.add(_INSERT.format(taken=taken), queue, len(new), at, BETWEEN, *columns)


async def move(
    connection: Connection,
    source: int,
    target: int,
    seqs: Sequence[int],
    *,
    states: Sequence[int],
    at: datetime,
    reason: str,
    tried: int = 0,
) -> int:
    """Move deliveries that are in one of `states` to the end of a queue; gives how many were."""
    base = await numbers(connection, target, len(seqs))
    arguments: tuple[Any, ...] = (source, target, base, seqs, states, at, reason, tried)
    return affected(await connection.execute(_MOVE, *arguments))
