"""What a person does with a phone: type, press, share a place, send a photo, look at it."""

from collections.abc import Callable

from handset.conversations import Conversations
from handset.messages import Button, Carrier, Message, Place, carrier_named
from handset.whatsapp.media import MediaFolder
from handset.whatsapp.phones import WhatsAppPhones


class Actions:
    """The hands on the phones."""

    def __init__(
        self,
        conversations: Conversations,
        say_sms: Callable[[Carrier, str, str], Message],
        whatsapp: WhatsAppPhones,
        media: MediaFolder,
    ) -> None:
        self._conversations = conversations
        self._say_sms = say_sms
        self._whatsapp = whatsapp
        self._media = media

    def say(self, phone: str, text: str, channel: str, context: int = 0, carrier: str = "") -> Message:
        """Send a text; an SMS goes to the number of a carrier. Raises ValueError: it is empty, too long, or the
        channel or carrier is none, or is not there.
        """
        if not text.strip():
            raise ValueError("text is empty")
        if channel == "whatsapp":
            quoted = self._conversations.get(context)
            return self._whatsapp.type_text(phone, text, quoted.carrier_ids[0] if quoted else "")
        if channel != "sms":
            raise ValueError("channel is sms or whatsapp")
        return self._say_sms(carrier_named(carrier or "sms"), phone, text)

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
