"""The service desk's hours, as region.yaml says them: `desk: {from: "07:00", until: "21:00"}`."""

from chassis.region.pack import Region
from notifier.adapters.hours import read_hours
from notifier.domain.office_hours import OfficeHours


def desk_hours(region: Region) -> OfficeHours:
    """Read them. Raises ValueError naming what is wrong."""
    return OfficeHours(*read_hours(region, "desk"), region.timezone)
