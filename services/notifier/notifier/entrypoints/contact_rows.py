"""Rows about people as the contract has them, checked column by column; and back."""

import re
from collections.abc import Callable, Sequence

from chassis.kernel.errors import Reject
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from notifier.application.contacts import Address
from notifier.application.import_contacts import Row
from notifier.domain.channel import Channel
from notifier.domain.consent import Matter
from notifier.domain.contact import Contact, Grant
from notifier.domain.file_import import RowError
from notifier.domain.language import Language
from notifier.domain.phone import MOST_FURTHER

NO_PHONE = "nomor telepon tidak sah, contoh 0812-0000-0001"
LONGEST_NAME = 120
WORDS = {"ya": True, "tidak": False}
_ROLE = re.compile(r"[a-z_]{3,32}")


class RowReader:
    """Reads rows; `address` gives None for what is no phone."""

    def __init__(self, address: Callable[[str], Address | None], knows_place: Callable[[str], bool]) -> None:
        self._address, self._knows = address, knows_place

    def read(self, first: int, rows: Sequence[pb.ContactRow]) -> tuple[tuple[Row, ...], tuple[RowError, ...]]:
        """The rows that can be taken, and what is wrong with the others. `first` is the number of the first."""
        good: list[Row] = []
        wrong: list[RowError] = []
        for number, row in enumerate(rows, start=first):
            try:
                good.append(self._row(number, row))
            except Reject as error:
                wrong.append(RowError(number, error.field, error.rule, error.message))
        return tuple(good), tuple(wrong)

    def _row(self, number: int, row: pb.ContactRow) -> Row:
        channel, language = row.channel.strip().lower(), row.language.strip().lower()
        if channel and channel not in set(Channel):
            raise Reject("channel", "one_of", "isi sms atau whatsapp")
        if language and language not in set(Language):
            raise Reject("language", "one_of", "isi id, jv atau en")
        return Row(
            phone=self._phone("phone", row.phone),
            name=_name(row.name),
            grant=read_grant(row.role, row.place, self._knows),
            preferred=Channel(channel) if channel else None,
            language=Language(language) if language else None,
            further=self._further(row.further_phones),
            routine=_yes_or_no("routine", row.routine),
            whatsapp=_yes_or_no("whatsapp", row.whatsapp),
            number=number,
        )

    def _phone(self, field: str, text: str) -> Address:
        address = self._address(text)
        if address is None:
            raise Reject(field, "phone", NO_PHONE)
        return address

    def _further(self, text: str) -> tuple[Address, ...]:
        given = text.split()
        if len(given) > MOST_FURTHER:
            raise Reject("further_phones", "too_many", f"paling banyak {MOST_FURTHER} nomor, dipisah spasi")
        return tuple(self._phone("further_phones", phone) for phone in given)


def read_grant(role: str, place: str, knows_place: Callable[[str], bool]) -> Grant | None:
    """A role and its place; None where both are empty. Raises Reject."""
    role, place = role.strip(), place.strip()
    if not role and not place:
        return None
    if not _ROLE.fullmatch(role):
        raise Reject("role", "role", "peran ditulis dengan huruf kecil, contoh midwife")
    if not knows_place(place):
        raise Reject("place", "place", "kode tempat tidak dikenal, contoh 33.17.12.2002")
    return Grant(role, place)


def rows_of(contact: Contact, further: Sequence[str]) -> list[pb.ContactRow]:
    """A contact as rows that can be imported again: one for each role."""
    grants = sorted(contact.grants) or [Grant("", "")]
    return [
        pb.ContactRow(
            phone=contact.phone,
            name=contact.name,
            role=grant.role,
            place=grant.place,
            channel=contact.preferred.value,
            language=contact.language.value,
            further_phones=" ".join(further),
            routine=_word(contact.agrees(Matter.ROUTINE)),
            whatsapp=_word(contact.agrees(Matter.WHATSAPP)),
            on_duty=_word(contact.on_duty),
            contact_id=str(contact.id),
            applied_for=str(contact.applied_for or ""),
        )
        for grant in grants
    ]


def _name(text: str) -> str:
    name = " ".join(text.split())
    if len(name) > LONGEST_NAME:
        raise Reject("name", "too_long", f"paling panjang {LONGEST_NAME} huruf")
    return name


def _yes_or_no(field: str, text: str) -> bool | None:
    word = text.strip().lower()
    if word and word not in WORDS:
        raise Reject(field, "one_of", "isi ya atau tidak, atau kosongkan")
    return WORDS.get(word)


def _word(value: bool) -> str:  # noqa: FBT001 - the value is what is written
    return "ya" if value else "tidak"
