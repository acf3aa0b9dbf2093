"""Several phones of one contact: the first is written to, all of them write."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.kernel.errors import Conflict, NotFound
from chassis.kernel.work import Work
from notifier.application.contacts import Address, holder_of, known_contact
from notifier.domain.contact import Contact
from notifier.domain.phone import MOST_FURTHER, FurtherPhone

_NEXT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class PhoneOf:
    """A contact and a phone that it has or gets."""

    contact: UUID
    phone: Address


async def add_phone(command: PhoneOf, work: Work) -> Contact:
    """Let a contact write from this phone as well. Somebody without a role who wrote from it is the same person.

    Raises Conflict: somebody else with a role has it, or the contact has as many as one may have.
    """
    contact, phone = await known_contact(command.contact, work), command.phone
    new = await check_new_phones(contact, [phone], work)
    if holder := await holder_of(phone, work) if new else None:
        holder.give_numbers_up()
    if new and not contact.phone:
        contact.answer_by(phone.number)
    elif new:
        await _keep(phone, contact, work)
    return contact


async def check_new_phones(contact: Contact | None, phones: Sequence[Address], work: Work) -> bool:
    """Whether any of the phones is new to the contact. Raises Conflict where one may not become its."""
    new = 0
    for phone in phones:
        holder = await holder_of(phone, work)
        if holder is not None and holder is contact:
            continue
        if holder is not None and (holder.grants or holder.phone != phone.number):
            raise Conflict("phone", "taken", "nomor ini milik kontak lain; hapus dulu dari kontak itu")
        new += 1
    if new and contact and len(await further_of(contact, work)) + new > MOST_FURTHER:
        raise Conflict("phone", "too_many", f"satu kontak paling banyak {MOST_FURTHER + 1} nomor; hapus satu dulu")
    return new > 0


async def remove_phone(command: PhoneOf, work: Work) -> Contact:
    """Take a phone away; after the first one the one that was added first is written to.

    Raises NotFound: it is none of this contact's; Conflict: it is the only one.
    """
    contact = await known_contact(command.contact, work)
    if contact.phone != command.phone.number:
        (await _own(command, work)).release()
        return contact
    others = await further_of(contact, work)
    if not others:
        raise Conflict("phone", "last", "ini nomor satu-satunya: tambahkan nomor lain dulu, atau hapus kontaknya")
    contact.answer_by(others[0].number)
    others[0].release()
    return contact


async def make_first(command: PhoneOf, digest: Callable[[str], bytes], work: Work) -> Contact:
    """Write to this phone from now on; the one before stays as a further one. Raises NotFound."""
    contact = await known_contact(command.contact, work)
    if contact.phone == command.phone.number:
        return contact
    (await _own(command, work)).release()
    if contact.phone:
        await _keep(Address(contact.phone, digest(contact.phone)), contact, work)
    contact.answer_by(command.phone.number)
    return contact


async def further_of(contact: Contact, work: Work) -> list[FurtherPhone]:
    """The phones besides the first, in the order in which they were added."""
    found = await work.find(FurtherPhone, "contact", contact.id)
    return sorted(found, key=lambda phone: (phone.since, phone.id))


async def phones_of(contact: Contact, work: Work) -> list[str]:
    """All numbers, the one that is written to first."""
    first = [contact.phone] if contact.phone else []
    return first + [phone.number for phone in await further_of(contact, work)]


async def _own(command: PhoneOf, work: Work) -> FurtherPhone:
    try:
        phone = await work.get(FurtherPhone, FurtherPhone.id_of(command.phone.digest))
    except NotFound:
        phone = None
    if phone is None or phone.contact != command.contact:
        raise NotFound("phone", "kontak ini tidak memiliki nomor itu")
    return phone


async def _keep(phone: Address, contact: Contact, work: Work) -> None:
    """Add it behind the others, also where they came in the same step."""
    others = await further_of(contact, work)
    since = max([work.now, *(other.since + _NEXT for other in others[-1:])])
    id_ = FurtherPhone.id_of(phone.digest)
    try:
        (await work.get(FurtherPhone, id_)).take(contact.id, phone.number, since)
    except NotFound:
        work.add(FurtherPhone(id_, contact.id, phone.number, since))
