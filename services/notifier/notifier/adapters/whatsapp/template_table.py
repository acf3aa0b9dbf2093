"""The table of the account's templates."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from chassis.postgres.pool import Pool
from notifier.adapters.whatsapp.account_template import AccountTemplate, TemplateNews

_COLUMNS = "name, language, status, category, quality, reason, account_id, components"
_ALL = f"select {_COLUMNS} from whatsapp_template order by name, language"  # noqa: S608 - our own columns
_PUT = (
    f"insert into whatsapp_template as known ({_COLUMNS}, synced_at)"  # noqa: S608 - as above
    " select *, $9 from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],"
    " $8::jsonb[]) on conflict (name, language) do update set status = excluded.status, category = excluded.category,"
    " quality = excluded.quality, reason = excluded.reason, account_id = excluded.account_id,"
    " components = excluded.components, synced_at = excluded.synced_at"
    " where known.synced_at <= excluded.synced_at"  # news that came since we asked is newer
)
_FORGET = "delete from whatsapp_template where synced_at < $1"
_NEWS = (
    "insert into whatsapp_template as known (name, language, account_id, status, category, quality, reason,"
    " synced_at)"
    " values ($1, $2, $3, coalesce($4, ''), coalesce($5, ''), coalesce($6, ''), coalesce($7, ''), $8)"
    " on conflict (name, language) do update set status = coalesce($4, known.status),"
    " category = coalesce($5, known.category), quality = coalesce($6, known.quality),"
    " reason = coalesce($7, known.reason), synced_at = excluded.synced_at"
)


class TemplateTable:
    """What we last heard of the account's templates."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def all(self) -> list[AccountTemplate]:
        """Every template known."""
        return [_read(row) for row in await self._pool.fetch(_ALL)]

    async def replace(self, listed: Sequence[AccountTemplate], now: datetime) -> None:
        """Take the account's whole list: what is not in it is not there any more. `now`: when it was asked for."""
        once = {(one.name, one.language): one for one in listed}.values()
        columns: list[list[Any]] = [
            [one.name for one in once],
            [one.language for one in once],
            [one.status for one in once],
            [one.category for one in once],
            [one.quality for one in once],
            [one.reason for one in once],
            [one.account_id for one in once],
            [orjson.dumps(one.components or []).decode() for one in once],
        ]
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute(_PUT, *columns, now)
            await connection.execute(_FORGET, now)
            await connection.execute("update whatsapp_account set templates_at = $1, problem = ''", now)

    async def apply(self, news: TemplateNews, now: datetime) -> None:
        """Take what a webhook says."""
        about = (news.name, news.language, news.account_id)
        await self._pool.execute(_NEWS, *about, news.status, news.category, news.quality, news.reason, now)


def _read(row: Any) -> AccountTemplate:
    components = row["components"]
    return AccountTemplate(**{**row, "components": orjson.loads(components) if components else None})
