"""Hours of the day as region.yaml and settings write them: `"21:00"`, in quotes, in the region's time.

In quotes, because YAML reads a bare 20:00 as 1200.
"""

import re
from datetime import time
from typing import Any

from chassis.region.pack import Region

_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def read_hour(written: Any) -> time:
    """Read one. Raises ValueError naming what is allowed."""
    if not isinstance(written, str) or not _HOUR.fullmatch(written.strip()):
        raise ValueError(f'{written!r} is no hour: write "HH:MM", in quotes')
    return time.fromisoformat(written.strip())


def read_hours(region: Region, name: str) -> tuple[time, time]:
    """Read `name: {from: "21:00", until: "06:00"}` of region.yaml. Raises ValueError naming what is wrong."""
    given = (region.section("region") or {}).get(name)
    if not isinstance(given, dict) or set(given) != {"from", "until"}:
        raise ValueError(f'region.yaml: {name} must be {{from: "HH:MM", until: "HH:MM"}}')
    return hour_of(f"{name}.from", given["from"]), hour_of(f"{name}.until", given["until"])


def hour_of(field: str, written: Any) -> time:
    """Read one of region.yaml. Raises ValueError naming the field."""
    try:
        return read_hour(written)
    except ValueError as error:
        raise ValueError(f"region.yaml: {field}: {error}") from None
