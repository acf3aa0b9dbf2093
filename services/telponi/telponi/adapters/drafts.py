"""How drafts lie in PostgreSQL: encrypted, for they hold names."""

from datetime import datetime
from uuid import UUID

from chassis.kernel.draft import Draft
from chassis.postgres.table import Table
from telponi.adapters.vault import Vault


def drafts(vault: Vault) -> Table[Draft]:
    """The table."""

    def to_row(one: Draft) -> tuple[object, ...]:
        return vault.close([one.word, one.fields, one.asked, one.choices], one.id), one.expires_at

    def from_row(contact: UUID, version: int, content: bytes, expires_at: datetime | None) -> Draft:
        word, fields, asked, choices = vault.open(content, contact)
        return Draft(
            contact,
            version=version,
            word=word,
            fields=fields,
            asked=asked,
            choices=tuple(choices),
            expires_at=expires_at,
        )

    columns = {"content": "bytea", "expires_at": "timestamptz"}
    return Table(kind=Draft, name="draft", columns=columns, to_row=to_row, from_row=from_row)
