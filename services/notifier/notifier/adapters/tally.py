"""What happened on a carrier's links, counted: read by tests, and told as a metric."""

from collections import Counter

from notifier import metrics

_MOST_NAMES = 100  # a carrier that invents statuses must not fill the metrics


class Tally:
    """Counts by a word; the words are in the README."""

    def __init__(self, carrier: str) -> None:
        self._carrier = carrier
        self._counts: Counter[str] = Counter()
        self._shown: dict[str, metrics.Counted] = {}

    def __getitem__(self, what: str) -> int:
        return self._counts[what]

    def count(self, what: str, times: int = 1) -> None:
        """Remember that it happened. Beyond a hundred words the new ones are one: `other`."""
        if not times:
            return
        known = what in self._counts or len(self._counts) < _MOST_NAMES
        word = what if known else "other"
        self._counts[word] += times
        if (shown := self._shown.get(word)) is None:  # to look a metric up by its labels takes longer than to count
            shown = self._shown[word] = metrics.CARRIER_EVENTS.labels(self._carrier, word)
        shown.inc(times)
