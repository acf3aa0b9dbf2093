"""Keeps several processes within one carrier's rate: each tells what it has, reads the others, takes its part."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from chassis.postgres.pool import Pool
from notifier.adapters.carrier_health import this_process
from notifier.domain.carrier_shares import Demand, share_of
from notifier.domain.lane import Lane

FRESH = timedelta(seconds=5)
"""Words of a process that are older do not count: it is gone."""

_TELL = """
with told as (
  insert into carrier_share(carrier, process, lane, at) select carrier, $1, lane, $2
  from unnest($3::text[], $4::smallint[]) as given(carrier, lane)
  on conflict (carrier, process) do update set lane = excluded.lane, at = excluded.at),
gone as (delete from carrier_share where at < $5)
select carrier, process, lane from carrier_share where at >= $6 and process <> $1 and carrier = any($3::text[])
"""


class Paced(Protocol):
    """A carrier with a rate (`member.Member`)."""

    @property
    def name(self) -> str:
        """The carrier's."""

    @property
    def rate(self) -> float:
        """Of all processes together; 0: no limit."""

    def demand(self) -> Lane | None:
        """The most urgent lane that sent since the last call, or waits."""

    def take_part(self, rate: float) -> None:
        """Send no more than this from now on."""


class CarrierShares:
    """`settle` once a second."""

    def __init__(self, pool: Pool, paced: Sequence[Paced], process: str | None = None) -> None:
        self._pool, self._process = pool, process or this_process()
        self._paced = {one.name: one for one in paced if one.rate}

    async def settle(self, now: datetime) -> None:
        """Tell, read, take. Raises the database's errors: then everybody goes on as before."""
        if not self._paced:
            return
        own = {name: one.demand() for name, one in self._paced.items()}
        rows = await self._pool.fetch(
            _TELL, self._process, now, list(own), list(own.values()), now - 10 * FRESH, now - FRESH
        )
        for name, one in self._paced.items():
            others = [Demand(row[1], Lane(row[2]) if row[2] else None) for row in rows if row[0] == name]
            one.take_part(share_of(self._process, [Demand(self._process, own[name]), *others], one.rate))
