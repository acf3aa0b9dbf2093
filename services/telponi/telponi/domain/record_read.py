"""Reading a mother's record leaves a trace (UU 27/2022)."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.kernel.aggregate import Aggregate


@dataclass(slots=True, eq=False)
class RecordRead(Aggregate):
    """Who read which mother's record, when, and by what means (`STATUS`, `GetPregnancy`)."""

    pregnancy: UUID
    reader: UUID
    means: str
    at: datetime
