"""The table of who looked at whose data."""

from collections.abc import Sequence
from uuid import UUID

from chassis.kernel.ids import new_id
from chassis.postgres.pool import Pool
from notifier.adapters.vault import Vault
from notifier.application.looks import Look, What

_NOTE = "insert into audit_read (id, reader, what, about, asked_sealed, at) values ($1, $2, $3, $4, $5, $6)"
_LATEST = (
    "select reader, what, about, at from audit_read where ($1::uuid is null or about @> array[$1])"
    " order by at desc limit $2"
)


class Looks:
    """Writes and reads the notes; what was typed is encrypted."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault

    async def note(self, look: Look, asked: str = "") -> None:
        """Keep a look."""
        about = new_id()
        hidden = self._vault.hide(asked, about)
        await self._pool.execute(_NOTE, about, look.reader, look.what.value, list(look.about), hidden, look.at)

    async def latest(self, about: UUID | None, limit: int) -> Sequence[Look]:
        """Looks, the newest first."""
        rows = await self._pool.fetch(_LATEST, about, limit)
        return [Look(reader, What(what), tuple(about), at) for reader, what, about, at in rows]
