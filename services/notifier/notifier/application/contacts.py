"""How contacts are found and made."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant


@dataclass(frozen=True, slots=True)
class Address:
    """A phone (E.164 with plus) or a WhatsApp user id, with the keyed hash under which it is stored."""

    number: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """One checked row of an import: one role of one person."""

    phone: Address
    name: str
    grant: Grant | None
    preferred: Channel | None


@dataclass(frozen=True, slots=True)
class Imported:
    """How many people were new, got something new, or were known."""

    created: int
    changed: int
    unchanged: int


class Rehearsal(Exception):  # noqa: N818 - not an error: it keeps the dry run's work from being stored
    """What an import would have done."""

    def __init__(self, imported: Imported) -> None:
        super().__init__("dry run")
        self.imported = imported


async def import_contacts(rows: tuple[Row, ...], work: Work) -> Imported:
    """Merge rows into what is known. The same rows again change nothing."""
    fate: dict[UUID, str] = {}
    for row in rows:
        known = await work.find(Contact, "phone", row.phone.digest)
        contact = known[0] if known else new_contact(work, row.phone, None)
        news = contact.learn(row.name, row.grant, row.preferred)
        was = fate.get(contact.id, "unchanged")
        fate[contact.id] = "created" if not known else "changed" if news and was == "unchanged" else was
    counts = list(fate.values())
    return Imported(counts.count("created"), counts.count("changed"), counts.count("unchanged"))


async def rehearse_import(rows: tuple[Row, ...], work: Work) -> Imported:
    """Do the import and raise Rehearsal, so that nothing of it is stored."""
    raise Rehearsal(await import_contacts(rows, work))


def new_contact(work: Work, phone: Address | None, whatsapp: Address | None, name: str = "") -> Contact:
    """Make a contact without roles, known to the others from now on.

    The id follows from the keyed hash of the number: a step that runs again makes the same contact.
    """
    digest = next(address.digest for address in (phone, whatsapp) if address)
    contact = Contact(
        derived_id("contact", digest.hex()),
        phone=phone.number if phone else "",
        whatsapp_id=whatsapp.number if whatsapp else "",
        name=name,
        preferred=Channel.SMS if phone else Channel.WHATSAPP,
    )
    work.add(contact)
    contact.state()
    return contact


async def set_duty(contact_id: UUID, on_duty: bool, work: Work) -> Contact:  # noqa: FBT001 - the field of the request
    """Put a contact on or off duty."""
    contact = await work.get(Contact, contact_id)
    contact.set_duty(on_duty=on_duty)
    return contact


async def revoke_grant(contact_id: UUID, grant: Grant, work: Work) -> Contact:
    """Take a role away."""
    contact = await work.get(Contact, contact_id)
    contact.revoke(grant)
    return contact
