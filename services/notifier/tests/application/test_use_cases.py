from datetime import UTC, time, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from chassis.auth.cipher import Cipher
from chassis.kernel.errors import Conflict, NotFound
from chassis.kernel.work import Work
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from notifier.adapters.vault import Vault
from notifier.application.cancel_alert import CancelAlert, cancel_alert
from notifier.application.contacts import Address, revoke_grant, set_duty
from notifier.application.house import House
from notifier.application.import_contacts import Rehearsal, Row, import_contacts, rehearse_import
from notifier.application.raise_alert import RaiseAlert, raise_alert
from notifier.application.receive_message import ReceiveMessage, receive_message
from notifier.application.update_alert import UpdateAlert, update_alert
from notifier.domain.alert import Alert, AlertRejected, AlertState, Tells, Words
from notifier.domain.audience import Audience
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, ContactStated, Grant
from notifier.domain.conversation import Conversation
from notifier.domain.desk import DeskTimes
from notifier.domain.file_import import Imported
from notifier.domain.lane import Lane
from notifier.domain.message import Content, FieldMessageRouted, Picture
from notifier.domain.office_hours import OfficeHours
from notifier.domain.template import Fault

VAULT = Vault(Cipher(b"k" * 32), b"h" * 32, b"", b"", {})
MIDWIFE = Grant("midwife", "33.17.12.2002")
TIMES = DeskTimes(timedelta(minutes=30), timedelta(hours=1), timedelta(hours=23), timedelta(hours=24))
HOURS = OfficeHours(time(7), time(21), UTC)
HOUSE = House(timedelta(minutes=15), lambda _: b"sealed", {"Kragan": "33.17.12"}.get, TIMES, HOURS)


def address(number: str) -> Address:
    return Address(number, VAULT.digest(number))


PHONE = address("+628120000001")


def row(grant: Grant | None = MIDWIFE, channel: Channel | None = None, phone: Address = PHONE) -> Row:
    return Row(phone, "Bu Sri", grant, channel)


async def write(work: MemoryWork, text: str, **more: Any) -> None:
    given = {"channel": Channel.SMS, "phone": PHONE, "whatsapp": None, "content": Content(text), **more}
    command = ReceiveMessage(uuid4(), name="", received_at=work.now, **given)
    await work.do(partial(_receive, house=HOUSE), command)


async def _receive(command: ReceiveMessage, work: Work, house: House) -> None:
    await receive_message(command, work, house)


async def test_a_person_of_several_rows_is_one_and_a_repeat_changes_nothing(work: MemoryWork) -> None:
    rows = (row(), row(Grant("midwife", "33.17.12.2003")), row(phone=address("+628120000002")))
    assert await work.do(import_contacts, rows) == Imported(created=2, changed=0, unchanged=0)
    assert await work.do(import_contacts, rows) == Imported(created=0, changed=0, unchanged=2)
    assert await work.do(import_contacts, (row(channel=Channel.WHATSAPP),)) == Imported(0, 1, 0)
    assert sorted(len(contact.grants) for contact in work.all(Contact)) == [1, 2]


async def test_a_rehearsal_tells_and_stores_nothing(work: MemoryWork) -> None:
    with pytest.raises(Rehearsal) as told:
        await work.do(rehearse_import, (row(),))
    assert told.value.imported == Imported(1, 0, 0)
    assert work.all(Contact) == []


async def test_what_others_may_know_is_told_after_each_change(work: MemoryWork) -> None:
    await work.do(import_contacts, (row(),))
    [contact] = work.all(Contact)
    await set_duty(contact.id, False, work)
    await revoke_grant(contact.id, MIDWIFE, work)
    last = work.events_of(ContactStated)[-1]
    assert (last.grants, last.on_duty) == ((), False)


async def test_what_others_may_know_of_a_new_contact_is_told_once_with_all_its_roles(work: MemoryWork) -> None:
    kader = Grant("kader", MIDWIFE.place)
    await work.do(import_contacts, (row(), row(kader)))
    [told] = work.events_of(ContactStated)
    assert told.grants == tuple(sorted((MIDWIFE, kader)))


async def test_a_stranger_becomes_a_contact_and_the_message_goes_to_its_owner(work: MemoryWork) -> None:
    await write(work, "SAMPAH TUMPUKAN # Kragan")
    [contact] = work.all(Contact)
    [routed] = work.events_of(FieldMessageRouted)
    assert (routed.service, routed.contact, routed.grants) == ("gareng-mesem", contact.id, ())


async def test_the_conversation_ends_after_its_time(work: MemoryWork, clock: MovableClock) -> None:
    await write(work, "SAMPAH TUMPUKAN")
    clock.move(timedelta(minutes=14))
    await write(work, "2")
    clock.move(timedelta(minutes=16))
    await write(work, "2")
    assert [message.service for message in work.events_of(FieldMessageRouted)] == ["gareng-mesem"] * 2
    [answer] = work.all(Alert)
    assert answer.template == "notifier.unknown"


PIN, PHOTO = (-6.7, 111.3), Picture("media-1", "image/jpeg")


async def test_a_pin_and_a_photo_travel_with_the_word_of_another_service(work: MemoryWork) -> None:
    await write(work, "", content=Content(location=PIN))
    await write(work, "", content=Content(photo=PHOTO))
    await write(work, "MENU")
    await write(work, "BANJIR 60")
    await write(work, "BANJIR 70")
    *first, report, later = work.events_of(FieldMessageRouted)
    assert [event.service for event in first] == ["gareng-mesem"] * 2
    assert (report.service, report.content) == ("destana", Content("BANJIR 60", PIN, PHOTO))
    assert later.content == Content("BANJIR 70")


async def test_a_pin_is_not_told_twice_to_one_service_nor_after_an_answer(work: MemoryWork) -> None:
    await write(work, "", content=Content(location=PIN))
    await write(work, "SAMPAH LIAR")
    await write(work, "", content=Content(location=PIN))
    await write(work, "motor")
    await write(work, "BANJIR 60")
    said = [event.content for event in work.events_of(FieldMessageRouted) if event.content.text]
    assert said == [Content("SAMPAH LIAR"), Content("motor"), Content("BANJIR 60")]


async def test_a_pin_is_remembered_for_a_quarter_of_an_hour(work: MemoryWork, clock: MovableClock) -> None:
    await write(work, "", content=Content(location=PIN))
    clock.move(timedelta(minutes=16))
    await write(work, "BANJIR 60")
    assert work.events_of(FieldMessageRouted)[-1].content == Content("BANJIR 60")


async def test_somebody_known_by_user_id_alone_keeps_the_contact_when_the_phone_is_told(work: MemoryWork) -> None:
    user = address("ID.1349")
    for phone in (None, PHONE, None):
        await write(work, "MENU", channel=Channel.WHATSAPP, phone=phone, whatsapp=user)
    await write(work, "MENU")
    [contact] = work.all(Contact)
    assert (contact.phone, contact.whatsapp_id) == (PHONE.number, user.number)


async def test_who_has_a_phone_and_a_user_id_apart_is_the_one_with_the_phone_from_then_on(work: MemoryWork) -> None:
    user = address("ID.1349")
    await write(work, "MENU", channel=Channel.WHATSAPP, phone=None, whatsapp=user)
    await work.do(import_contacts, (row(),))
    await write(work, "MENU", channel=Channel.WHATSAPP, whatsapp=user)
    await write(work, "BUMIL Siti", channel=Channel.WHATSAPP, phone=None, whatsapp=user)
    [routed] = work.events_of(FieldMessageRouted)
    assert routed.grants == (MIDWIFE,)


async def test_our_own_answer_belongs_to_the_trace_of_the_question(work: MemoryWork) -> None:
    await write(work, "MENU", traceparent="00-1-2-01")
    assert [alert.traceparent for alert in work.all(Alert)] == ["00-1-2-01"]


async def test_phone_and_whatsapp_of_one_person_are_one_contact(work: MemoryWork) -> None:
    await work.do(import_contacts, (row(),))
    await write(work, "MENU", channel=Channel.WHATSAPP, whatsapp=address("user-1"))
    await write(work, "MENU", channel=Channel.WHATSAPP, phone=None, whatsapp=address("user-1"))
    assert len(work.all(Contact)) == 1
    assert work.all(Conversation)[0].whatsapp_at == work.now
    assert {alert.channel for alert in work.all(Alert)} == {Channel.WHATSAPP}


@pytest.mark.parametrize(
    ("text", "template"),
    [
        ("DAFTAR", "how_to_register"),
        ("DAFTAR Siti # KADER", "register_fields"),
        ("DAFTAR Siti # RAJA # Kragan", "register_role"),
        ("DAFTAR Siti # KADER # Entah", "register_place"),
        ("DAFTAR Siti # KADER # Kragan", "registered"),
        ("STOP", "stopped"),
        ("MULAI", "started"),
        ("MENU", "menu"),
        ("BANTUAN", "menu"),
        ("MASUK", "no_portal"),
        ("apa ini", "unknown"),
    ],
)
async def test_everybodys_words_are_answered(work: MemoryWork, text: str, template: str) -> None:
    await write(work, text)
    [answer] = work.all(Alert)
    [contact] = work.all(Contact)
    assert answer.template == f"notifier.{template}"
    assert answer.audience == Audience(contacts=(contact.id,))
    assert contact.applied_for == (Grant("kader", "33.17.12") if template == "registered" else None)
    assert contact.grants == frozenset()


def alert(work: MemoryWork, **more: Any) -> Alert:
    given = {"expires_at": work.now + timedelta(hours=1), "accepted_at": work.now, **more}
    return Alert(
        uuid4(),
        subject=uuid4(),
        template="reply",
        sealed_values=b"",
        audience=Audience(contacts=(uuid4(),)),
        lane=Lane.URGENT,
        **given,
    )


async def test_an_expired_or_faulty_alert_is_refused(work: MemoryWork) -> None:
    await work.do(raise_alert, RaiseAlert(alert(work, expires_at=work.now)))
    await work.do(raise_alert, RaiseAlert(alert(work), Fault("missing_value", "code")))
    assert [(event.reason, event.value) for event in work.events_of(AlertRejected)] == [
        ("expired", ""),
        ("missing_value", "code"),
    ]


async def test_one_key_is_one_alert_for_a_day(work: MemoryWork, clock: MovableClock) -> None:
    first = alert(work, deduplication_key="k")
    await work.do(raise_alert, RaiseAlert(first))
    again = alert(work, deduplication_key="k")
    await work.do(raise_alert, RaiseAlert(again))
    clock.move(timedelta(days=1, seconds=1))
    later = alert(work, deduplication_key="k")
    await work.do(raise_alert, RaiseAlert(later))
    states = {one.id: one.state for one in work.all(Alert)}
    assert states == {
        first.id: AlertState.PLANNING,
        again.id: AlertState.DUPLICATE,
        later.id: AlertState.PLANNING,
    }


async def test_calling_off_twice_is_once(work: MemoryWork) -> None:
    one = alert(work)
    await work.do(raise_alert, RaiseAlert(one))
    await work.do(cancel_alert, CancelAlert(one.id, "salah"))
    await work.do(cancel_alert, CancelAlert(one.id, "lagi"))
    assert [(a.state, a.reason) for a in work.all(Alert)] == [(AlertState.CANCELLING, "salah")]


async def test_thanks_are_answered_and_accept_nothing(work: MemoryWork) -> None:
    await write(work, "terima kasih")
    assert [alert.template for alert in work.all(Alert)] == ["notifier.welcome"]


WORDS = Words("reply", b"newer")


def newer(work: MemoryWork, first: Alert, **more: Any) -> UpdateAlert:
    given = {"update": uuid4(), "words": WORDS, "expires_at": work.now + timedelta(hours=2), **more}
    return UpdateAlert(first.id, **given)


async def test_an_update_takes_the_alert_s_place_and_the_next_one_takes_its(work: MemoryWork) -> None:
    first = alert(work, deduplication_key="k")
    await work.do(raise_alert, RaiseAlert(first))
    update = await work.do(update_alert, newer(work, first))
    latest = await work.do(update_alert, newer(work, first))
    stored = {one.id: one for one in work.all(Alert)}
    assert [stored[one.id].state for one in (first, update, latest)] == [
        AlertState.CANCELLING,
        AlertState.CANCELLING,
        AlertState.PLANNING,
    ]
    assert (stored[first.id].successor, stored[update.id].successor) == (latest.id, latest.id)
    assert stored[latest.id].follows == (first.id, update.id)
    assert (stored[latest.id].audience, stored[latest.id].tells) == (first.audience, Tells.UPDATE)
    again = alert(work, deduplication_key="k")
    await work.do(raise_alert, RaiseAlert(again))
    assert again.reason == str(latest.id)


@pytest.mark.parametrize("fault", [Fault("unknown_template"), None])
async def test_an_update_that_cannot_be_sent_leaves_the_alert_as_it_is(work: MemoryWork, fault: Fault | None) -> None:
    first = alert(work)
    await work.do(raise_alert, RaiseAlert(first))
    expires_at = work.now + timedelta(hours=2) if fault else work.now
    update = await work.do(update_alert, newer(work, first, fault=fault, expires_at=expires_at))
    assert update.state is AlertState.REJECTED
    [stored] = [one for one in work.all(Alert) if one.id == first.id]
    assert (stored.state, stored.successor) == (AlertState.PLANNING, None)
    assert [event.alert for event in work.events_of(AlertRejected)] == [update.id]


async def test_what_is_called_off_or_unknown_is_not_updated(work: MemoryWork) -> None:
    first = alert(work)
    with pytest.raises(NotFound):
        await work.do(update_alert, newer(work, first))
    await work.do(raise_alert, RaiseAlert(first))
    await work.do(cancel_alert, CancelAlert(first.id, "salah"))
    with pytest.raises(Conflict):
        await work.do(update_alert, newer(work, first))


async def test_a_cancellation_reaches_the_newest_update_and_says_that_it_is_over_once(work: MemoryWork) -> None:
    first = alert(work)
    await work.do(raise_alert, RaiseAlert(first))
    update = await work.do(update_alert, newer(work, first))
    called_off, end = await work.do(cancel_alert, CancelAlert(first.id, "selesai", WORDS, uuid4()))
    assert called_off.id == update.id
    assert (end.follows, end.tells, end.subject) == ((first.id, update.id), Tells.END, first.subject)
    _, again = await work.do(cancel_alert, CancelAlert(first.id, "selesai", WORDS, uuid4()))
    assert again is None
    assert len(work.all(Alert)) == 3
