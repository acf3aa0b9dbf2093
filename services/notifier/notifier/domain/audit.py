"""Who took people's data out, let them in or deleted them, and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.kernel.aggregate import Aggregate


@dataclass(slots=True, eq=False)
class Audit(Aggregate):
    """One thing that an operator did. Never changed."""

    at: datetime
    by: UUID
    what: str
    about: UUID | None = None
    reason: str = ""
