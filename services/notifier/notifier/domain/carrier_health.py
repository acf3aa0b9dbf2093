"""How a carrier does: as one process that uses it sees it, and all of them together."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from notifier.domain.channel import Channel

FRESH = timedelta(seconds=30)
"""Words of a process that are older do not count: it writes every second while it lives."""

UNWATCHED = "no_process"
"""The reason where no living process uses the carrier: nobody knows whether it is up."""


@dataclass(frozen=True, slots=True)
class Health:
    """One carrier at the moment `at`.

    `since`: when it came up or went down. `reason`: why it is down or rests, one short word; empty while all is well.
    `rests_until`: nothing is handed to it before. `window` and `used`: messages that may be and are unanswered
    (0: no limit of ours). `accepted`, `failed` and `throttled` count messages since the process began.
    """

    carrier: str
    channel: Channel
    up: bool
    since: datetime
    at: datetime
    reason: str = ""
    rests_until: datetime | None = None
    window: int = 0
    used: int = 0
    accepted: int = 0
    failed: int = 0
    throttled: int = 0
    last_error: str = ""
    last_error_at: datetime | None = None


def together(words: Iterable[Health], now: datetime) -> list[Health]:
    """Put what several processes say of each carrier into one: up while one of them reaches it. By name."""
    said: dict[str, list[Health]] = defaultdict(list)
    for word in words:
        said[word.carrier].append(word)
    return [_one(said[carrier], now) for carrier in sorted(said)]


def _one(words: Sequence[Health], now: datetime) -> Health:
    living = [word for word in words if now - word.at <= FRESH]
    if not living:
        last = max(words, key=lambda word: word.at)
        return replace(last, up=False, reason=UNWATCHED, since=last.at, rests_until=None, used=0)
    whole = _decisive(living, now)
    failed = [word for word in living if word.last_error_at is not None]
    worst = max(failed, key=lambda word: word.last_error_at or now) if failed else whole
    return replace(
        whole,
        at=max(word.at for word in living),
        window=sum(word.window for word in living),
        used=sum(word.used for word in living),
        accepted=sum(word.accepted for word in living),
        failed=sum(word.failed for word in living),
        throttled=sum(word.throttled for word in living),
        last_error=worst.last_error,
        last_error_at=worst.last_error_at,
    )


def _decisive(living: Sequence[Health], now: datetime) -> Health:
    """The process that reaches it, one that need not wait before others; else the one that lost it last."""
    up = [word for word in living if word.up]
    if not up:
        return max(living, key=lambda word: word.since)
    return min(up, key=lambda word: (max(word.rests_until or now, now), word.since))
