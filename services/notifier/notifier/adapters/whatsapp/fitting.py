"""What the region pack wants of the account's templates: compared with what is there, and written to be handed in."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from notifier.adapters.whatsapp.account_template import AccountTemplate
from notifier.domain.template import Template

MISSING = "missing"
BRAND = "Kentongan: "
_NAME = re.compile(r"\{(\w+)\}")
_SLOT_FIRST, _SLOT_LAST = re.compile(r"^\{\{"), re.compile(r"\}\}$")
_EXAMPLES = {
    "code": "R2K7P", "short": "S.A.", "int": "36", "date": "01-02-2026", "time": "10.00",
    "place": "Sendangmulyo Kragan", "text": "keterangan singkat", "long": "keterangan",
}  # fmt: skip
"""What Meta's reviewers see in the place of a value, by its type; nobody's data."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A template that the region pack names. `titles`: of its quick-reply buttons."""

    name: str
    language: str
    values: tuple[str, ...]
    titles: tuple[str, ...]
    text: str
    types: Mapping[str, str]


def wanted_of(texts: Iterable[Template]) -> tuple[Wanted, ...]:
    """The templates that texts name, in the order of their names."""
    found = [
        Wanted(
            t.approved.name, t.approved.language, t.approved.body, tuple(b.title for b in t.buttons), t.text, t.values
        )
        for t in texts
        if t.approved is not None
    ]
    return tuple(sorted(found, key=lambda one: (one.name, one.language)))


def differences(wanted: Wanted, known: AccountTemplate | None) -> tuple[str, ...]:
    """Why the account's template cannot carry the text, a short sentence each; empty where it can."""
    if known is None:
        return (MISSING,)
    found = [] if known.sendable else [f"status {known.status}"]
    return (*found, *mismatches(known, len(wanted.values), len(wanted.titles)))


def mismatches(known: AccountTemplate, parameters: int, payloads: int) -> Iterator[str]:
    """Why so many parameters of the body and payloads of buttons do not fit."""
    asked = {str(number) for number in range(1, parameters + 1)}
    if known.slots is not None and known.slots != asked:
        yield f"parameters {parameters}, account {', '.join(sorted(known.slots)) or 'none'}"
    if known.quick_replies is not None and len(known.quick_replies) != payloads:
        yield f"buttons {payloads}, account {len(known.quick_replies)}"


def handed_in(wanted: Wanted) -> dict[str, Any]:
    """The body of POST message_templates.

    Meta refuses a text that begins or ends with a parameter: such a one gets our name before it, or a full stop.
    """
    text = _NAME.sub(lambda slot: f"{{{{{wanted.values.index(slot[1]) + 1}}}}}", wanted.text)
    text = BRAND + text if _SLOT_FIRST.search(text) else text
    body: dict[str, Any] = {"type": "BODY", "text": text + "." if _SLOT_LAST.search(text) else text}
    if wanted.values:
        body["example"] = {"body_text": [[_EXAMPLES[wanted.types[name]] for name in wanted.values]]}
    components = [body]
    if wanted.titles:
        buttons = [{"type": "QUICK_REPLY", "text": title} for title in wanted.titles]
        components.append({"type": "BUTTONS", "buttons": buttons})
    return {"name": wanted.name, "language": wanted.language, "category": "UTILITY", "components": components}
