"""Lengths of time written as people write them."""

import re
from collections.abc import Mapping
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")


def read_duration(text: str) -> timedelta:
    """Read `15s`, `5m`, `24h` or `3d`. Raises ValueError naming what is allowed."""
    match = _DURATION.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"{text!r} is no duration: write a number and s, m, h or d, for instance 15s")
    return timedelta(**{_UNITS[match[2]]: float(match[1])})


def with_overrides(clocks: Mapping[str, timedelta], overrides: Mapping[str, timedelta]) -> dict[str, timedelta]:
    """Give the clocks with some replaced. Raises ValueError naming a clock that does not exist."""
    unknown = sorted(set(overrides) - set(clocks))
    if unknown:
        raise ValueError(f"no clock is called {unknown[0]!r}; there are {', '.join(sorted(clocks))}")
    return {**clocks, **overrides}
