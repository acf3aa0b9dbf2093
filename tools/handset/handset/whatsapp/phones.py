"""WhatsApp on the phones: shows what the service sends, reports what becomes of it, sends what people type."""

import asyncio
import base64
import secrets
from typing import Any

from handset.conversations import Conversations
from handset.faults import Faults
from handset.messages import Button, Message, Place, opening
from handset.numbers import international
from handset.whatsapp.errors import GraphError
from handset.whatsapp.media import Media
from handset.whatsapp.reading import Content
from handset.whatsapp.webhooks import Webhooks

READ_AFTER = 1.0
"""Seconds until a person looks at the phone, when read marks are automatic."""


def new_wamid(phone: str) -> str:
    """Give a message id of the form that Meta gives."""
    return "wamid." + base64.b64encode(f"{phone}\x15\x02{secrets.token_hex(10)}".encode()).decode("ascii")


class WhatsAppPhones:
    """All phones that have WhatsApp."""

    def __init__(self, conversations: Conversations, webhooks: Webhooks, faults: Faults) -> None:
        self._conversations = conversations
        self._webhooks = webhooks
        self._faults = faults

    def restore(self) -> None:
        """After a restart: look again at what nobody had read yet."""
        for phone in self._conversations.phones():
            for message in self._conversations.of(phone):
                if message.direction == "received" and message.channel == "whatsapp" and message.state == "delivered":
                    self._look_soon(message)

    def receive(self, phone: str, content: Content, context: str, came: float) -> str:
        """Take a message for a phone, which came at this time; give its id.

        Raises GraphError: the phone has no WhatsApp or the window is closed, and errors are told at once.
        """
        carrier_id = new_wamid(phone)
        lost = self._faults.whatsapp.takes("undeliverable")
        problem = GraphError(131026, "Message Undeliverable.") if lost else self._problem(phone, content)
        if problem is not None:
            why = "undeliverable" if lost else str(problem.code)
            self._conversations.refused(phone, "whatsapp", why, content.text)
            if self._faults.refuse_at_once:
                raise problem
            self._webhooks.status(phone, carrier_id, "failed", [problem.as_status()])
            return carrier_id
        message = self._conversations.add(
            phone,
            "received",
            "whatsapp",
            content.text,
            kind=content.kind,
            buttons=content.buttons,
            location=content.location,
            media=content.media,
            context=context,
            carrier_ids=[carrier_id],
            events=opening(came, late=bool(self._faults.whatsapp.late)),
        )
        self._webhooks.status(phone, carrier_id, "sent")
        self._webhooks.status(phone, carrier_id, "delivered")
        self._look_soon(message)
        return carrier_id

    def accepted(self, carrier_id: str) -> None:
        """Note that the service was answered."""
        self._conversations.happened(self._conversations.by_carrier(carrier_id), "accepted")

    def refused(self, body: dict[str, Any], why: str) -> None:
        """Show that a message did not reach a phone, as far as it says to whom."""
        phone = "".join(filter(str.isdigit, str(body.get("to", ""))))
        named = body.get("text") or body.get("template")
        words = named.get("body") or named.get("name") if isinstance(named, dict) else ""
        if phone:
            self._conversations.refused(international(phone), "whatsapp", why, str(words or body.get("type", "")))

    def _problem(self, phone: str, content: Content) -> GraphError | None:
        if phone in self._faults.no_whatsapp:
            return GraphError(131026, "Message Undeliverable.")
        if content.free and not self._conversations.window_open(phone):
            return GraphError(
                131047,
                "Message failed to send because more than 24 hours have passed since the customer last replied.",
            )
        return None

    def _look_soon(self, message: Message) -> None:
        if self._faults.auto_read:
            asyncio.get_running_loop().call_later(READ_AFTER, self.read, message)

    def read(self, message: Message) -> None:
        """The person reads it: blue ticks. An SMS is read without anybody learning it."""
        if message.direction != "received" or message.state == "read":
            return
        self._conversations.change(message, state="read")
        self._conversations.happened(message, "read")
        if message.channel == "whatsapp":
            self._webhooks.status(message.phone, message.carrier_ids[0], "read")

    def type_text(self, phone: str, text: str, context: str = "") -> Message:
        """Send a text from a phone."""
        message = self._typed(phone, text, context=context)
        self._webhooks.message(message, {"type": "text", "text": {"body": text}})
        return message

    def press(self, shown: Message, button: Button) -> Message:
        """Press a button of a message that the phone shows."""
        message = self._typed(shown.phone, button.title, kind="button", context=shown.carrier_ids[0])
        self._conversations.change(shown, pressed=button.title)
        self._webhooks.message(message, _pressed(button))
        return message

    def send_location(self, phone: str, place: Place) -> Message:
        """Share a location from a phone."""
        message = self._typed(phone, place.name, kind="location", location=place)
        location: dict[str, Any] = {"latitude": place.latitude, "longitude": place.longitude}
        if place.name:
            location["name"] = place.name
        self._webhooks.message(message, {"type": "location", "location": location})
        return message

    def send_photo(self, phone: str, media: Media, caption: str) -> Message:
        """Send a photo from a phone."""
        message = self._typed(phone, caption, kind="image", media=media.id)
        image = {"mime_type": media.kind, "sha256": media.sha256, "id": media.id}
        if caption:
            image["caption"] = caption
        self._webhooks.message(message, {"type": "image", "image": image})
        return message

    def _typed(self, phone: str, text: str, **more: Any) -> Message:
        return self._conversations.add(
            phone, "sent", "whatsapp", text, state="waiting", carrier_ids=[new_wamid(phone)], **more
        )


def _pressed(button: Button) -> dict[str, Any]:
    if button.reply == "button":
        return {"type": "button", "button": {"payload": button.payload, "text": button.title}}
    reply = {"id": button.payload, "title": button.title}
    return {"type": "interactive", "interactive": {"type": button.reply, button.reply: reply}}
