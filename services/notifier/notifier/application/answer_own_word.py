"""The words that belong to everybody: MENU, BANTUAN, STOP, BERHENTI, MULAI, DAFTAR, MASUK, and what nobody knows."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from chassis.kernel import fields
from notifier.domain.contact import Contact, Grant
from notifier.domain.routing import Route

ROLES: Mapping[str, str] = {
    "BIDAN": "midwife",
    "KADER": "kader",
    "DOKTER": "doctor",
    "FASKES": "facility_duty",
    "PETUGAS": "collector",
    "BPBD": "bpbd_duty",
    "KADES": "village_head",
    "RELAWAN": "volunteer",
    "WARGA": "resident",
}
"""Roles one may apply for, by the word people type."""

PLAIN: Mapping[str, str] = {
    "MASUK": "notifier.no_portal",
    "MENU": "notifier.menu",
    "BANTUAN": "notifier.menu",
    "KASIH": "notifier.welcome",
}
"""Words that change nothing, and the template that answers each."""

_FIELDS_OF_DAFTAR = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """A template of the region pack and its values."""

    template: str
    values: Mapping[str, str] = field(default_factory=dict)


def answer_own_word(goes: Route, contact: Contact, place_code: Callable[[str], str | None]) -> Answer:
    """Do what the word says and give the answer."""
    match goes.word:
        case "STOP" | "BERHENTI":
            contact.opt(out=True)
            return Answer("notifier.stopped")
        case "MULAI":
            contact.opt(out=False)
            return Answer("notifier.started")
        case "DAFTAR":
            return _apply(goes.rest, contact, place_code)
        case _:
            return Answer(PLAIN.get(goes.word, "notifier.unknown"))


def _apply(rest: str, contact: Contact, place_code: Callable[[str], str | None]) -> Answer:
    """`DAFTAR nama # role # place`: recorded for an operator; what is wrong is named, nothing stored."""
    given, _ = fields.split(rest)
    if not given:
        return Answer("notifier.how_to_register")
    if len(given) != _FIELDS_OF_DAFTAR:
        return Answer("notifier.register_fields")
    name, role, place = given
    known = ROLES.get(role.upper())
    if known is None:
        return Answer("notifier.register_role")
    if not re.fullmatch(r"[\w .'-]{2,60}", name):
        return Answer("notifier.register_fields")
    if (code := place_code(place)) is None:
        return Answer("notifier.register_place")
    contact.apply(name, Grant(known, code))
    return Answer("notifier.registered")
