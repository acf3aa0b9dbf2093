"""What a person does with a phone: type, press, share a place, send a photo, look at it."""

import secrets

from handset.conversations import Conversations
from handset.lanes import Lanes
from handset.messages import Button, Message, Owed, Place
from handset.smpp import text as sms
from handset.whatsapp.media import MediaFolder
from handset.whatsapp.phones import WhatsAppPhones

_MOST_PARTS = 255


class Actions:
    """The hands on the phones."""

    def __init__(
        self, conversations: Conversations, sms_lanes: Lanes, whatsapp: WhatsAppPhones, media: MediaFolder
    ) -> None:
        self._conversations = conversations
        self._sms_lanes = sms_lanes
        self._whatsapp = whatsapp
        self._media = media

    def say(self, phone: str, text: str, channel: str, context: int = 0) -> Message:
        """Send a text. Raises ValueError: it is empty, too long, or the channel is none."""
        if not text.strip():
            raise ValueError("text is empty")
        if channel == "whatsapp":
            quoted = self._conversations.get(context)
            return self._whatsapp.type_text(phone, text, quoted.carrier_ids[0] if quoted else "")
        if channel != "sms":
            raise ValueError("channel is sms or whatsapp")
        return self._say_sms(phone, text)

    def _say_sms(self, phone: str, text: str) -> Message:
        parts, encoding = sms.split(text)
        if len(parts) > _MOST_PARTS:
            raise ValueError(f"an SMS has at most {_MOST_PARTS} parts")
        message = self._conversations.add(
            phone, "sent", "sms", text, state="waiting", parts=len(parts), encoding=encoding
        )
        owed = Owed(f"typed-{secrets.token_hex(8)}", "sms", phone, {"text": text}, message.id)
        self._conversations.owe(owed)
        self._sms_lanes.put(owed)
        return message

    def press(self, phone: str, message_id: int, wanted: str) -> Message:
        """Press a button, named by its title or payload; message_id 0: the newest message that has it.

        Raises LookupError: no such button.
        """
        for message in reversed(self._conversations.of(phone)):
            button = _button(message, wanted)
            if button is not None and message_id in {0, message.id}:
                return self._whatsapp.press(message, button)
        raise LookupError(f"no button {wanted!r} on this phone")

    def locate(self, phone: str, place: Place) -> Message:
        """Share a location by WhatsApp. Raises ValueError: outside the globe."""
        if not (-90 <= place.latitude <= 90 and -180 <= place.longitude <= 180):  # noqa: PLR2004 - degrees
            raise ValueError("latitude is -90 to 90, longitude -180 to 180")
        return self._whatsapp.send_location(phone, place)

    def photograph(self, phone: str, octets: bytes, caption: str) -> Message:
        """Send a photo by WhatsApp. Raises ValueError: no JPEG or PNG, or too large."""
        return self._whatsapp.send_photo(phone, self._media.add(octets), caption)

    def look(self, phone: str) -> None:
        """Read everything on a phone."""
        for message in self._conversations.of(phone):
            self._whatsapp.read(message)


def _button(message: Message, wanted: str) -> Button | None:
    if message.direction != "received":
        return None
    folded = wanted.casefold()
    return next((b for b in message.buttons if folded in {b.title.casefold(), b.payload.casefold()}), None)
