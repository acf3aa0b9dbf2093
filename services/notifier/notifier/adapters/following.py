"""Who got an alert, or did not get it yet: the audience of its update and of the word that it is over."""

from typing import Any, NamedTuple
from uuid import UUID

from chassis.postgres.pool import Connection
from notifier.adapters.audiences import BEFORE_ALL, PERSON, Person, person
from notifier.domain.alert import SUPERSEDED, Tells
from notifier.domain.delivery import State

GOT = frozenset({State.SENT, State.DELIVERED, State.READ, State.UNCLEAR})
"""It is, or may be, on the phone."""

_CALLED_OFF = frozenset({"cancelled", SUPERSEDED})
# Taken by a carrier before: it was to go the other way too when it was called off. Of twins each tells of itself.
_PAGE = f"""
select {PERSON}, d.state, d.reason, c.opted_out,
  d.state <> 5 and d.tried <> 3
    and exists (select from carrier_message m where m.alert = d.alert and m.contact = d.contact),
  exists (select from delivery mine where mine.alert = $2 and mine.contact = d.contact)
from person_delivery d join contact c on c.id = d.contact
where d.alert = $1 and d.contact > coalesce($3::uuid, {BEFORE_ALL}) order by d.contact limit $4
"""  # noqa: S608 - names of columns
_CALLING_OFF = "select exists(select from alert where id = any($1::uuid[]) and state = 'cancelling')"


class Followed(NamedTuple):
    """A page of people. `cursor` is the last one looked at; None when this was the last page."""

    people: list[Person]
    cursor: UUID | None


async def being_called_off(connection: Connection, follows: tuple[UUID, ...]) -> bool:
    """Whether copies of these alerts may still be on their way: who got them is not known before they are not."""
    found: bool = await connection.fetchval(_CALLING_OFF, follows)
    return found


async def followed(
    connection: Connection,
    tells: Tells,
    alert: UUID,
    follower: UUID,
    after: UUID | None,
    limit: int,
    *,
    routine: bool,
) -> Followed:
    """The next recipients of `alert` that `follower` tells, and that it did not tell yet."""
    rows = await connection.fetch(_PAGE, alert, follower, after, limit)
    people = [person(row) for row in rows if _concerns(tells, row, routine=routine)]
    return Followed(people, rows[-1][0] if len(rows) == limit else None)


def _concerns(tells: Tells, row: Any, *, routine: bool) -> bool:
    *_, state, reason, opted_out, taken, told = row
    if told or (routine and opted_out):
        return False
    if state in GOT or taken:
        return True
    unsent = state != State.FAILED and (state != State.DROPPED or reason in _CALLED_OFF)
    return tells is Tells.UPDATE and unsent
