"""Which messages a carrier may bring again though we answered them: the answer may have been lost with its link.

A centre that got our answer does not repeat, and TCP hands an answer over while its link lives. So an equal message
over a link that stands is a person who typed the same again; after a lost link it may be a repeat.
"""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from notifier.application.incoming import EXPECTED

UNSURE = 30.0  # seconds before the end of a link in which an answer may not have arrived
MOST = 10_000  # messages remembered


class Doubts:
    """Shared by the links of one carrier; a link is named by any number."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._links: dict[int, deque[tuple[float, str]]] = {}
        self._doubtful: OrderedDict[str, float] = OrderedDict()
        self._in_work: Counter[str] = Counter()

    def opened(self, link: int) -> None:
        """A link begins."""
        self._links[link] = deque(maxlen=MOST)

    def answered(self, link: int, fingerprint: str) -> None:
        """A message was answered over a link, or would have been, had it lived."""
        self._doubtful.pop(fingerprint, None)
        now, sent = self._clock(), self._links.get(link)
        if sent is None:
            self._doubt(fingerprint, now)
            return
        sent.append((now, fingerprint))
        while sent[0][0] < now - UNSURE:
            sent.popleft()

    def lost(self, link: int) -> None:
        """A link ended: its last answers are in doubt."""
        now = self._clock()
        for at, fingerprint in self._links.pop(link, ()):
            if at >= now - UNSURE:
                self._doubt(fingerprint, now)

    @contextmanager
    def working(self, fingerprint: str) -> Iterator[bool]:
        """A message is worked on in the block; gives whether it may be a repeat, also of one that still is.

        A doubt stays until the message is answered again.
        """
        at = self._doubtful.get(fingerprint)
        doubted = at is not None and self._clock() - at <= EXPECTED.total_seconds()
        may_repeat = doubted or fingerprint in self._in_work
        self._in_work[fingerprint] += 1
        try:
            yield may_repeat
        finally:
            self._in_work[fingerprint] -= 1
            if not self._in_work[fingerprint]:
                del self._in_work[fingerprint]

    def _doubt(self, fingerprint: str, now: float) -> None:
        self._doubtful[fingerprint] = now
        if len(self._doubtful) > MOST:
            self._doubtful.popitem(last=False)
