"""How often something is looked at that costs: to count what lies there is work, the more the more lies there."""

SHARE = 50
"""Looks take at most one part in so many of the time."""


def pause(took: float, at_least: float) -> float:
    """Seconds until the next look, where this one took so many."""
    return max(at_least, SHARE * took)
