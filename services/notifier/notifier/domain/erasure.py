"""A person asked to be forgotten: what is still to be done about it."""

from dataclasses import dataclass
from datetime import datetime

from chassis.kernel.aggregate import Aggregate


@dataclass(slots=True, eq=False)
class Erasure(Aggregate):
    """Has the contact's id. `numbers` are what the person's traces are found by; they go when the work is done."""

    asked_at: datetime
    numbers: tuple[str, ...]
    done_at: datetime | None = None
