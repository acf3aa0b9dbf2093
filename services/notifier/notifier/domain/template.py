"""Texts with typed values: checked when an alert is raised, not at 3 a.m. when it is sent."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from notifier.domain.language import Language

LONGEST: Mapping[str, int] = {
    "code": 5,
    "short": 20,
    "int": 6,
    "date": 10,
    "time": 5,
    "place": 60,
    "text": 160,
    "long": 640,
}
"""Types of values and their longest form in characters (regions/33.17/templates/README.md)."""

USUAL: Mapping[str, str] = {
    "code": "M2K7P",
    "short": "tumpukan",
    "int": "60",
    "date": "12-03-2026",
    "time": "14.30",
    "place": "Sendangmulyo, Kragan",
    "text": "perdarahan, kejang",
    "long": "S2K7P tumpukan, Sendangmulyo Kragan: dijemput Parman hari ini. Balas BELUM S2K7P bila belum bersih.",
}
"""Types of values as they mostly are."""

_FORMS = {"int": r"-?\d+", "date": r"\d{2}-\d{2}-\d{4}", "time": r"\d{2}\.\d{2}"}
_ALLOWED = {"int": "harus angka", "date": "ditulis hh-bb-tttt", "time": "ditulis jj.mm"}


@dataclass(frozen=True, slots=True)
class TextButton:
    """A button; `payload` is what a person would type."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Approved:
    """The account's approved WhatsApp template; `body` names the values in the order of its parameters."""

    name: str
    language: str
    body: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready for any channel. `approved` is None where the account has no template for it."""

    text: str
    buttons: tuple[TextButton, ...]
    approved: Approved | None
    parameters: tuple[str, ...] = ()


class BadValueError(ValueError):
    """A value is missing, unknown or not of its type; the message names it without its content.

    `rule` is missing_value or bad_value, `name` the value's.
    """

    def __init__(self, name: str, allowed: str, rule: str = "bad_value") -> None:
        super().__init__(f"{name} {allowed}")
        self.name, self.allowed, self.rule = name, allowed, rule


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a text with values cannot be sent.

    `rule` is unknown_template, missing_value, bad_value or malformed; `name` names the value, if one is at fault, and
    `allowed` says what would be right.
    """

    rule: str
    name: str = ""
    allowed: str = ""


@dataclass(frozen=True, slots=True)
class Template:
    """A text of the region pack. `service` is the file it stands in: who sends it; `why` says why so many `parts`.

    `text` is Indonesian; `texts` are the same in other languages, where somebody wrote it.
    """

    service: str
    text: str
    values: Mapping[str, str]
    buttons: tuple[TextButton, ...] = ()
    approved: Approved | None = None
    parts: int | None = None  # SMS that it may take although they are many, or UCS-2
    why: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)

    def check(self, values: Mapping[str, str]) -> None:
        """Raise BadValueError unless every value is there and fits its type."""
        if missing := sorted(set(self.values) - set(values)):
            raise BadValueError(missing[0], "harus diisi", "missing_value")
        if unknown := sorted(set(values) - set(self.values)):
            raise BadValueError(unknown[0], "tidak dipakai teks ini")
        for name, kind in self.values.items():
            if len(values[name]) > LONGEST[kind]:
                raise BadValueError(name, f"paling panjang {LONGEST[kind]} huruf")
            if kind in _FORMS and not re.fullmatch(_FORMS[kind], values[name]):
                raise BadValueError(name, _ALLOWED[kind])

    def render(
        self, values: Mapping[str, str], buttons: tuple[TextButton, ...] = (), language: str = Language.INDONESIAN
    ) -> Rendered:
        """Fill in values that `check` let pass. `buttons` stand in where the template has none (replies).

        Where there is no text in the language it is the Indonesian one. Buttons and the account's approved template
        are Indonesian always: the words behind them are.
        """
        own = tuple(TextButton(fill(b.title, values), fill(b.payload, values)) for b in self.buttons)
        parameters = tuple(values[name] for name in self.approved.body) if self.approved else ()
        text = self.texts.get(language, self.text)
        return Rendered(fill(text, values), own or buttons, self.approved, parameters)

    @property
    def is_offer(self) -> bool:
        """Whether the person is asked for TERIMA or TOLAK."""
        return any(button.payload.startswith(("TERIMA", "TOLAK")) for button in self.buttons)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of their {names}, once: braces inside a value stay as they are."""
    return re.sub(r"\{(\w+)\}", lambda match: values[match[1]], text)


def names_in(text: str) -> set[str]:
    """The names of the values that a text asks for."""
    return set(re.findall(r"\{(\w+)\}", text))
