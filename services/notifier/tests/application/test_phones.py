"""Several phones of one contact: the first is written to, all of them write."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from chassis.kernel.errors import Conflict, NotFound, Reject
from notifier.application.contacts import Address, holder_of
from notifier.application.import_contacts import Row, import_contacts
from notifier.application.phones import PhoneOf, add_phone, make_first, phones_of, remove_phone
from notifier.domain.contact import Contact, Grant
from notifier.domain.file_import import Imported
from notifier.domain.message import Content
from notifier.domain.phone import MOST_FURTHER

MIDWIFE = Grant("midwife", "33.17.12.2002")


WORDS = Content("BAHAYA Siti # 30 # DARAH")


async def phones(town: Any, id_: Any) -> list[str]:
    return await phones_of(town.contact(id_), town.work)


async def test_messages_from_a_further_phone_are_the_contacts_and_leave_its_first_as_it_is(town: Any) -> None:
    sri = await town.bring(1, MIDWIFE)
    await town.work.do(add_phone, PhoneOf(sri, town.phone(2)))
    user = Address("ID.7", b"user")
    await town.write(town.phone(2), WORDS, user=user)
    [contact] = town.work.all(Contact)
    assert (contact.phone, contact.whatsapp_id) == (town.phone(1).number, "")
    assert await phones(town, sri) == [town.phone(1).number, town.phone(2).number]


async def test_adding_twice_is_once(town: Any) -> None:
    sri = await town.bring(1, MIDWIFE)
    for _ in range(2):
        await town.work.do(add_phone, PhoneOf(sri, town.phone(2)))
    assert len(await phones(town, sri)) == 2


async def test_a_phone_of_somebody_with_a_role_is_not_taken_away(town: Any) -> None:
    sri, _ = await town.bring(1, MIDWIFE), await town.bring(2, MIDWIFE)
    with pytest.raises(Conflict, match="milik kontak lain") as refused:
        await town.work.do(add_phone, PhoneOf(sri, town.phone(2)))
    assert (refused.value.field, refused.value.rule) == ("phone", "taken")
    ani = await town.bring(3, MIDWIFE)
    await town.work.do(add_phone, PhoneOf(sri, town.phone(4)))
    with pytest.raises(Conflict, match="milik kontak lain"):
        await town.work.do(add_phone, PhoneOf(ani, town.phone(4)))


async def test_who_wrote_from_a_second_phone_before_it_was_known_is_the_same_person_afterwards(town: Any) -> None:
    sri = await town.bring(1, MIDWIFE)
    user = Address("ID.7", b"user")
    await town.write(town.phone(2), WORDS, user=user)
    assert len(town.work.all(Contact)) == 2
    await town.work.do(add_phone, PhoneOf(sri, town.phone(2)))
    holder = await holder_of(town.phone(2), town.work)
    assert holder is not None
    assert holder.id == sri
    await town.write(town.phone(2), WORDS, user=user)
    assert len(town.work.all(Contact)) == 2


async def test_another_phone_is_made_the_first(town: Any) -> None:
    sri = await town.bring(1, MIDWIFE)
    await town.work.do(add_phone, PhoneOf(sri, town.phone(2)))
    swap = partial(make_first, digest=lambda number: town.phone(int(number[-4:])).digest)
    await town.work.do(_swap(swap), PhoneOf(sri, town.phone(2)))
    assert await phones(town, sri) == [town.phone(2).number, town.phone(1).number]
    await town.work.do(_swap(swap), PhoneOf(sri, town.phone(2)))
    await town.work.do(_swap(swap), PhoneOf(sri, town.phone(1)))
    assert await phones(town, sri) == [town.phone(1).number, town.phone(2).number]
    with pytest.raises(NotFound, match="tidak memiliki nomor itu"):
        await town.work.do(_swap(swap), PhoneOf(sri, town.phone(3)))


def _swap(swap: Any) -> Any:
    async def do(command: PhoneOf, work: Any) -> Contact:
        return await swap(command, work=work)

    return do


async def test_a_phone_is_taken_away_but_never_the_last(town: Any) -> None:
    sri = await town.bring(1, MIDWIFE)
    await town.work.do(add_phone, PhoneOf(sri, town.phone(2)))
    await town.work.do(add_phone, PhoneOf(sri, town.phone(3)))
    await town.work.do(remove_phone, PhoneOf(sri, town.phone(3)))
    await town.work.do(remove_phone, PhoneOf(sri, town.phone(1)))
    assert await phones(town, sri) == [town.phone(2).number]
    with pytest.raises(Conflict, match="nomor satu-satunya"):
        await town.work.do(remove_phone, PhoneOf(sri, town.phone(2)))
    with pytest.raises(NotFound):
        await town.work.do(remove_phone, PhoneOf(sri, town.phone(3)))
    await town.write(town.phone(1), WORDS)
    other = next(contact for contact in town.work.all(Contact) if contact.id != sri)
    assert other.phone == town.phone(1).number, "a number taken away makes a new contact, whatever it made before"


async def test_there_is_an_end_to_phones(town: Any) -> None:
    sri = await town.bring(1, MIDWIFE)
    for number in range(MOST_FURTHER):
        await town.work.do(add_phone, PhoneOf(sri, town.phone(10 + number)))
    with pytest.raises(Conflict, match="paling banyak 6 nomor"):
        await town.work.do(add_phone, PhoneOf(sri, town.phone(20)))


async def test_somebody_unknown_has_no_phones(town: Any) -> None:
    with pytest.raises(Reject, match="tidak ada kontak") as refused:
        await town.work.do(add_phone, PhoneOf(uuid4(), town.phone(1)))
    assert refused.value.field == "contact_id"


def row(town: Any, phone: int, *further: int, number: int = 0) -> Row:
    return Row(town.phone(phone), "Bu Ani", MIDWIFE, None, further=tuple(map(town.phone, further)), number=number)


async def test_rows_bring_further_phones_and_a_wrong_one_harms_no_other_row(town: Any) -> None:
    await town.bring(9, MIDWIFE)
    rows = (row(town, 1, 2, number=2), row(town, 3, 9, number=3), row(town, 4, 1, number=4), row(town, 5, number=5))
    imported = await town.work.do(import_contacts, rows)
    assert (imported.created, [(one.row, one.field, one.rule) for one in imported.errors]) == (
        2,
        [(3, "further_phones", "taken"), (4, "further_phones", "taken")],
    )
    again = await town.work.do(import_contacts, (row(town, 1, 2), row(town, 2)))
    assert again == Imported(0, 0, 1), "a row by a further phone is about the same person"
