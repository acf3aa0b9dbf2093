"""DAFTAR: an operator says yes or no to an application, and the person is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from notifier.application.answer_own_word import ROLES
from notifier.application.audits import audit
from notifier.application.contacts import known_contact
from notifier.application.say import Answer, Listener, say
from notifier.domain.contact import Contact, Grant

_WORDS = {role: word for word, role in ROLES.items()}


@dataclass(frozen=True, slots=True)
class Verdict:
    """An operator's answer to the application for a role that was seen on the list."""

    contact: UUID
    grant: Grant
    by: UUID


@dataclass(frozen=True, slots=True)
class Telling:
    """What is needed to tell the person."""

    seal: Callable[[Mapping[str, str]], bytes]
    place_name: Callable[[str], str]


async def approve(command: Verdict, work: Work, telling: Telling) -> bool:
    """Give the role. A second approval changes and tells nothing; give whether this one did."""
    contact = await known_contact(command.contact, work)
    at = contact.applied_at
    if not contact.approve(command.grant):
        return False
    _tell(contact, command, "notifier.approved", work, telling, of=str(at))
    audit(work, command.by, "application_approved", about=contact.id)
    return True


async def refuse(command: Verdict, work: Work, telling: Telling) -> bool:
    """Turn it down; the same of a second time."""
    contact = await known_contact(command.contact, work)
    at = contact.applied_at
    if not contact.refuse(command.grant):
        return False
    _tell(contact, command, "notifier.refused", work, telling, of=str(at))
    audit(work, command.by, "application_refused", about=contact.id)
    return True


def _tell(contact: Contact, command: Verdict, template: str, work: Work, telling: Telling, of: str) -> None:
    grant = command.grant
    values = {"role": _WORDS.get(grant.role, grant.role)[:20], "place": telling.place_name(grant.place)[:60]}
    id_ = derived_id("application-answer", str(contact.id), str(grant), of)
    say(id_, Answer(template, values), Listener(contact.id), work, telling.seal)
