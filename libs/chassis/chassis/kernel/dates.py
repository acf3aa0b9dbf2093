"""Dates as people type them (messages.md, "Grammar")."""

import re
from datetime import date

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "januari", "january"),
            ("feb", "peb", "februari", "pebruari", "february"),
            ("mar", "mrt", "maret", "march"),
            ("apr", "april"),
            ("mei", "may"),
            ("jun", "juni", "june"),
            ("jul", "juli", "july"),
            ("agu", "ags", "agt", "aug", "agustus", "august"),
            ("sep", "sept", "september"),
            ("okt", "oct", "oktober", "october"),
            ("nov", "nop", "november", "nopember"),
            ("des", "dec", "desember", "december"),
        ),
        start=1,
    )
    for name in names
}
SHORT_YEAR = 100

_NUMBERS = re.compile(r"(\d{1,2})\s*[/.\-\s]\s*(\d{1,2})\s*[/.\-\s]\s*(\d{4}|\d{2})")
_COMPACT = re.compile(r"(\d{2})(\d{2})(\d{4}|\d{2})")
_NAMED = re.compile(r"(\d{1,2})[\s/.\-]*([a-z]+)[\s/.\-]*(\d{4}|\d{2})")


def read_date(text: str, today: date, *, past: bool = True) -> date | None:
    """Read `12/03/2026`, `12-3-26`, `120326`, `12032026` or `12 mar 2026` (Indonesian and English months).

    A two-digit year is the nearest that makes sense: with `past` the latest that is not after `today`, else the
    one closest to it. None when it is no date.
    """
    text = text.strip().lower()
    if match := _NUMBERS.fullmatch(text) or _COMPACT.fullmatch(text):
        day, month, year = int(match[1]), int(match[2]), match[3]
    elif (match := _NAMED.fullmatch(text)) and match[2] in MONTHS:
        day, month, year = int(match[1]), MONTHS[match[2]], match[3]
    else:
        return None
    if len(year) > 2:  # noqa: PLR2004 - the length of a short year
        return _date(int(year), month, day)
    return _nearest(int(year), month, day, today, past=past)


def _nearest(short: int, month: int, day: int, today: date, *, past: bool) -> date | None:
    century = today.year - today.year % SHORT_YEAR
    years = (century - SHORT_YEAR + short, century + short, century + SHORT_YEAR + short)
    dates = [found for year in years if (found := _date(year, month, day))]
    if past:
        return max((found for found in dates if found <= today), default=None)
    return min(dates, key=lambda found: abs(found - today), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
