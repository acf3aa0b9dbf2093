"""The words that belong to everybody: MENU, BANTUAN, STOP, BERHENTI, MULAI, DAFTAR, MASUK, and what nobody knows."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from chassis.kernel import fields
from chassis.kernel.work import Work
from notifier.application.consents import note
from notifier.application.say import Answer
from notifier.domain import words
from notifier.domain.channel import Channel
from notifier.domain.consent import BY_MESSAGE, Matter
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
    "KASIH": "notifier.welcome",
}
"""Words that change nothing, and the template that answers each."""

HELP: Mapping[str, str] = {
    "DAFTAR": "notifier.how_to_register",
    "MASUK": "notifier.no_portal",
    "STOP": "notifier.help_stop",
    "BERHENTI": "notifier.help_stop",
    "MULAI": "notifier.help_stop",
    "ADMIN": "notifier.help_desk",
    "TERIMA": "notifier.help_offer",
    "TOLAK": "notifier.help_offer",
    "STATUS": "notifier.help_status",
}
"""`BANTUAN word` for words that are no single service's; every other BANTUAN gets the menu."""

OFFER_OF_THE_DESK = Answer("notifier.unknown_again")
"""The answer to the second message in a row that nobody understands."""

_FIELDS_OF_DAFTAR = 3


def answer_own_word(
    goes: Route, contact: Contact, channel: Channel, place_code: Callable[[str], str | None], work: Work
) -> Answer:
    """Do what the word says and give the answer. MULAI on WhatsApp agrees to being written to there."""
    match goes.word:
        case "STOP" | "BERHENTI":
            note(contact, Matter.ROUTINE, BY_MESSAGE, work, given=False)
            return Answer("notifier.stopped")
        case "MULAI":
            note(contact, Matter.ROUTINE, BY_MESSAGE, work, given=True)
            if channel is Channel.WHATSAPP:
                note(contact, Matter.WHATSAPP, BY_MESSAGE, work, given=True)
            return Answer("notifier.started")
        case "DAFTAR":
            return _apply(goes.rest, contact, place_code, work.now)
        case "BANTUAN":
            return Answer(HELP.get(fields.read(goes.rest, words.WORDS).word or "", "notifier.menu"))
        case _:
            return Answer(PLAIN.get(goes.word, "notifier.unknown"))


def _apply(rest: str, contact: Contact, place_code: Callable[[str], str | None], at: datetime) -> Answer:
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
    contact.apply(name, Grant(known, code), at)
    return Answer("notifier.registered")
