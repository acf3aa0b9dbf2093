"""What changes together, and remembers what happened to it."""

from dataclasses import dataclass, field
from uuid import UUID


@dataclass(slots=True, eq=False)
class Aggregate:
    """A thing with an identity whose changes are recorded as past-tense events.

    `version` counts the committed changes; 0 means not stored yet. Only the boundary writes it.
    """

    id: UUID
    version: int = field(default=0, kw_only=True)
    _events: list[object] = field(default_factory=list, init=False, repr=False)

    def record(self, event: object) -> None:
        """Remember what happened; the boundary publishes it with the commit."""
        self._events.append(event)

    def restate(self, event: object) -> None:
        """Remember it in place of those of its kind since the last call of `pull_events`: it tells the whole anew."""
        self._events = [one for one in self._events if type(one) is not type(event)]
        self.record(event)

    def pull_events(self) -> list[object]:
        """Hand out what was recorded since the last call, oldest first."""
        events, self._events = self._events, []
        return events
