"""What officers of the service desk see, and where it is read."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from notifier.domain.channel import Channel
from notifier.domain.delivery import State
from notifier.domain.desk import DeskState
from notifier.domain.desk_message import DeskMessage

OPEN = (DeskState.WAITING, DeskState.HUMAN)
"""What the desk is about."""


class Standing(NamedTuple):
    """A conversation without anything that was said."""

    contact: UUID
    state: DeskState
    officer: UUID | None = None
    officer_name: str = ""
    since: datetime | None = None
    word_at: datetime | None = None
    answered: bool = False
    channel: Channel | None = None
    whatsapp_at: datetime | None = None


class Said(NamedTuple):
    """A message at the desk, and what became of it. `seq` is its place; `state` is None where nothing is known."""

    seq: int
    message: DeskMessage
    state: State | None
    reason: str


class Board(Protocol):
    """Reads without locks."""

    async def open(
        self, states: Collection[DeskState], after: tuple[datetime, UUID] | None = None, limit: int | None = None
    ) -> list[Standing]:
        """Conversations that the bot has not, those who wait longest first; `after` is the last one's place."""

    async def standing(self, contact: UUID) -> Standing | None:
        """One conversation, whoever has it."""

    async def said(self, contact: UUID, before: int | None, limit: int) -> list[Said]:
        """What was said, the newest first."""
