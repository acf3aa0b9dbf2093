"""What a phone shows, and what is still owed to the service behind the carriers."""

import time
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Direction = Literal["received", "sent"]
"""As the phone's owner sees it."""
Channel = Literal["sms", "whatsapp"]
Carrier = Literal["sms", "sms2", "twilio", "kannel", "whatsapp"]
"""Who brings it: the first and the second SMPP carrier, the HTTP look-alikes, WhatsApp."""
SMS_CARRIERS: tuple[Carrier, ...] = ("sms", "sms2", "twilio", "kannel")
CARRIERS: tuple[Carrier, ...] = (*SMS_CARRIERS, "whatsapp")


def carrier_named(name: str) -> Carrier:
    """Give the carrier of this name. Raises ValueError: there is none."""
    for carrier in CARRIERS:
        if carrier == name:
            return carrier
    raise ValueError(f"carrier is one of {', '.join(CARRIERS)}")


@dataclass(slots=True)
class Event:
    """A moment of a message's life.

    what: submitted, part, accepted, delivered, read, told (a receipt that the service took), lost (one left out on
    purpose), refused (an earlier try), typed, taken. note: which part, which receipt, why refused.
    """

    at: float
    what: str
    note: str = ""
    carrier: str = ""


def opening(came: float, *, late: bool) -> list[Event]:
    """How a story begins; where nothing delays the answer it is part of it."""
    submitted = Event(came, "submitted")
    return [submitted] if late else [submitted, Event(time.time(), "accepted")]


@dataclass(slots=True)
class Button:
    """A WhatsApp button. `reply` is how its press is reported: button, button_reply or list_reply."""

    title: str
    payload: str
    reply: str = "button_reply"


@dataclass(slots=True)
class Place:
    """A shared location, WGS 84 degrees."""

    latitude: float
    longitude: float
    name: str = ""


@dataclass(slots=True)
class Message:
    """One message in a conversation.

    state of a received one: sent, delivered, read. Of one typed on the phone: waiting, taken, failed.
    """

    id: int
    phone: str
    direction: Direction
    channel: Channel
    text: str
    at: float
    kind: str = "text"
    sender: str = ""
    state: str = "delivered"
    parts: int = 1
    encoding: str = ""
    carrier_ids: list[str] = field(default_factory=list)
    buttons: list[Button] = field(default_factory=list)
    pressed: str = ""
    location: Place | None = None
    media: str = ""
    context: str = ""
    flash: bool = False
    carrier: str = ""
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        """What was kept before there were several carriers came by the channel's own."""
        self.carrier = self.carrier or self.channel

    def to_json(self) -> dict[str, Any]:
        """Give it as it is now, ready for JSON."""
        return {name: getattr(self, name) for name in _FIELDS} | {"events": [*self.events]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Message":
        """Read what to_json gave."""
        fields = dict(data)
        fields["buttons"] = [Button(**button) for button in fields.get("buttons", ())]
        place = fields.get("location")
        fields["location"] = Place(**place) if place else None
        fields["events"] = [Event(**event) for event in fields.get("events", ())]
        return cls(**fields)


_FIELDS = tuple(one.name for one in fields(Message))


@dataclass(slots=True)
class Owed:
    """Something the service has not taken yet: a message, a receipt, a status. It is sent until it is taken.

    about, news: for a receipt or status, the carrier's id of the message and what is told of it.
    """

    id: str
    channel: Channel
    phone: str
    body: dict[str, Any]
    message: int = 0
    carrier: str = ""
    about: str = ""
    news: str = ""

    def __post_init__(self) -> None:
        """As for messages."""
        self.carrier = self.carrier or self.channel
