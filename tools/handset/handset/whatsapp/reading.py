"""Reads the body of POST /{phone-number-id}/messages into what a phone shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from handset.messages import Button, Place
from handset.whatsapp.errors import GraphError
from handset.whatsapp.templates import Templates

_LONGEST_TEXT = 4096
_MOST_BUTTONS = 3
_LONGEST_TITLE = 20
_MISSING, _WRONG, _UNSUPPORTED = 131008, 131009, 131051


@dataclass(slots=True)
class Content:
    """What is shown. free: it needs the 24-hour window."""

    kind: str
    text: str
    free: bool = True
    buttons: list[Button] = field(default_factory=list)
    location: Place | None = None
    media: str = ""


def need(data: Any, name: str, kind: type = str) -> Any:
    """Give a required field. Raises GraphError: it is missing, empty or of another type."""
    value = data.get(name) if isinstance(data, Mapping) else None
    if value is None or value in ("", [], {}):
        raise GraphError(_MISSING, f"{name} is required")
    if not isinstance(value, kind):
        raise GraphError(_WRONG, f"{name} is not of the right type")
    return value


def read(body: dict[str, Any], templates: Templates, strict: bool) -> Content:  # noqa: FBT001 - read once, below
    """Read a message. Raises GraphError."""
    kind = body.get("type", "text")
    if kind == "template":
        return _template(need(body, "template", dict), templates, strict)
    reader = _READERS.get(kind)
    if reader is None:
        raise GraphError(_UNSUPPORTED, f"the handset cannot show a message of type {kind}")
    return reader(need(body, kind, dict))


def _template(wanted: dict[str, Any], templates: Templates, strict: bool) -> Content:  # noqa: FBT001 - as above
    language = need(need(wanted, "language", dict), "code")
    shown = templates.fill(need(wanted, "name"), language, wanted.get("components") or [], strict=strict)
    return Content("template", shown.text, free=False, buttons=shown.buttons)


def _text(text: dict[str, Any]) -> Content:
    body = need(text, "body")
    if len(body) > _LONGEST_TEXT:
        raise GraphError(_WRONG, f"text.body has {len(body)} characters, {_LONGEST_TEXT} are allowed")
    return Content("text", body)


def _location(location: dict[str, Any]) -> Content:
    try:
        place = Place(float(location["latitude"]), float(location["longitude"]), str(location.get("name", "")))
    except (KeyError, TypeError, ValueError):
        raise GraphError(_MISSING, "location needs latitude and longitude") from None
    return Content("location", str(location.get("address", "")), location=place)


def _image(image: dict[str, Any]) -> Content:
    media = image.get("id") or image.get("link")
    if not media:
        raise GraphError(_MISSING, "image needs id or link")
    return Content("image", str(image.get("caption", "")), media=str(media))


def _interactive(wanted: dict[str, Any]) -> Content:
    text = need(need(wanted, "body", dict), "text")
    action = need(wanted, "action", dict)
    lines = [wanted.get("header", {}).get("text", ""), text, wanted.get("footer", {}).get("text", "")]
    shown = "\n".join(line for line in lines if line)
    if wanted.get("type") == "list":
        rows = [row for section in need(action, "sections", list) for row in need(section, "rows", list)]
        buttons = [Button(need(row, "title"), need(row, "id"), "list_reply") for row in rows]
        return Content("interactive", shown, buttons=buttons)
    if wanted.get("type") != "button":
        raise GraphError(_UNSUPPORTED, "interactive.type is button or list here")
    return Content("interactive", shown, buttons=_reply_buttons(need(action, "buttons", list)))


def _reply_buttons(wanted: list[Any]) -> list[Button]:
    if len(wanted) > _MOST_BUTTONS:
        raise GraphError(_WRONG, f"at most {_MOST_BUTTONS} buttons are allowed")
    buttons = [Button(need(need(one, "reply", dict), "title"), need(one["reply"], "id")) for one in wanted]
    if any(len(button.title) > _LONGEST_TITLE for button in buttons):
        raise GraphError(_WRONG, f"a button's title has at most {_LONGEST_TITLE} characters")
    if len({button.title for button in buttons}) < len(buttons) or len({b.payload for b in buttons}) < len(buttons):
        raise GraphError(_WRONG, "titles and ids of buttons are unique")
    return buttons


_READERS: dict[str, Callable[[dict[str, Any]], Content]] = {
    "text": _text,
    "location": _location,
    "image": _image,
    "interactive": _interactive,
}
