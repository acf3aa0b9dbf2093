"""What is said at the service desk, and what its officers did."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.kernel.aggregate import Aggregate
from notifier.domain.channel import Channel
from notifier.domain.message import Content


@dataclass(slots=True, eq=False)
class DeskMessage(Aggregate):
    """A word of the person (`officer` is None), with the id of the message; or one of an officer, with its alert's.

    `channel` is None where the contact's preference decides.
    """

    contact: UUID
    channel: Channel | None
    content: Content
    at: datetime
    officer: UUID | None = None


class Deed(StrEnum):
    """What an officer did with a conversation."""

    CLAIM = "claim"
    REPLY = "reply"
    HAND_BACK = "hand_back"
    TRANSFER = "transfer"


@dataclass(slots=True, eq=False)
class DeskDeed(Aggregate):
    """A line of the audit: who did what with whose conversation."""

    officer: UUID
    contact: UUID
    deed: Deed
    at: datetime
