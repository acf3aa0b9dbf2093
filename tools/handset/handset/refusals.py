"""Tries that did not reach a phone, until a message does: then they are part of its story."""

from dataclasses import asdict, dataclass
from typing import Any

from handset.messages import Event
from handset.stream import Stream

MOST = 20
"""Refusals kept per phone; the oldest go first."""
_SHOWN = 60


@dataclass(slots=True)
class Refusal:
    """What a carrier refused or lost; `count` times the same, the last one `at`."""

    at: float
    carrier: str
    why: str
    text: str
    count: int = 1

    def event(self) -> Event:
        """As a moment of the message that came after it."""
        return Event(self.at, "refused", f"{self.why} {self.count}x" if self.count > 1 else self.why, self.carrier)


class Refusals:
    """In memory only: they are for looking at."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._by_phone: dict[str, list[Refusal]] = {}

    def note(self, phone: str, at: float, carrier: str, why: str, text: str) -> None:
        """Remember and show one."""
        known = self._by_phone.setdefault(phone, [])
        same = next((one for one in known if (one.carrier, one.why, one.text) == (carrier, why, text[:_SHOWN])), None)
        if same is None:
            known.append(Refusal(at, carrier, why, text[:_SHOWN]))
            del known[:-MOST]
        else:
            same.at, same.count = at, same.count + 1
        self._tell(phone)

    def take(self, phone: str) -> list[Event]:
        """Give what was refused before the message that came now, and forget it."""
        known = self._by_phone.pop(phone, [])
        if known:
            self._tell(phone)
        return [refusal.event() for refusal in known]

    def of(self, phone: str) -> list[dict[str, Any]]:
        """Give what a phone waits for."""
        return [asdict(refusal) for refusal in self._by_phone.get(phone, ())]

    def clear(self) -> None:
        """Forget everything."""
        self._by_phone.clear()

    def _tell(self, phone: str) -> None:
        self._stream.publish("refused", {"phone": phone, "refused": self.of(phone)})
