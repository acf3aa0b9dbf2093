"""When a mother is seen next. At least six antenatal visits: two, one and three in the trimesters."""

from datetime import date, timedelta

VISIT_WEEKS = (8, 12, 24, 30, 34, 38)
"""Weeks by which each of the six visits is due (Permenkes 21/2021: 2 + 1 + 3)."""

TERM_RHYTHM = timedelta(weeks=1)
"""After the sixth visit the mother is seen every week until birth."""


def next_visit(lmp: date, today: date) -> date:
    """The next antenatal visit; one that falls due today is today's."""
    due = (lmp + timedelta(weeks=weeks) for weeks in VISIT_WEEKS)
    return next((day for day in due if day >= today), today + TERM_RHYTHM)
