"""Who looked at whose data: noted before anything is shown."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol
from uuid import UUID


class What(StrEnum):
    """What somebody looked at."""

    SEARCH = "person.search"
    SHOW = "person.show"
    REVEAL = "quarantine.reveal"
    READ = "desk.read"
    FIND = "contact.find"
    GET = "contact.get"


class Look(NamedTuple):
    """One look: who, at what, at whose data (ids), when."""

    reader: UUID
    what: What
    about: tuple[UUID, ...]
    at: datetime


class Looks(Protocol):
    """The notes."""

    async def note(self, look: Look, asked: str = "") -> None:
        """Keep a look; `asked` is what was typed. Raises the database's errors: then nothing may be shown."""

    async def latest(self, about: UUID | None, limit: int) -> Sequence[Look]:
        """Looks, the newest first; of one person or record, or all."""
