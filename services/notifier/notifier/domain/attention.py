"""How much routine a person gets in a day, over all services, and when the rest comes together as one message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DIGEST = "digest"
"""Why a copy waits, or has the outcome of another message: it comes with the day's digest."""

ROOM = 270
"""Characters of a digest's items: with its frame two SMS."""

_SHORTEST = 24  # characters of an item that still tell something
_CUT, _BETWEEN = "...", "; "


@dataclass(frozen=True, slots=True)
class Attention:
    """`routine_per_day` messages that nobody asked for; what is more is kept until `digest_at`, local time."""

    routine_per_day: int
    digest_at: time
    zone: ZoneInfo

    def day(self, now: datetime) -> date:
        """The day that counts, as people of the region see it."""
        return now.astimezone(self.zone).date()

    def last_digest(self, now: datetime) -> datetime:
        """The last time that was one for digests: what was kept before it is due."""
        local = now.astimezone(self.zone)
        today = datetime.combine(local.date(), self.digest_at, self.zone)
        return today if today <= local else today - timedelta(days=1)


def digest_of(texts: Sequence[str], room: int = ROOM) -> str:
    """Make one text of several, each shortened alike, `room` characters at most; says how many found no place."""
    shown = len(texts)
    while True:
        left_out = len(texts) - shown
        tail = f"{_BETWEEN}{left_out} lagi" if left_out else ""
        each = (room - len(tail) - len(_BETWEEN) * (shown - 1)) // shown
        if each >= _SHORTEST or shown == 1:
            return _BETWEEN.join(_shares(texts[:shown], room - len(tail))) + tail
        shown -= 1


def _shares(texts: Sequence[str], room: int) -> list[str]:
    """Cut the longest ones: what short ones leave goes to the others."""
    left, share = room - len(_BETWEEN) * (len(texts) - 1), dict[int, int]()
    for number in sorted(range(len(texts)), key=lambda n: len(texts[n])):
        share[number] = min(len(texts[number]), left // (len(texts) - len(share)))
        left -= share[number]
    return [cut(text, share[number]) for number, text in enumerate(texts)]


def cut(text: str, length: int) -> str:
    """Shorten a text, at a word's end where one is near."""
    if len(text) <= length:
        return text
    kept = text[: max(length - len(_CUT), 0)]
    space = kept.rfind(" ")
    return (kept[:space] if space > len(kept) * 2 // 3 else kept).rstrip() + _CUT[:length]
