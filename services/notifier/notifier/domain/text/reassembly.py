"""The parts of long messages, put together again.

Storage is the caller's. Either keep a `Reassembler` in the one process that reads a carrier (its parts are then
acknowledged before the whole is safe: a crash loses them), or, as the notifier should, keep fragments in a table with
the primary key (source, destination, reference, total, number), insert with `on conflict do update`, and call `join`
as soon as `is_whole`; sets older than the time limit go through `join` as they are.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifier.domain.text.coding import Coding
from notifier.domain.text.fragment import Fragment
from notifier.domain.text.reading import read

GAP = " [...] "  # stands for parts that never came
TIME_LIMIT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Joined:
    """A message of several parts; not `whole` where the time was up first."""

    source: str
    destination: str
    text: str
    whole: bool


def is_whole(fragments: Collection[Fragment]) -> bool:
    """Whether every part of the set is there."""
    return bool(fragments) and len({f.number for f in fragments}) == next(iter(fragments)).total


def join(fragments: Collection[Fragment]) -> str:
    """The text, in the order of the numbers. Neighbours of one coding are joined as bytes: a character may be cut."""
    runs: list[tuple[Coding, bytes]] = []
    expected = 1
    for fragment in sorted(fragments, key=lambda f: f.number):
        if fragment.number > expected:
            runs.append((Coding.ASCII, GAP.encode()))
        expected = fragment.number + 1
        if runs and runs[-1][0] is fragment.coding:
            runs[-1] = (fragment.coding, runs[-1][1] + fragment.data)
        else:
            runs.append((fragment.coding, fragment.data))
    text = "".join(read(data, coding) for coding, data in runs)
    return text + GAP if fragments and expected <= next(iter(fragments)).total else text


_Key = tuple[str, str, int, int]


@dataclass(slots=True)
class _Set:
    began: datetime
    parts: dict[int, Fragment] = field(default_factory=dict)
    done: bool = False  # kept until its time is up, so that a part that comes again does not begin a new set


class Reassembler:
    """Open sets in memory, bounded in time and number. Not thread-safe; the clock is the caller's."""

    def __init__(self, time_limit: timedelta = TIME_LIMIT, max_sets: int = 10_000) -> None:
        self._time_limit = time_limit
        self._max_sets = max_sets
        self._sets: dict[_Key, _Set] = {}  # oldest first

    def __len__(self) -> int:
        """How many sets are remembered, finished ones included."""
        return len(self._sets)

    def add(self, source: str, destination: str, fragment: Fragment, at: datetime) -> Joined | None:
        """Take a part; the whole message if this was the last one missing. A repeated part changes nothing."""
        key = (source, destination, fragment.reference, fragment.total)
        known = self._sets.get(key)
        if known is None or (known.done and known.parts.get(fragment.number) != fragment):
            self._sets.pop(key, None)
            known = self._sets[key] = _Set(at)
        known.parts[fragment.number] = fragment
        if known.done or not is_whole(known.parts.values()):
            return None
        known.done = True
        return Joined(source, destination, join(known.parts.values()), whole=True)

    def expire(self, at: datetime) -> list[Joined]:
        """Give up what waited too long (or is too much): each as far as it came, with gaps marked."""
        broken = []
        for key, known in list(self._sets.items()):
            if at - known.began < self._time_limit and len(self._sets) <= self._max_sets:
                break
            del self._sets[key]
            if not known.done:
                broken.append(Joined(key[0], key[1], join(known.parts.values()), whole=False))
        return broken
