"""People by name, though no name can be read: by keyed hashes of the words' beginnings.

See docs/decisions/0017-people-by-name.md.
"""

import asyncio
from collections.abc import Sequence

from chassis.postgres.pool import Pool
from notifier.adapters.tables import contacts, read_contact
from notifier.adapters.vault import Vault
from notifier.domain.contact import Contact
from notifier.domain.names import beginnings_of

PAGE = 500
LOOK = 60.0  # seconds between looks for names without keys, once there are none
_FITS = (
    "name_keys @> $1::bigint[] and (($2 = '' and $3 = '') or exists (select from unnest(held) as h(grant_text)"
    " where ($2 = '' or split_part(grant_text, '@', 1) = $2) and ($3 = '' or split_part(grant_text, '@', 2) = $3"
    " or starts_with(split_part(grant_text, '@', 2), $3 || '.')))) order by id limit $4"
)
_WITHOUT = "select id, name_sealed from contact where name_keys is null order by id limit $1"
_FILL = (
    "update contact set name_keys = given.keys::bigint[] from unnest($1::uuid[], $2::text[]) as given(id, keys)"
    " where contact.id = given.id and contact.name_keys is null"
)


class NameSearch:
    """Searches by name, and makes what names are found by where it is missing."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault
        columns = ", ".join(["id", "version", *contacts(vault).columns])
        self._sql = f"select {columns} from contact where {_FITS}"  # noqa: S608 - the table's own columns

    async def search(self, beginnings: Sequence[str], role: str, place: str, limit: int) -> list[Contact]:
        """Those whose name has words with all these beginnings, by id; of a role, and at or in a place, where given.

        Two beginnings may share a key of 8 bytes: the caller compares the names.
        """
        keys = [self._vault.name_key(each) for each in beginnings]
        return [
            read_contact(self._vault, *row) for row in await self._pool.fetch(self._sql, keys, role, place, limit)
        ]

    async def fill(self) -> None:
        """Make the keys of names that were stored without; for as long as the process lives."""
        while True:
            if not await self.fill_page():
                await asyncio.sleep(LOOK)

    async def fill_page(self) -> int:
        """Make the keys of some names; gives of how many. A name that changes meanwhile brings its own."""
        rows = await self._pool.fetch(_WITHOUT, PAGE)
        keys = [self._literal(self._vault.show(sealed, id_)) for id_, sealed in rows]
        if rows:
            await self._pool.execute(_FILL, [row[0] for row in rows], keys)
        return len(rows)

    def _literal(self, name: str) -> str:
        return "{" + ",".join(str(self._vault.name_key(each)) for each in sorted(beginnings_of(name))) + "}"
