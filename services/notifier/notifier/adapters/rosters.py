"""Duty rosters as they are stored: who stands by, whose duty is to change, what operators see. Nothing is locked."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.postgres.pool import Pool
from notifier.adapters.contact_tables import SHIFTS
from notifier.adapters.pages import read_token, token_of
from notifier.adapters.vault import Vault
from notifier.domain.audience import DUTY_ROLES, surroundings
from notifier.domain.contact import Grant
from notifier.domain.roster import Holder, Shift, standing_by

KEPT = timedelta(days=400)
_COLUMNS = ", ".join(f"s.{column}" for column in ("id", "version", *SHIFTS.columns))
_COVERING = (
    f"select {_COLUMNS} from roster_shift s where duty = any($1::text[])"  # noqa: S608 - the table's own columns
    " and not removed and begins <= $2 and ends > $2"
)
_HOLDERS = "select id, held, available from contact where held && $1::text[]"
_CHANGES = """
with covered as (
  select s.duty, array_agg(s.contact) as standing from roster_shift s
  join contact c on c.id = s.contact and c.held @> array[s.duty]
  where not s.removed and s.begins <= $1 and s.ends > $1 group by s.duty),
said as (
  select c.id, c.on_duty, c.available, c.rostered, coalesce(bool_or(v.duty is not null), false) as decided,
    bool_or(case when v.duty is not null then c.id = any(v.standing)
      when split_part(g.duty, '@', 1) = any($2::text[]) then c.available end) as duty
  from contact c left join lateral unnest(c.held) as g(duty) on true left join covered v on v.duty = g.duty
  where c.rostered or c.held && array(select duty from covered)
  group by c.id)
select id, case when decided then duty end from said
where rostered <> decided or on_duty <> case when decided then duty else available end
order by id limit $3
"""
_SHOWN = (
    f"select {_COLUMNS}, c.name_sealed, c.phone_sealed from roster_shift s join contact c on c.id = s.contact"  # noqa: S608 - as above
    " where not s.removed and ($1 = '' or split_part(s.duty, '@', 1) = $1)"
    " and ($2 = '' or split_part(s.duty, '@', 2) = $2) and s.ends > $3"
    " and ($4::timestamptz is null or (s.begins, s.id) > ($4, $5::uuid)) order by s.begins, s.id limit $6"
)
_NEXT = (
    f"select {_COLUMNS}, c.name_sealed, c.phone_sealed from roster_shift s join contact c on c.id = s.contact"  # noqa: S608 - as above
    " where not s.removed and s.duty = any($1::text[]) and s.begins > $2 order by s.begins, s.turn, s.id limit $3"
)
_SWEEP = "delete from roster_shift where removed or ends < $1"


Named = tuple[Shift, str, str]
"""A shift, and name and phone of whose it is."""


async def order(connection_or_pool: Any, role: str, place: str, now: datetime) -> list[UUID]:
    """The contacts who stand by in a role serving a place at a moment, in the order in which they are asked.

    The place's own people come before those of the places around it. Where shifts cover the moment, they decide; else
    whoever holds the role and is not off duty.
    """
    duties = _duties(role, place)
    keys = list(map(str, duties))
    shifts = [SHIFTS.hydrate(row) for row in await connection_or_pool.fetch(_COVERING, keys, now)]
    holders = {
        id_: Holder(id_, frozenset(map(Grant.read, held)), available)
        for id_, held, available in await connection_or_pool.fetch(_HOLDERS, keys)
    }
    return standing_by(duties, shifts, holders, now)


class Rosters:
    """What the roster's pass and operators read."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault

    async def order(self, role: str, place: str, now: datetime) -> list[UUID]:
        """As the function of this name."""
        return await order(self._pool, role, place, now)

    async def changes(self, now: datetime, limit: int) -> list[tuple[UUID, bool | None]]:
        """Contacts whose duty is not as the rosters say, and what they say; None: nothing any more."""
        return [tuple(row) for row in await self._pool.fetch(_CHANGES, now, sorted(DUTY_ROLES), limit)]

    async def until(self, role: str, place: str, now: datetime) -> dict[UUID, datetime]:
        """How long those who stand by now by a roster do so."""
        rows = await self._pool.fetch(_COVERING, list(map(str, _duties(role, place))), now)
        return {shift.contact: shift.ends for shift in map(SHIFTS.hydrate, rows)}

    async def page(self, role: str, place: str, since: datetime, token: str, limit: int) -> tuple[list[Named], str]:
        """Shifts that end after a moment, in the order of their begins, and where the next page begins.

        Raises Reject for a token that is none.
        """
        found = self._shown(await self._pool.fetch(_SHOWN, role, place, since, *read_token(token), limit))
        last = found[-1][0] if len(found) == limit else None
        return found, token_of(last.begins, last.id) if last else ""

    async def coming(self, role: str, place: str, now: datetime, limit: int) -> list[Named]:
        """The shifts that begin next."""
        return self._shown(await self._pool.fetch(_NEXT, list(map(str, _duties(role, place))), now, limit))

    async def sweep(self, now: datetime) -> None:
        """Forget what was removed, and what is long over."""
        await self._pool.execute(_SWEEP, now - KEPT)

    def _shown(self, rows: Any) -> list[Named]:
        found = [(SHIFTS.hydrate(row), name, phone) for *row, name, phone in rows]
        return [
            (s, self._vault.show(name, s.contact), self._vault.show(phone, s.contact)) for s, name, phone in found
        ]


def _duties(role: str, place: str) -> list[Grant]:
    return [Grant(role, around) for around in surroundings(place)]
