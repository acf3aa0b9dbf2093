"""When the service desk is staffed."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Every day from `opens` until `closes`, by the clocks of the region. Raises ValueError when that is no span."""

    opens: time
    closes: time
    zone: tzinfo

    def __post_init__(self) -> None:
        if self.opens >= self.closes:
            raise ValueError(f"desk: until ({self.closes}) must come after from ({self.opens}) on the same day")

    def next_opening(self, now: datetime) -> datetime | None:
        """When the desk opens next, in the region's time; None while it is open."""
        local = now.astimezone(self.zone)
        if self.opens <= local.time() < self.closes:
            return None
        day = local.date() + (timedelta(days=1) if local.time() >= self.closes else timedelta())
        return datetime.combine(day, self.opens, self.zone)
