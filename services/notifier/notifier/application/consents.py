"""People say what they want to get, and take it back; each word is kept with its time and source."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.ids import new_id
from chassis.kernel.work import Work
from notifier.application.contacts import known_contact
from notifier.domain.consent import Consent, Matter
from notifier.domain.contact import Contact


@dataclass(frozen=True, slots=True)
class SetConsent:
    """An operator writes down what somebody said."""

    contact: UUID
    what: Matter
    given: bool
    source: str


async def set_consent(command: SetConsent, work: Work) -> Contact:
    """Keep it. The same word again is kept again: it was said at another time."""
    contact = await known_contact(command.contact, work)
    note(contact, command.what, command.source, work, given=command.given)
    return contact


def note(contact: Contact, what: Matter, source: str, work: Work, *, given: bool) -> None:
    """Change what holds, and remember who said so."""
    contact.agree(what, given=given)
    work.add(Consent(new_id(), contact.id, what, given, work.now, source))
