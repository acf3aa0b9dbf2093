"""A message template as the WhatsApp account has it: read from the account's list, or from a webhook's news.

Source: WhatsApp Business Management API, message templates; webhook fields message_template_status_update,
message_template_quality_update and template_category_update.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notifier.adapters.whatsapp.inbox import clean

APPROVED = "APPROVED"
_SENDABLE_EVENTS = {"REINSTATED": APPROVED, "UNPAUSED": APPROVED, "FLAGGED": APPROVED}
"""Events whose name is not the status: a flagged template is at risk, and may still be sent."""

_SLOT = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True, slots=True)
class AccountTemplate:
    """One template in one language. `components` is None where only news of it came."""

    name: str
    language: str
    status: str
    category: str = ""
    quality: str = ""
    reason: str = ""
    account_id: str = ""
    components: Sequence[Mapping[str, Any]] | None = None

    @property
    def sendable(self) -> bool:
        """Whether the account lets it out, as far as it told."""
        return self.status in {APPROVED, ""}

    @property
    def slots(self) -> frozenset[str] | None:
        """Parameters by number or name, those outside the body after their place (`header 1`); None: not known."""
        if self.components is None:
            return None
        texts = [(clean(part.get("type")).lower(), clean(part.get("text"))) for part in self.components]
        texts += [("url", clean(button.get("url"))) for button in self._buttons()]
        return frozenset(
            slot if place == "body" else f"{place} {slot}" for place, text in texts for slot in _SLOT.findall(text)
        )

    @property
    def quick_replies(self) -> tuple[str, ...] | None:
        """Titles of the buttons whose payload is ours; None where the components are not known."""
        if self.components is None:
            return None
        return tuple(clean(b.get("text")) for b in self._buttons() if clean(b.get("type")).upper() == "QUICK_REPLY")

    def _buttons(self) -> list[Mapping[str, Any]]:
        found = [
            part.get("buttons") for part in self.components or () if clean(part.get("type")).upper() == "BUTTONS"
        ]
        return [button for buttons in found if isinstance(buttons, list) for button in buttons if _is_object(button)]


@dataclass(frozen=True, slots=True)
class TemplateNews:
    """What a webhook changes on one template; None: it says nothing of that."""

    name: str
    language: str
    account_id: str
    status: str | None = None
    category: str | None = None
    quality: str | None = None
    reason: str | None = None


def template_of(given: object) -> AccountTemplate | None:
    """Read one of the account's list; None for what is none."""
    if not isinstance(given, Mapping) or not clean(given.get("name")) or not clean(given.get("language")):
        return None
    components = given.get("components")
    quality, reason = given.get("quality_score"), clean(given.get("rejected_reason"))
    return AccountTemplate(
        name=clean(given.get("name")),
        language=clean(given.get("language")),
        status=clean(given.get("status")).upper(),
        category=clean(given.get("category")),
        quality=clean(quality.get("score")) if isinstance(quality, Mapping) else "",
        reason="" if reason == "NONE" else reason,
        account_id=str(given.get("id") or ""),
        components=[part for part in components if _is_object(part)] if isinstance(components, list) else [],
    )


def news_of(field: str, value: Mapping[str, Any]) -> TemplateNews | None:
    """Read a webhook's change; None where it is about no template or of another field."""
    name, language = clean(value.get("message_template_name")), clean(value.get("message_template_language"))
    if not name or not language:
        return None
    about = (name, language, str(value.get("message_template_id") or ""))
    match field:
        case "message_template_status_update":
            event, reason = clean(value.get("event")).upper(), clean(value.get("reason"))
            status = _SENDABLE_EVENTS.get(event, event)
            return TemplateNews(*about, status=status or None, reason="" if reason == "NONE" else reason)
        case "message_template_quality_update":
            return TemplateNews(*about, quality=clean(value.get("new_quality_score")))
        case "template_category_update":
            return TemplateNews(*about, category=clean(value.get("new_category")) or None)
        case _:
            return None


def _is_object(thing: object) -> bool:
    return isinstance(thing, Mapping)
