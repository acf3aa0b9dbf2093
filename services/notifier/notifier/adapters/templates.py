"""The region pack's texts."""

from collections.abc import Mapping
from typing import Any

import orjson

from chassis.region.pack import Region
from notifier.domain import words
from notifier.domain.language import Language
from notifier.domain.template import Approved, BadValueError, Fault, Rendered, Template, TextButton

FILES = {
    "telponi": words.TELPONI,
    "gareng_mesem": words.GARENG_MESEM,
    "destana": words.DESTANA,
    "notifier": words.NOTIFIER,
}
"""Files of the pack's folder `templates`, and the service whose texts they hold."""

REPLY = "reply"
_BUTTONS = "buttons"


class Templates:
    """All texts by the name they have on the bus: `telponi.referral_offer`, `reply`."""

    def __init__(self, texts: Mapping[str, Template]) -> None:
        self._texts = dict(texts)

    @classmethod
    def of(cls, region: Region) -> "Templates":
        """Read the pack. Raises ValueError or KeyError naming a text that is not well written."""
        texts: dict[str, Template] = {}
        for path in sorted((region.folder / "templates").glob("*.yaml")):
            service = FILES[path.stem.replace("-", "_")]
            for name, given in (region.section(f"templates/{path.stem}") or {}).items():
                plain = name == REPLY and service == words.NOTIFIER
                texts[name if plain else f"{path.stem.replace('-', '_')}.{name}"] = _read(service, given)
        return cls(texts)

    def names(self) -> list[str]:
        """All names."""
        return sorted(self._texts)

    def approved_of(self, service: str) -> dict[str, str]:
        """A service's texts without values that WhatsApp takes at any time, by name."""
        texts = self._texts.items()
        return {name: one.text for name, one in texts if one.service == service and one.approved and not one.values}

    def __contains__(self, name: str) -> bool:
        """Whether there is a text of this name."""
        return name in self._texts

    def approved(self, name: str) -> bool:
        """Whether there is a text of this name, and WhatsApp has a template of it."""
        return name in self._texts and self._texts[name].approved is not None

    def __getitem__(self, name: str) -> Template:
        """The text of this name. Raises KeyError."""
        return self._texts[name]

    def fault(self, name: str, values: Mapping[str, str]) -> Fault | None:
        """Why an alert with this template and these values cannot be sent; None when it can."""
        if name not in self._texts:
            return Fault("unknown_template")
        try:
            _buttons_of(name, values)
            self._texts[name].check(_without_buttons(name, values))
        except BadValueError as bad:
            return Fault(bad.rule, bad.name, bad.allowed)
        return None

    def render(self, name: str, values: Mapping[str, str], language: str = Language.INDONESIAN) -> Rendered:
        """The text with its values, which `fault` found right; Indonesian where it is not written in the language."""
        return self._texts[name].render(_without_buttons(name, values), _buttons_of(name, values), language)

    def service_of(self, name: str) -> str | None:
        """Whose text it is; None for replies, which any service sends."""
        text = self._texts.get(name)
        return text.service if text and name != REPLY else None


def _read(service: str, given: Mapping[str, Any]) -> Template:
    approved = given.get("whatsapp")
    return Template(
        service=service,
        text=given["text"],
        values=given.get("values") or {},
        buttons=tuple(TextButton(b["title"], b["payload"]) for b in given.get(_BUTTONS, ())),
        approved=Approved(approved["name"], approved["language"], tuple(approved["body"])) if approved else None,
        parts=given.get("parts"),
        why=given.get("why", ""),
        texts=_other_languages(given.get("texts") or {}),
    )


def _other_languages(texts: Mapping[str, str]) -> dict[str, str]:
    others = set(Language) - {Language.INDONESIAN}
    if unknown := sorted(set(texts) - others):
        raise ValueError(f"texts in {', '.join(unknown)}: only {', '.join(sorted(others))} are known; `text` is id")
    return dict(texts)


def _without_buttons(name: str, values: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in values.items() if name != REPLY or key != _BUTTONS}


def _buttons_of(name: str, values: Mapping[str, str]) -> tuple[TextButton, ...]:
    """A reply brings its own buttons, as a JSON list."""
    if name != REPLY or not values.get(_BUTTONS):
        return ()
    try:
        return tuple(TextButton(str(b["title"]), str(b["payload"])) for b in orjson.loads(values[_BUTTONS]))
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise BadValueError(_BUTTONS, "harus daftar title dan payload") from error
