"""What the notifier needs to answer by itself."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from notifier.domain.desk import DeskTimes
from notifier.domain.office_hours import OfficeHours


@dataclass(frozen=True, slots=True)
class House:
    """Clocks and hours of the region, its places, and the seal of what is said."""

    conversation: timedelta
    seal: Callable[[Mapping[str, str]], bytes]
    place_code: Callable[[str], str | None]
    desk: DeskTimes
    hours: OfficeHours
