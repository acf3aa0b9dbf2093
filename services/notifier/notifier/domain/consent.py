"""What people agreed to and took back, each with its time and source."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from chassis.kernel.aggregate import Aggregate

BY_MESSAGE, BY_IMPORT, BY_OPERATOR = "message", "import", "operator"
"""Sources; an operator's is followed by a colon and who it was."""


class Matter(StrEnum):
    """What one may agree to."""

    ROUTINE = "routine"
    WHATSAPP = "whatsapp"


@dataclass(frozen=True, slots=True)
class SourceErased:
    """Nobody's business any more who said it; only saved."""

    contact: UUID


@dataclass(slots=True, eq=False)
class Consent(Aggregate):
    """One yes or no. The last one of a matter is what the contact's flags show."""

    contact: UUID
    what: Matter
    given: bool
    at: datetime
    source: str

    def erase_source(self) -> None:
        """Keep that it was said, not by which message or hand."""
        self.source = ""
        self.record(SourceErased(self.contact))
