"""What a phone shows, and what is still owed to the service behind the carriers."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Direction = Literal["received", "sent"]
"""As the phone's owner sees it."""
Channel = Literal["sms", "whatsapp"]


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

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Message":
        """Read what to_json gave."""
        fields = dict(data)
        fields["buttons"] = [Button(**button) for button in fields.get("buttons", ())]
        place = fields.get("location")
        fields["location"] = Place(**place) if place else None
        return cls(**fields)


@dataclass(slots=True)
class Owed:
    """Something the service has not taken yet: a message, a receipt, a status. It is sent until it is taken."""

    id: str
    channel: Channel
    phone: str
    body: dict[str, Any]
    message: int = 0
