"""One message of a webhook as what a person said."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from notifier.application.incoming import IncomingWhatsApp, Location, Media

_MEDIA = ("image", "video", "audio", "document", "sticker")
_Json = Mapping[str, object]


class Malformed(Exception):  # noqa: N818 - the class names what is wrong; its text is the reason
    """A part of a webhook that has not the shape it must have."""


def clean(text: object) -> str:
    """Leave out what JSON may carry and neither UTF-8 nor PostgreSQL takes: half surrogate pairs and zero bytes.
    What is no text is read as none.
    """
    if not isinstance(text, str):
        return ""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def message_of(message: _Json, people: Sequence[object], number: str, carrier: str) -> IncomingWhatsApp:
    """Read one message. Kinds that nobody knows yet are passed on with what every message has.

    Raises Malformed where it has no id, no time, or nobody who sent it.
    """
    message_id, kind = _text(message, "id"), _text(message, "type")
    if not message_id or not kind:
        raise Malformed("message_without_id_or_type")
    phone, user_id, name = _sender(message, people)
    if not phone and not user_id:
        raise Malformed("message_without_sender")
    text, payload = _words(message)
    return IncomingWhatsApp(
        carrier=carrier,
        id=message_id,
        kind=kind,
        sender_phone=phone,
        sender_user_id=user_id,
        at=_at(message.get("timestamp")),
        profile_name=name,
        text=text,
        payload=payload,
        reply_to=_reply_to(message),
        location=_location(message),
        media=_media(message),
        to_phone_number_id=number,
    )


def _part(message: _Json, name: str) -> _Json:
    part = message.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(part: _Json, name: str) -> str:
    return clean(part.get(name))


def _sender(message: _Json, people: Sequence[object]) -> tuple[str | None, str | None, str]:
    """Phone, user id and name: from the message, else from the contact beside it that is the same person."""
    phone, user_id = _text(message, "from"), _text(message, "from_user_id") or _text(message, "user_id")
    if phone and not (phone.isascii() and phone.isdigit()):  # a hidden number: the user id may stand in its place
        phone, user_id = "", user_id or phone
    contacts = [person for person in people if isinstance(person, Mapping)]
    own = [
        contact
        for contact in contacts
        if (phone and _text(contact, "wa_id") == phone) or (user_id and _text(contact, "user_id") == user_id)
    ]
    alone = contacts if len(contacts) == 1 and not (phone or user_id) else []
    contact: _Json = next(iter(own or alone), {})
    phone = phone or "".join(filter(str.isdecimal, _text(contact, "wa_id")))
    user_id = user_id or _text(contact, "user_id")
    return f"+{phone}" if phone else None, user_id or None, _text(_part(contact, "profile"), "name")


def _words(message: _Json) -> tuple[str, str | None]:
    """What was typed, and the payload of a pressed button."""
    button, interactive = _part(message, "button"), _part(message, "interactive")
    if button:
        return _text(button, "text"), _text(button, "payload") or None
    chosen = _part(interactive, "button_reply") or _part(interactive, "list_reply")
    if chosen:
        return _text(chosen, "title"), _text(chosen, "id") or None
    captions = (_text(_part(message, kind), "caption") for kind in _MEDIA)
    return _text(_part(message, "text"), "body") or next(filter(None, captions), ""), None


def _reply_to(message: _Json) -> str | None:
    reacted = _text(_part(message, "reaction"), "message_id")
    return _text(_part(message, "context"), "id") or reacted or None


def _location(message: _Json) -> Location | None:
    pin = _part(message, "location")
    latitude, longitude = pin.get("latitude"), pin.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):  # noqa: PLR2004 - degrees
        raise Malformed("location_off_the_earth")
    return Location(float(latitude), float(longitude), _text(pin, "name"), _text(pin, "address"))


def _media(message: _Json) -> Media | None:
    for kind in _MEDIA:
        media = _part(message, kind)
        if _text(media, "id"):
            words = (_text(media, name) for name in ("id", "mime_type", "sha256", "caption"))
            return Media(*words)
    return None


def _at(timestamp: object) -> datetime:
    try:
        return datetime.fromtimestamp(int(str(timestamp)), UTC)
    except (ValueError, OverflowError, OSError):
        raise Malformed("message_without_time") from None
