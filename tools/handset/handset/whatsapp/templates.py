"""The account's message templates, and how a phone shows them filled in."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from handset.messages import Button
from handset.whatsapp.errors import GraphError

_SLOT = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_NUMBER_WRONG, _UNKNOWN, _MISSING = 132000, 132001, 131008


@dataclass(slots=True)
class Template:
    """A template in one language. components are as in Meta's API."""

    id: str
    name: str
    language: str
    category: str
    components: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Give it as the API lists it."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "category": self.category,
            "status": "APPROVED",
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
    """The registry. keep, once set, is told of every new one."""

    def __init__(self) -> None:
        self.keep: Callable[[dict[str, Any]], None] | None = None
        self._known: dict[tuple[str, str], Template] = {}

    def register(self, wanted: dict[str, Any]) -> Template:
        """Add or replace one. Raises GraphError: a field is missing."""
        for name in ("name", "language", "components"):
            if not wanted.get(name):
                raise GraphError(_MISSING, f"{name} is required")
        key = (wanted["name"], wanted["language"])
        present = self._known.get(key)
        number = present.id if present else str(1_000_000 + len(self._known))
        template = Template(number, *key, wanted.get("category", "UTILITY"), wanted["components"])
        self._known[key] = template
        if self.keep is not None:
            self.keep(template.to_json())
        return template

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
