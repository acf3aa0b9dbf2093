"""Liveness is progress: records behind the last commit, and a commit that does not move, mean that we are stuck."""

from collections.abc import Callable, Collection
from typing import Protocol

from chassis.kafka import measures

PATIENCE = 120.0  # seconds; a pod that is restarted sooner would be restarted by every long rebalance

Partition = tuple[str, int]


class Reader(Protocol):
    """What is watched (`chassis.kafka.lane.Lane`)."""

    def positions(self) -> dict[Partition, tuple[int, int]]:
        """Next offset to commit and end of the log, of every partition of ours where both are known."""


class Progress:
    """Remembers when each partition last moved. Call `look` every second or so. `now` is monotonic, in seconds."""

    def __init__(self, reader: Reader, now: Callable[[], float], patience: float = PATIENCE) -> None:
        self._reader = reader
        self._now = now
        self._patience = patience
        self._moved: dict[Partition, tuple[int, float]] = {}

    def look(self, *, database_answers: bool, paused: Collection[str] = ()) -> None:
        """Take note of the offsets. While the database is away, and on paused topics, nothing is expected to move."""
        now, positions = self._now(), self._reader.positions()
        seen: dict[Partition, tuple[int, float]] = {}
        for partition, (done, end) in positions.items():
            measures.LAG.labels(partition[0], str(partition[1])).set(max(0, end - done))
            known = self._moved.get(partition)
            excused = not database_answers or done >= end or partition[0] in paused
            seen[partition] = known if known and known[0] == done and not excused else (done, now)
        self._moved = seen

    @property
    def stuck(self) -> list[Partition]:
        """Partitions that should have moved and did not."""
        now = self._now()
        return [partition for partition, (_, since) in self._moved.items() if now - since > self._patience]
