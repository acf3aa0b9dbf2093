"""Which messages a carrier may bring again though we answered them: the answer may have been lost with its link.

A centre that got our answer does not repeat, and TCP hands an answer over while its link lives. So an equal message
over a link that stands is a person who typed the same again; after a lost link it may be a repeat.
"""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

UNSURE = 30.0  # seconds before the end of a link in which an answer may not have arrived
EXPECTED = 3600.0  # seconds in which a centre brings again what it thinks unanswered
MOST = 10_000  # messages remembered
PATIENCE = 5.0  # seconds; a carrier may have given up an answer that took longer, and bring the message again


class Doubts:
    """Shared by the links of one carrier; a link is named by any number."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._links: dict[int, deque[tuple[float, str]]] = {}
        self._doubtful: OrderedDict[str, float] = OrderedDict()

    def opened(self, link: int) -> None:
        """A link begins."""
        self._links[link] = deque(maxlen=MOST)

    def answered(self, link: int, fingerprint: str, took: float = 0.0) -> None:
        """A message was answered over a link `took` seconds after it came, or would have been, had the link lived."""
        self._doubtful.pop(fingerprint, None)
        now, sent = self._clock(), self._links.get(link)
        if sent is None or took > PATIENCE:
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

    def arises(self, fingerprint: str) -> bool:
        """Whether a message that comes now may be a repeat; so it stays until it is answered again."""
        at = self._doubtful.get(fingerprint)
        return at is not None and self._clock() - at <= EXPECTED

    def _doubt(self, fingerprint: str, now: float) -> None:
        self._doubtful[fingerprint] = now
        if len(self._doubtful) > MOST:
            self._doubtful.popitem(last=False)
