"""Counts what people get in a day, and keeps what is over a person's budget for the digest."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from chassis.postgres.pool import Connection, Pool, affected
from chassis.postgres.writing import Writing
from notifier.domain.attention import Attention
from notifier.domain.lane import Lane

KEPT = timedelta(days=2)
"""How long counts are kept: the longest day of any zone."""

FORGOTTEN_A_TURN = 10_000

# In the order of contacts: lanes have rows of their own, and two pages of one lane are never planned at once.
_COUNT = (
    "insert into attention(contact, day, lane, taken) select contact, $3, $4, n"
    " from unnest($1::uuid[], $2::int[]) as given(contact, n) order by contact"
    " on conflict (contact, day, lane) do update set taken = attention.taken + excluded.taken"
)
_TAKEN = (
    "select contact, sum(taken)::int from attention where contact = any($1::uuid[]) and day = $2 group by contact"
)
_KEEP = (
    "insert into digest_item(contact, alert, at) select contact, alert, $3"
    " from unnest($1::uuid[], $2::uuid[]) as given(contact, alert) on conflict do nothing"
)
_FORGET = "delete from attention where ctid = any(array(select ctid from attention where day < $1 limit $2))"


def count(writing: Writing, lane: Lane, people: Sequence[UUID], day: date) -> None:
    """Count a message for each of the people (who may be there several times)."""
    new = Counter(people)
    who = sorted(new)
    writing.add(_COUNT, who, [new[one] for one in who], day, lane)


async def taken(connection: Connection, people: Sequence[UUID], day: date) -> Counter[UUID]:
    """Give what each of the people got on the day, of all lanes."""
    return Counter({row[0]: row[1] for row in await connection.fetch(_TAKEN, people, day)})


def keep(writing: Writing, copies: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Remember copies (contact, alert) for the digest."""
    writing.add(_KEEP, *zip(*copies, strict=True), now)


class Forgetting:
    """Forgets counts of days that are over, once a day and with every start."""

    def __init__(self, pool: Pool, rules: Attention | None) -> None:
        self._pool, self._rules, self._done = pool, rules, date.min

    async def turn(self, now: datetime) -> bool:
        """Forget some; gives whether there may be more."""
        if self._rules is None or (today := self._rules.day(now)) == self._done:
            return False
        done = await self._pool.execute(_FORGET, today - KEPT, FORGOTTEN_A_TURN)
        if affected(done) == FORGOTTEN_A_TURN:
            return True
        self._done = today
        return False
