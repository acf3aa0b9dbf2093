"""The table of media: what people sent, and what became of it. The bytes lie in the store under the row's id."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from chassis.postgres.pool import Pool
from notifier.adapters.vault import Vault
from notifier.application.ports import Medium, WaitingPhoto

PREFIX = "media/"
WAITING, KEPT, GONE, RECORDED = "waiting", "kept", "gone", "recorded"

_EXPECT = (
    "insert into media(id, message, carrier, carrier_sealed, kind, media_type, state, due, received_at, at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing"
)
_CLAIM = (
    "update media m set due = $2, tries = m.tries + 1 from (select id from media where due <= $1 order by due"
    " limit $3 for update skip locked) as mine where m.id = mine.id"
    " returning m.id, m.carrier, m.carrier_sealed, m.tries, m.received_at"
)
_KEPT = (
    "update media set state = 'kept', media_type = $2, size = $3, reason = '', due = null, at = $4"
    " where id = $1 and state = 'waiting'"
)
_AGAIN = "update media set reason = $2, due = $3, at = $4 where id = $1 and state = 'waiting'"
_GONE = "update media set state = 'gone', reason = $2, due = null, at = $3 where id = $1 and state = 'waiting'"
_FIND = "select id, state, media_type, reason from media where id = $1"
_WAITING = "select count(*) from media where due is not null"


class Shelved(NamedTuple):
    """A medium as the table has it."""

    id: UUID
    state: str
    media_type: str
    reason: str


class MediaShelf:
    """Rows of the table."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault

    async def expect(self, medium: Medium, now: datetime) -> None:
        """Note a medium; a repeat changes nothing.

        Photos wait to be fetched; documents and recordings are noted and never fetched, for no service uses them.
        """
        state, due = (WAITING, now) if medium.kind == "image" else (RECORDED, None)
        sealed = self._vault.cipher.encrypt(medium.carrier_id.encode(), medium.id.bytes)
        about = (medium.carrier, sealed, medium.kind, medium.media_type[:64])
        await self._pool.execute(_EXPECT, medium.id, medium.message, *about, state, due, medium.received_at, now)

    async def claim(self, now: datetime, until: datetime, limit: int) -> list[WaitingPhoto]:
        """Take photos that are due; whoever dies over one leaves it to be taken again after `until`."""
        return [self._waiting(row) for row in await self._pool.fetch(_CLAIM, now, until, limit)]

    async def kept(self, id_: UUID, media_type: str, size: int, now: datetime) -> None:
        """It lies in the store."""
        await self._pool.execute(_KEPT, id_, media_type, size, now)

    async def again(self, id_: UUID, reason: str, wait: timedelta, now: datetime) -> None:
        """Try it later."""
        await self._pool.execute(_AGAIN, id_, reason[:64], now + wait, now)

    async def gone(self, id_: UUID, reason: str, now: datetime) -> None:
        """It will never come."""
        await self._pool.execute(_GONE, id_, reason[:64], now)

    async def find(self, reference: str) -> Shelved | None:
        """What became of `media/<id>`; None where there is none."""
        try:
            id_ = UUID(reference.removeprefix(PREFIX))
        except ValueError:
            return None
        row = await self._pool.fetchrow(_FIND, id_) if reference.startswith(PREFIX) else None
        return Shelved(*row) if row else None

    async def waiting(self) -> int:
        """How many wait to be fetched."""
        count: int = await self._pool.fetchval(_WAITING)
        return count

    def _waiting(self, row: Any) -> WaitingPhoto:
        carrier_id = self._vault.cipher.decrypt(row["carrier_sealed"], row["id"].bytes).decode()
        return WaitingPhoto(row["id"], row["carrier"], carrier_id, row["tries"], row["received_at"])
