"""The account's message templates, and how a phone shows them filled in."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from handset.messages import Button
from handset.whatsapp.errors import GraphError

_SLOT = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_NUMBER_WRONG, _UNKNOWN, _MISSING = 132000, 132001, 131008
_REFUSED = {"PAUSED": 132015, "DISABLED": 132016}
APPROVED = "APPROVED"
STATUSES = (APPROVED, "PENDING", "REJECTED", "PAUSED", "DISABLED", "DELETED")


@dataclass(slots=True)
class Template:
    """A template in one language. components are as in Meta's API."""

    id: str
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]
    status: str = APPROVED
    quality: str = "UNKNOWN"

    def to_json(self) -> dict[str, Any]:
        """Give it as the API lists it."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "category": self.category,
            "status": self.status,
            "quality_score": {"score": self.quality},
            "components": self.components,
        }

    def part(self, kind: str) -> dict[str, Any]:
        """Give a component, empty when there is none."""
        return next((part for part in self.components if str(part.get("type", "")).upper() == kind), {})


@dataclass(slots=True)
class Filled:
    """A template as the phone shows it."""

    text: str
    buttons: list[Button] = field(default_factory=list)


class Templates:
    """The registry. keep, once set, is told of every new one; tell of what a webhook should say (field, value)."""

    def __init__(self) -> None:
        self.keep: Callable[[dict[str, Any]], None] | None = None
        self.tell: Callable[[str, dict[str, Any]], None] | None = None
        self._known: dict[tuple[str, str], Template] = {}

    def register(self, wanted: dict[str, Any]) -> Template:
        """Add or replace one. Raises GraphError: a field is missing."""
        for name in ("name", "language", "components"):
            if not wanted.get(name):
                raise GraphError(_MISSING, f"{name} is required")
        key = (wanted["name"], wanted["language"])
        present = self._known.get(key)
        number = present.id if present else str(1_000_000 + len(self._known))
        category, status = wanted.get("category", "UTILITY"), wanted.get("status", APPROVED)
        template = Template(number, *key, category, wanted["components"], status)
        self._known[key] = template
        if self.keep is not None:
            self.keep(template.to_json())
        if present is None:
            self._tell_status(template, "NONE")
        return template

    def change(self, name: str, language: str, wanted: dict[str, Any]) -> Template:
        """Do what Meta does: another status, quality or category. Raises LookupError, ValueError."""
        template = self._known.get((name, language))
        if template is None:
            raise LookupError(f"no template {name} in {language}")
        if wanted.get("status", template.status) not in STATUSES:
            raise ValueError(f"status is one of {', '.join(STATUSES)}")
        before = (template.status, template.quality, template.category)
        template.status = str(wanted.get("status", template.status))
        template.quality = str(wanted.get("quality", template.quality))
        template.category = str(wanted.get("category", template.category))
        if self.keep is not None:
            self.keep(template.to_json())
        self._tell_change(template, before, str(wanted.get("reason", "NONE")))
        return template

    def _tell_change(self, template: Template, before: tuple[str, str, str], reason: str) -> None:
        status, quality, category = before
        if template.status != status:
            self._tell_status(template, reason)
        if template.quality != quality:
            scores = {"previous_quality_score": quality, "new_quality_score": template.quality}
            self._tell("message_template_quality_update", template, scores)
        if template.category != category:
            categories = {"previous_category": category, "new_category": template.category}
            self._tell("template_category_update", template, categories)

    def _tell_status(self, template: Template, reason: str) -> None:
        said = {"event": template.status, "reason": reason, "message_template_category": template.category}
        self._tell("message_template_status_update", template, said)

    def _tell(self, field_name: str, template: Template, said: dict[str, Any]) -> None:
        about = {
            "message_template_id": int(template.id),
            "message_template_name": template.name,
            "message_template_language": template.language,
        }
        if self.tell is not None:
            self.tell(field_name, about | said)

    def all(self, name: str = "") -> list[Template]:
        """Give those with this name, or all."""
        return [template for template in self._known.values() if name in {"", template.name}]

    def fill(self, name: str, language: str, components: list[dict[str, Any]], *, strict: bool) -> Filled:
        """Give what the phone shows. One that is not registered shows its values, or is refused when strict.

        Raises GraphError: not registered, or the number of values is wrong.
        """
        values = _values(components, "body")
        payloads = _payloads(components)
        template = self._known.get((name, language))
        if template is not None and template.status != APPROVED:
            raise GraphError(_REFUSED.get(template.status, _UNKNOWN), f"{name} is {template.status}")
        if template is not None:
            return _fill(template, values, payloads)
        if strict:
            raise GraphError(_UNKNOWN, f"template name ({name}) does not exist in {language}")
        return Filled("\n".join(values.values()) or name, [Button(_title(one), one, "button") for one in payloads])


def _fill(template: Template, values: dict[str, str], payloads: list[str]) -> Filled:
    body = str(template.part("BODY").get("text", ""))
    slots = set(_SLOT.findall(body))
    if slots != set(values):
        raise GraphError(
            _NUMBER_WRONG, f"body: number of localizable_params ({len(values)}) does not match ({len(slots)})"
        )
    lines = [
        str(template.part("HEADER").get("text", "")),
        _SLOT.sub(lambda slot: values[slot.group(1)], body),
        str(template.part("FOOTER").get("text", "")),
    ]
    titles = [
        str(button.get("text", ""))
        for button in template.part("BUTTONS").get("buttons", [])
        if str(button.get("type", "")).upper() == "QUICK_REPLY"
    ]
    padded = payloads + titles[len(payloads) :]
    buttons = [Button(title, payload, "button") for title, payload in zip(titles, padded, strict=False)]
    return Filled("\n".join(line for line in lines if line), buttons)


def _values(components: list[dict[str, Any]], kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for component in components:
        if str(component.get("type", "")).lower() == kind:
            for number, parameter in enumerate(component.get("parameters", []), start=1):
                found[parameter.get("parameter_name") or str(number)] = _value(parameter)
    return found


def _value(parameter: dict[str, Any]) -> str:
    if parameter.get("type") == "text":
        return str(parameter.get("text", ""))
    inner = parameter.get(str(parameter.get("type")), {})
    return str(inner.get("fallback_value", "")) if isinstance(inner, dict) else str(inner)


def _title(payload: str) -> str:
    """Name a button whose template is not known: its payload without what looks like a code."""
    words = [word for word in payload.split() if not any(character.isdigit() for character in word)]
    return " ".join(words).capitalize() or payload


def _payloads(components: list[dict[str, Any]]) -> list[str]:
    buttons = [part for part in components if str(part.get("type", "")).lower() == "button"]
    buttons.sort(key=lambda part: int(part.get("index", 0)))
    return [
        str(parameter.get("payload", ""))
        for button in buttons
        if str(button.get("sub_type", "")).lower() == "quick_reply"
        for parameter in button.get("parameters", [])[:1]
    ]
