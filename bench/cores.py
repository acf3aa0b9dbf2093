"""Who keeps this machine's cores busy while something is measured."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil

from measure import cpu

HERE, OTHERS = "this bench", "others on the machine"


@dataclass(slots=True)
class Busy:
    """CPU seconds of each part while `seconds` went by; this bench's own and everybody else's are among them."""

    seconds: float = 0.0
    used: dict[str, float] = field(default_factory=dict)

    def cores(self, part: str) -> float:
        """How many cores the part kept busy."""
        return self.used[part] / self.seconds

    @property
    def room(self) -> float:
        """How many times as much of the same the cores could do: all that others leave, by all that it took."""
        ours = sum(self.used.values()) - self.used[OTHERS]
        return ((psutil.cpu_count() or 1) * self.seconds - self.used[OTHERS]) / ours


@contextmanager
def watched(parts: Mapping[str, Sequence[psutil.Process]]) -> Iterator[Busy]:
    """Watch the parts, processes with their children, until the block ends; what is given is filled then."""
    found = Busy()
    begun, everybody, own = time.perf_counter(), _everybody(), time.process_time()
    before = {name: cpu(*each) for name, each in parts.items()}
    yield found
    found.seconds = time.perf_counter() - begun
    found.used = {name: cpu(*each) - before[name] for name, each in parts.items()}
    found.used[HERE] = time.process_time() - own
    found.used[OTHERS] = max(0.0, _everybody() - everybody - sum(found.used.values()))


def _everybody() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
