"""The service desk's hours, as region.yaml says them: `desk: {from: "07:00", until: "21:00"}`."""

from datetime import time

from chassis.region.pack import Region
from notifier.domain.office_hours import OfficeHours


def desk_hours(region: Region) -> OfficeHours:
    """Read them. Raises ValueError naming what is wrong."""
    given = (region.section("region") or {}).get("desk")
    if not isinstance(given, dict) or set(given) != {"from", "until"}:
        raise ValueError('region.yaml: desk must be {from: "HH:MM", until: "HH:MM"}')
    try:
        opens, closes = time.fromisoformat(str(given["from"])), time.fromisoformat(str(given["until"]))
    except ValueError:
        raise ValueError('region.yaml: desk.from and desk.until are written "HH:MM", in quotes') from None
    return OfficeHours(opens, closes, region.timezone)
