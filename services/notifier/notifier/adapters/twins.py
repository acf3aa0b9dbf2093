"""What is told of people with a copy on each channel, when one of the two reached nobody.

Whoever ends a copy so holds its alert until the commit: of twins that end at the same moment the second sees the
first, and tells that nothing reached the person. The lock is the alert's, taken before any row: twins lie in two
queues, whose owners take rows in orders of their own.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from chassis.postgres.pool import Connection
from notifier.application.ports import Outcome
from notifier.domain.delivery import Next, State
from notifier.domain.twins import UNREACHED, word_of

_LOCK = 0x6E6F7477  # "notw": the first half of the locks of alerts that have twins
_HOLD = "select pg_advisory_xact_lock($1, key) from unnest($2::int[]) key"
_TWINS = (
    "select d.alert, d.contact, d.state, d.reason from unnest($1::uuid[], $2::uuid[]) as given(alert, contact)"
    " join delivery d on d.alert = given.alert and d.contact = given.contact where d.copy <> $3"
)
_UNREACHED = (
    "select d.alert, d.contact from unnest($1::uuid[], $2::uuid[]) as given(alert, contact)"
    " join delivery d on d.alert = given.alert and d.contact = given.contact"
    " group by d.alert, d.contact having bool_and(d.state = any($3::smallint[]))"
)


class Whose(NamedTuple):
    """One person's copies of an alert."""

    alert: UUID
    contact: UUID


async def hold(connection: Connection, alerts: Collection[UUID]) -> None:
    """Hold these alerts until the commit, before any row is locked: all of a transaction at once, in their order."""
    keys = sorted({int.from_bytes(alert.bytes[-4:], signed=True) for alert in alerts})
    await connection.fetch(_HOLD, _LOCK, keys)


async def words_of(connection: Connection, ended: Mapping[Whose, Next], copy: int) -> dict[Whose, Next]:
    """What is told of people whose `copy` ends so; their alerts are held."""
    rows = await connection.fetch(_TWINS, *_columns(ended), copy)
    twins = {Whose(alert, contact): Next(State(state), reason) for alert, contact, state, reason in rows}
    return {whose: word_of(what, twins[whose]) if whose in twins else what for whose, what in ended.items()}


async def unreached(connection: Connection, people: Collection[Whose]) -> set[Whose]:
    """Those of whom every copy has ended and reached nobody; their alerts are held."""
    if not people:
        return set()
    return {Whose(*row) for row in await connection.fetch(_UNREACHED, *_columns(people), UNREACHED)}


def ended_twins(outcomes: Sequence[Outcome]) -> dict[Whose, Next]:
    """Those of the outcomes that end a twin which reached nobody."""
    return {
        Whose(one.claimed.alert, one.claimed.contact): one.next
        for one in outcomes
        if one.next.state in UNREACHED and one.claimed.is_twin
    }


def _columns(people: Collection[Whose]) -> tuple[list[UUID], list[UUID]]:
    return [one.alert for one in people], [one.contact for one in people]
