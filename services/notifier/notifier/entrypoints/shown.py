"""What operators see of contacts, as the contract has it."""

from collections.abc import Sequence

from kentongan.common.v1 import place_pb2
from kentongan.notifier.v1 import contact_changes_pb2, contacts_service_pb2
from notifier.domain.consent import Consent
from notifier.domain.contact import Contact, Grant
from wire.alerts import CHANNELS
from wire.times import stamp


def grant_shown(grant: Grant | None) -> place_pb2.Grant | None:
    """A role at a place."""
    return place_pb2.Grant(role=grant.role, place=grant.place) if grant else None


def contact_shown(contact: Contact, further: Sequence[str] = ()) -> contacts_service_pb2.Contact:
    """A contact with the phones besides its first."""
    return contacts_service_pb2.Contact(
        contact_id=str(contact.id),
        phone=contact.phone,
        name=contact.name,
        grants=[place_pb2.Grant(role=grant.role, place=grant.place) for grant in sorted(contact.grants)],
        channel=CHANNELS[contact.preferred],
        on_duty=contact.on_duty,
        opted_out=contact.opted_out,
        whatsapp_opted_in=contact.whatsapp_opted_in,
        language=contact.language.value,
        further_phones=further,
        rostered=contact.rostered,
        applied_for=grant_shown(contact.applied_for),
        applied_at=stamp(contact.applied_at),
        deleted=contact.deleted,
    )


def application_shown(contact: Contact) -> contact_changes_pb2.Application:
    """What somebody applied for."""
    return contact_changes_pb2.Application(
        contact_id=str(contact.id),
        name=contact.name,
        phone=contact.phone,
        grant=grant_shown(contact.applied_for),
        at=stamp(contact.applied_at),
    )


def consent_shown(said: Consent) -> contact_changes_pb2.Consent:
    """One yes or no."""
    return contact_changes_pb2.Consent(what=said.what.value, given=said.given, at=stamp(said.at), source=said.source)
