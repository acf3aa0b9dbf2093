"""Reads about people for the operator. Nothing is locked."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from chassis.postgres.pool import Pool
from notifier.adapters.contact_tables import CONSENTS, IMPORTS
from notifier.adapters.pages import read_token, token_of
from notifier.adapters.tables import contacts, read_contact
from notifier.adapters.vault import Vault
from notifier.domain.consent import Consent
from notifier.domain.contact import Contact
from notifier.domain.file_import import FileImport
from notifier.domain.phone import FurtherPhone

_BY_PHONE = "phone_hash = $1 or id = (select contact from further_phone where id = $2) order by phone_hash = $1 desc"
_HOLDERS = "select phone_hash, id from contact where phone_hash = any($1::bytea[])"
_FURTHER = "select id, contact from further_phone where id = any($1::uuid[]) and contact is not null"
_NUMBERS = "select id, contact, phone_sealed from further_phone where contact = any($1::uuid[]) order by since, id"
_APPLIED = (
    "applied_for is not null and ($1::timestamptz is null or (applied_at, id) > ($1, $2::uuid))"
    " order by applied_at, id limit $3"
)


class People:
    """What operators ask about people."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault
        self._columns = ", ".join(["id", "version", *contacts(vault).columns])

    async def page(self, after: UUID | None, limit: int) -> list[Contact]:
        """Contacts that are not deleted, in the order of their ids."""
        where = "not deleted and ($1::uuid is null or id > $1) order by id limit $2"
        return await self._contacts(where, after, limit)

    async def by_phone(self, digest: bytes) -> Contact | None:
        """The contact with this phone, first or further."""
        return next(iter(await self._contacts(_BY_PHONE, digest, FurtherPhone.id_of(digest))), None)

    async def by_id(self, contact: UUID) -> Contact | None:
        """The contact with this id."""
        return next(iter(await self._contacts("id = $1", contact)), None)

    async def further(self, contacts: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
        """The phones besides the first, in the order in which they were added."""
        found: dict[UUID, list[str]] = {}
        for id_, contact, sealed in await self._pool.fetch(_NUMBERS, contacts):
            found.setdefault(contact, []).append(self._vault.show(sealed, id_))
        return found

    async def holders(self, digests: Sequence[bytes]) -> dict[bytes, UUID]:
        """The contacts that have these phones."""
        by_id = {FurtherPhone.id_of(digest): digest for digest in digests}
        further = await self._pool.fetch(_FURTHER, list(by_id))
        first = await self._pool.fetch(_HOLDERS, digests)
        return {by_id[phone]: contact for phone, contact in further} | dict(map(tuple, first))

    async def existing(self, contacts: Sequence[UUID]) -> list[UUID]:
        """Those of these ids that contacts have."""
        return [
            row[0] for row in await self._pool.fetch("select id from contact where id = any($1::uuid[])", contacts)
        ]

    async def consents(self, contact: UUID) -> list[Consent]:
        """What a contact agreed to and took back, the newest first."""
        columns = ", ".join(["id", "version", *CONSENTS.columns])
        sql = f"select {columns} from consent where contact = $1 order by at desc, id"  # noqa: S608 - the table's own columns
        return [CONSENTS.hydrate(row) for row in await self._pool.fetch(sql, contact)]

    async def file(self, file: UUID) -> FileImport | None:
        """How far a file is."""
        rows = await self._pool.fetch(IMPORTS.peek_sql, [file])
        return IMPORTS.hydrate(rows[0]) if rows else None

    async def applications(self, after: str, limit: int) -> tuple[list[Contact], str]:
        """Contacts that applied for a role, the oldest application first, and where the next page begins."""
        found = await self._contacts(_APPLIED, *read_token(after), limit)
        if len(found) < limit or (at := found[-1].applied_at) is None:
            return found, ""
        return found, token_of(at, found[-1].id)

    async def _contacts(self, where: str, *arguments: Any) -> list[Contact]:
        rows = await self._pool.fetch(f"select {self._columns} from contact where {where}", *arguments)  # noqa: S608 - conditions of this file
        return [read_contact(self._vault, *row) for row in rows]
