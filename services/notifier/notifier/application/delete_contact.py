"""Forgets a person. The contact's row stays without a name, so that what was sent keeps counting."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.errors import NotFound
from chassis.kernel.work import Work
from notifier.application.audits import audit
from notifier.application.phones import further_of
from notifier.domain.consent import Consent
from notifier.domain.contact import Contact
from notifier.domain.conversation import Conversation
from notifier.domain.erasure import Erasure
from notifier.domain.roster import Shift


@dataclass(frozen=True, slots=True)
class DeleteContact:
    """Who is to be forgotten, who says so, and why."""

    contact: UUID
    by: UUID
    reason: str


async def delete_contact(command: DeleteContact, work: Work) -> bool:
    """Forget the person; False when that was done before. What lies elsewhere is left to the erasure.

    Raises NotFound.
    """
    try:
        contact = await work.get(Contact, command.contact)
    except NotFound:
        raise NotFound("contact_id", "tidak ada kontak dengan id ini") from None
    if contact.deleted:
        return False
    further = await further_of(contact, work)
    numbers = (contact.phone, contact.whatsapp_id, *(phone.number for phone in further))
    work.add(Erasure(contact.id, work.now, tuple(number for number in numbers if number)))
    for phone in further:
        phone.release()
    for said in await work.find(Consent, "contact", contact.id):
        said.erase_source()
    for shift in await work.find(Shift, "contact", contact.id):
        shift.remove()
    await _forget_conversation(contact.id, work)
    contact.delete()
    audit(work, command.by, "contact_deleted", about=contact.id, reason=command.reason)
    return True


async def _forget_conversation(contact: UUID, work: Work) -> None:
    try:
        conversation = await work.get(Conversation, contact)
    except NotFound:
        return
    conversation.forget()
