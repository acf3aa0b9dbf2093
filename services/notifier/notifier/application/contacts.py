"""How contacts are found and made, and the small changes an operator makes to one."""

from dataclasses import dataclass
from itertools import count
from uuid import UUID

from chassis.kernel.errors import Conflict, NotFound
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant
from notifier.domain.language import Language
from notifier.domain.phone import FurtherPhone


@dataclass(frozen=True, slots=True)
class Address:
    """A phone (E.164 with plus) or a WhatsApp user id, with the keyed hash under which it is stored."""

    number: str
    digest: bytes


def contact_id(digest: bytes, generation: int = 0) -> UUID:
    """The id of the contact that a number makes; later generations where the one before is deleted or moved away."""
    return derived_id("contact", digest.hex(), *([str(generation)] if generation else []))


async def known_contact(contact: UUID, work: Work) -> Contact:
    """The contact. Raises NotFound; Conflict for one that is deleted."""
    try:
        found = await work.get(Contact, contact)
    except NotFound:
        raise NotFound("contact_id", "tidak ada kontak dengan id ini") from None
    if found.deleted:
        raise Conflict("contact_id", "deleted", "kontak ini sudah dihapus")
    return found


async def holder_of(phone: Address, work: Work) -> Contact | None:
    """Who has this phone, as the first or as a further one."""
    if known := await work.find(Contact, "phone", phone.digest):
        return known[0]
    try:
        further = await work.get(FurtherPhone, FurtherPhone.id_of(phone.digest))
    except NotFound:
        return None
    return await work.get(Contact, further.contact) if further.contact else None


async def new_contact(work: Work, phone: Address | None, whatsapp: Address | None, name: str = "") -> Contact:
    """Make a contact without roles, known to the others from now on.

    The id follows from the keyed hash of the number: a step that runs again makes the same contact.
    """
    digest = next(address.digest for address in (phone, whatsapp) if address)
    contact = Contact(
        await _free_id(digest, work),
        phone=phone.number if phone else "",
        whatsapp_id=whatsapp.number if whatsapp else "",
        name=name,
        preferred=Channel.SMS if phone else Channel.WHATSAPP,
    )
    work.add(contact)
    contact.state()
    return contact


async def _free_id(digest: bytes, work: Work) -> UUID:
    for generation in count():
        try:
            await work.get(Contact, contact_id(digest, generation))
        except NotFound:
            break
    return contact_id(digest, generation)


async def set_duty(contact_id: UUID, on_duty: bool, work: Work) -> Contact:  # noqa: FBT001 - the field of the request
    """Put a contact on or off duty."""
    contact = await known_contact(contact_id, work)
    contact.set_duty(on_duty=on_duty)
    return contact


async def set_language(contact_id: UUID, language: Language, work: Work) -> Contact:
    """Write to a contact in another language from now on."""
    contact = await known_contact(contact_id, work)
    contact.speak(language)
    return contact


async def revoke_grant(contact_id: UUID, grant: Grant, work: Work) -> Contact:
    """Take a role away."""
    contact = await known_contact(contact_id, work)
    contact.revoke(grant)
    return contact
