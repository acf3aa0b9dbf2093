"""How carriers do, where every process and the operator can see it: each process writes what it sees."""

import os
import socket
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from chassis.postgres.pool import Pool
from notifier.domain.carrier_health import Health, together
from notifier.domain.channel import Channel

EVERY = 1.0  # seconds between two writes of a process, at least
KEPT = timedelta(days=1)
"""How long the words of a process that ended are kept, for the one that asks what was known last."""

_COLUMNS = (
    "carrier, channel, up, since, at, reason, rests_until, slots, used, accepted, failed, throttled,"
    " last_error, last_error_at"
)
_WRITE = f"""
insert into carrier_health as known (process, {_COLUMNS})
select $1, * from unnest($2::text[], $3::text[], $4::boolean[], $5::timestamptz[], $6::timestamptz[], $7::text[],
  $8::timestamptz[], $9::int[], $10::int[], $11::bigint[], $12::bigint[], $13::bigint[], $14::text[],
  $15::timestamptz[])
on conflict (carrier, process) do update set channel = excluded.channel, up = excluded.up, since = excluded.since,
  at = excluded.at, reason = excluded.reason, rests_until = excluded.rests_until, slots = excluded.slots,
  used = excluded.used, accepted = excluded.accepted, failed = excluded.failed, throttled = excluded.throttled,
  last_error = excluded.last_error, last_error_at = excluded.last_error_at
"""  # noqa: S608 - names of columns
_FORGET = "delete from carrier_health where at < $1"
_READ = f"select {_COLUMNS} from carrier_health"  # noqa: S608 - as above


def this_process() -> str:
    """A name that no other living process has."""
    return f"{socket.gethostname()}:{os.getpid()}"


class CarrierHealth:
    """The table of carriers' health. `process` names the writer."""

    def __init__(self, pool: Pool, process: str | None = None) -> None:
        self._pool, self._process = pool, process or this_process()
        self._wrote: float | None = None

    async def write(self, rows: Sequence[Health]) -> bool:
        """Say how all carriers of this process do. Called more than once a second it writes nothing; gives whether.

        Raises the database's errors; what was not written is said again by the next call.
        """
        now = time.monotonic()
        if not rows or (self._wrote is not None and now - self._wrote < EVERY):
            return False
        self._wrote = now
        await self._pool.execute(_WRITE, self._process, *map(list, zip(*map(_row, rows), strict=True)))
        await self._pool.execute(_FORGET, max(row.at for row in rows) - KEPT)
        return True

    async def read(self, now: datetime) -> list[Health]:
        """Every carrier as all processes together see it, by name."""
        rows = await self._pool.fetch(_READ)
        return together((Health(row[0], Channel(row[1]), *row[2:]) for row in rows), now)


def _row(one: Health) -> tuple[object, ...]:
    return (
        one.carrier,
        one.channel.value,
        one.up,
        one.since,
        one.at,
        one.reason,
        one.rests_until,
        one.window,
        one.used,
        one.accepted,
        one.failed,
        one.throttled,
        one.last_error,
        one.last_error_at,
    )
