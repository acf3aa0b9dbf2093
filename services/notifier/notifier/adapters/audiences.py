"""Who is in an audience: all of a small one at once, a big one a range of ids at a time.

A first look asks for one person more than fit into a page: a village or a duty roster is found whole, by its keys.
What is more is walked in the order of ids, RANGE contacts at a time, whoever they are: within a range PostgreSQL
joins the index of ids with those of keys, so that each page costs the same whether it is everybody of the regency or
every tenth. By keys alone each page would read all that follow; by ids alone a rare key would read everybody.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from chassis.postgres.pool import Connection
from notifier.domain.audience import Audience, Keys
from notifier.domain.channel import Channel, reachable_by

RANGE = 50_000
FIRST = 500
"""People of the first page of a big audience: nothing is sent before its page is committed."""
_CHANNELS = {channel.value: channel for channel in Channel}  # a look-up, for Channel(...) takes ten times as long

PERSON = "c.id, c.held, c.preferred, c.phone_hash is not null, c.whatsapp_hash is not null"
"""What `person` reads."""

BEFORE_ALL = "'00000000-0000-0000-0000-000000000000'::uuid"
"""Before all ids: `id > coalesce($1, BEFORE_ALL)` is a look into the index also in a plan for any values."""

_PEOPLE = "people_of($1::text[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6"
_FEW = f"select * from {_PEOPLE}, null, null, $7, false)"  # noqa: S608 - the constant above
_END = f"select id from contact where id > coalesce($1::uuid, {BEFORE_ALL}) order by id offset $2 limit 1"  # noqa: S608 - as above
_RANGE = f"select * from {_PEOPLE}, $7, $8, $9, true)"  # noqa: S608 - as above
_ANYBODY = f"select exists(select from {_PEOPLE}, null, null, 1, false))"  # noqa: S608 - as above
_NAMED = f"select {PERSON} from contact c where c.id = any($1::uuid[]) order by c.id"  # noqa: S608 - as above


class Person(NamedTuple):
    """Somebody to be told."""

    id: UUID
    held: Sequence[str]
    preferred: Channel
    reachable: frozenset[Channel]


class Found(NamedTuple):
    """A page. `cursor` is where the next begins; None when this was the last."""

    people: list[Person]
    cursor: UUID | None


def person(row: Any) -> Person:
    """Read a row that begins with the columns `PERSON`."""
    return Person(row[0], row[1], _CHANNELS[row[2]], reachable_by(phone=row[3], whatsapp=row[4]))


async def named(connection: Connection, contacts: Sequence[UUID]) -> list[Person]:
    """Those of the contacts that there are, by id."""
    return [person(row) for row in await connection.fetch(_NAMED, contacts)]


async def anybody(connection: Connection, audience: Audience, keys: Keys, *, routine: bool) -> bool:
    """Whether somebody is in the audience. For routine those who opted out are not."""
    found: bool = await connection.fetchval(_ANYBODY, *_arguments(audience, keys, routine=routine))
    return found


async def page_of(
    connection: Connection, audience: Audience, keys: Keys, after: UUID | None, limit: int, *, routine: bool
) -> Found:
    """The people after a contact, by id, `limit` at most; may be fewer, or none, although more follow."""
    who = _arguments(audience, keys, routine=routine)
    if after is None:
        few = await connection.fetch(_FEW, *who, limit + 1)
        if len(few) <= limit:
            return Found(sorted(map(person, few)), None)
        limit = min(limit, FIRST)
    end = await connection.fetchval(_END, after, max(RANGE, limit) - 1)
    rows = await connection.fetch(_RANGE, *who, after, end, limit)
    return Found([person(row) for row in rows], rows[-1][0] if len(rows) == limit else end)


def _arguments(audience: Audience, keys: Keys, *, routine: bool) -> tuple[object, ...]:
    given = (keys.held, keys.inside, keys.held_duty, keys.inside_duty)
    return (*map(list, given), list(audience.contacts), routine)
