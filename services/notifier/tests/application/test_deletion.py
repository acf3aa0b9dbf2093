"""A person is forgotten: nothing of who it was stays, a new message makes somebody new."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.kernel.errors import Conflict, NotFound
from chassis.kernel.work import Work
from notifier.application.consents import SetConsent, set_consent
from notifier.application.contacts import set_duty
from notifier.application.delete_contact import DeleteContact, delete_contact
from notifier.application.phones import PhoneOf, add_phone
from notifier.application.rosters import SetShift, set_shift
from notifier.domain.audit import Audit
from notifier.domain.channel import Channel
from notifier.domain.consent import Consent, Matter
from notifier.domain.contact import Contact, ContactStated, Grant
from notifier.domain.conversation import Conversation
from notifier.domain.erasure import Erasure
from notifier.domain.message import Content
from notifier.domain.phone import FurtherPhone
from notifier.domain.roster import Shift

BPBD = Grant("bpbd_duty", "33.17")
BOSS = uuid4()


PIN = Content(location=(-6.7, 111.3))


async def lived(town: Any) -> UUID:
    """Somebody with all that one can have."""
    id_: UUID = await town.bring(1, BPBD)
    await town.write(town.phone(1), PIN, Channel.WHATSAPP)
    await town.work.do(add_phone, PhoneOf(id_, town.phone(2)))
    await town.work.do(set_consent, SetConsent(id_, Matter.WHATSAPP, True, f"operator:{BOSS}"))
    shift = SetShift(BPBD, id_, 1, town.work.now, town.work.now + timedelta(hours=8))
    await town.work.do(set_shift, shift)
    return id_


async def test_nothing_of_who_it_was_stays(town: Any) -> None:
    id_ = await lived(town)
    assert await town.work.do(delete_contact, DeleteContact(id_, BOSS, "atas permintaan sendiri"))
    contact = town.contact(id_)
    assert (contact.phone, contact.whatsapp_id, contact.name, contact.grants) == ("", "", "", frozenset())
    assert contact.deleted
    assert (town.work.events_of(ContactStated)[-1].grants, contact.on_duty) == ((), False)
    assert [(one.contact, one.number) for one in town.work.all(FurtherPhone)] == [(None, "")]
    assert [one.source for one in town.work.all(Consent)] == [""]
    assert all(shift.removed for shift in town.work.all(Shift))
    [conversation] = town.work.all(Conversation)
    assert (conversation.kept, conversation.service, conversation.whatsapp_at) == (None, "", None)
    [erasure] = town.work.all(Erasure)
    assert (erasure.id, erasure.numbers) == (id_, (town.phone(1).number, town.phone(2).number))
    assert [(one.what, one.about, one.reason) for one in town.work.all(Audit)] == [
        ("contact_deleted", id_, "atas permintaan sendiri")
    ]


async def test_deleting_twice_is_once(town: Any) -> None:
    id_ = await lived(town)
    command = DeleteContact(id_, BOSS, "diminta")
    assert [await town.work.do(delete_contact, command) for _ in range(2)] == [True, False]
    with pytest.raises(NotFound, match="tidak ada kontak"):
        await town.work.do(delete_contact, DeleteContact(uuid4(), BOSS, "diminta"))


@pytest.mark.parametrize("number", [1, 2])
async def test_a_new_message_from_the_same_phone_makes_somebody_new(town: Any, number: int) -> None:
    id_ = await lived(town)
    await town.work.do(delete_contact, DeleteContact(id_, BOSS, "diminta"))
    await town.write(town.phone(number), PIN, Channel.WHATSAPP)
    [fresh] = [contact for contact in town.work.all(Contact) if contact.id != id_]
    assert (fresh.phone, fresh.grants, fresh.deleted) == (town.phone(number).number, frozenset(), False)


async def test_nobody_changes_somebody_deleted(town: Any) -> None:
    id_ = await lived(town)
    await town.work.do(delete_contact, DeleteContact(id_, BOSS, "diminta"))

    async def duty(_: None, work: Work) -> None:
        await set_duty(id_, True, work)

    with pytest.raises(Conflict, match="sudah dihapus"):
        await town.work.do(duty, None)
