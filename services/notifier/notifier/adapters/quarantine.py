"""What could not be understood, for the operator: what it said stays encrypted until it is asked for."""

from datetime import datetime, timedelta
from uuid import UUID

from chassis.postgres.pool import Pool, affected
from notifier import metrics
from notifier.adapters.vault import Vault
from notifier.application.operations import Spoiled, SpoiledWanted

_OVERHEAD = 29  # bytes that encryption adds: key id, nonce, tag
_SHOWN = "select id, carrier, reason, detail, length(sealed) - $1, at from quarantine"
_FITS = " where starts_with(reason, $2) and ($3 = '' or carrier = $3) and ($4::timestamptz is null or at >= $4)"
_PAGE = (
    f"{_SHOWN}{_FITS} and ($5::timestamptz is null or (at, id) < ($5, $6::uuid)) order by at desc, id desc limit $7"
)
_COUNTS = (
    "select reason, count(*) from quarantine where starts_with(reason, $1) and ($2 = '' or carrier = $2)"
    " and ($3::timestamptz is null or at >= $3) group by reason order by count(*) desc, reason"
)

_FORGET = "delete from quarantine where id = any(array(select id from quarantine where at < $1 order by at limit $2))"
FORGOTTEN_A_TURN = 1000
LOOK_EVERY = timedelta(hours=1)


class Quarantine:
    """Reads of the quarantine."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault

    async def page(self, wanted: SpoiledWanted) -> list[Spoiled]:
        """Records, the newest first."""
        before = wanted.before or (None, None)
        given = (_OVERHEAD, wanted.reason, wanted.carrier, wanted.since, *before, wanted.limit)
        return [Spoiled(*row) for row in await self._pool.fetch(_PAGE, *given)]

    async def counts(self, wanted: SpoiledWanted) -> list[tuple[str, int]]:
        """How many fit, by reason, the most frequent first."""
        rows = await self._pool.fetch(_COUNTS, wanted.reason, wanted.carrier, wanted.since)
        return [(reason, count) for reason, count in rows]

    async def one(self, record: UUID) -> Spoiled | None:
        """A record."""
        row = await self._pool.fetchrow(f"{_SHOWN} where id = $2", _OVERHEAD, record)
        return Spoiled(*row) if row else None

    async def content(self, record: UUID) -> bytes:
        """What it said. Raises LookupError."""
        sealed = await self._pool.fetchval("select sealed from quarantine where id = $1", record)
        if sealed is None:
            raise LookupError(f"no record {record}")
        return self._vault.cipher.decrypt(sealed, record.bytes)


class Leaving:
    """Forgets what is older than `keep`: it may hold somebody's words, and nobody asks about it any more."""

    def __init__(self, pool: Pool, keep: timedelta) -> None:
        self._pool, self._keep = pool, keep
        self._looked: datetime | None = None

    async def turn(self, now: datetime) -> bool:
        """Forget some; gives whether there may be more."""
        if self._looked is not None and now - self._looked < LOOK_EVERY:
            return False
        done = await self._pool.execute(_FORGET, now - self._keep, FORGOTTEN_A_TURN)
        count = affected(done)
        metrics.QUARANTINE_FORGOTTEN.inc(count)
        more = count == FORGOTTEN_A_TURN
        self._looked = None if more else now
        return more
