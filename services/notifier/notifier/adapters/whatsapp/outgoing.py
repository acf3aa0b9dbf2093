"""An outgoing message as the body of POST /{phone_number_id}/messages."""

from notifier.application.carrier_errors import RejectedForGood
from notifier.application.outgoing import Button, Outgoing, PlainText, TemplateMessage

Json = dict[str, object]
MAX_TEXT = 4096
MAX_BODY_WITH_BUTTONS = 1024
MAX_BUTTONS = 3
MAX_TITLE = 20
MAX_PAYLOAD = 256
MAX_TEMPLATE_PAYLOAD = 128
NOTHING = "-"
"""Stands where a template's value is empty: Meta refuses an empty one."""


def body_of(outgoing: Outgoing) -> Json:
    """Write the body.

    Raises RejectedForGood where Meta's limits are broken: it would answer 100 or 131009, later and less clearly.
    """
    body: Json = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_recipient(outgoing.to),
        "biz_opaque_callback_data": str(outgoing.delivery_id),  # comes back with every status
    }
    if outgoing.reply_to:
        body["context"] = {"message_id": outgoing.reply_to}
    content = outgoing.content
    if isinstance(content, TemplateMessage):
        return body | {"type": "template", "template": _template(content)}
    if content.buttons:
        return body | {"type": "interactive", "interactive": _interactive(content)}
    _limit("text", content.text, MAX_TEXT)
    return body | {"type": "text", "text": {"body": content.text, "preview_url": False}}


def _recipient(to: str) -> Json:
    """A phone number goes into `to`, a business-scoped user id (`ID.1349...`) into `recipient`."""
    return {"to": to.removeprefix("+")} if to.removeprefix("+").isdigit() else {"recipient": to}


def _template(template: TemplateMessage) -> Json:
    components: list[Json] = []
    if template.parameters:
        texts = [{"type": "text", "text": _in_a_line(value)} for value in template.parameters]
        components.append({"type": "body", "parameters": texts})
    for index, payload in enumerate(template.payloads):
        _limit("payload", payload, MAX_TEMPLATE_PAYLOAD)
        components.append(
            {
                "type": "button",
                "sub_type": "quick_reply",
                "index": str(index),
                "parameters": [{"type": "payload", "payload": payload}],
            }
        )
    return {"name": template.name, "language": {"code": template.language}, "components": components}


def _in_a_line(value: str) -> str:
    """Meta takes no line breaks, tabs or rows of spaces inside a template's value."""
    return " ".join(value.split()) or NOTHING


def _interactive(content: PlainText) -> Json:
    _limit("text", content.text, MAX_BODY_WITH_BUTTONS)
    if len(content.buttons) > MAX_BUTTONS:
        raise RejectedForGood("too_many_buttons", alarm=True)
    for part in ("title", "payload"):
        if len({getattr(button, part) for button in content.buttons}) < len(content.buttons):
            raise RejectedForGood("equal_buttons", alarm=True)
    buttons = [_button(button) for button in content.buttons]
    return {"type": "button", "body": {"text": content.text}, "action": {"buttons": buttons}}


def _button(button: Button) -> Json:
    _limit("payload", button.payload, MAX_PAYLOAD)
    _limit("title", button.title, MAX_TITLE)
    return {"type": "reply", "reply": {"id": button.payload, "title": button.title}}


def _limit(what: str, value: str, longest: int) -> None:
    if not value or len(value) > longest:
        raise RejectedForGood(f"bad_{what}_length", alarm=True)
