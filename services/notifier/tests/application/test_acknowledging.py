from datetime import UTC, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.auth.cipher import Cipher
from chassis.kernel.errors import Conflict, NotFound
from chassis.kernel.work import Work
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from notifier.adapters import alert_tables, tables
from notifier.adapters.asking import ACKNOWLEDGEMENTS
from notifier.adapters.vault import Vault
from notifier.application.acknowledge_for import AcknowledgeFor, acknowledge_for
from notifier.application.contacts import Address
from notifier.application.house import House
from notifier.application.receive_message import ReceiveMessage, receive_message
from notifier.domain.acknowledgement import Acknowledgement, DeliveryAcknowledged, Via
from notifier.domain.alert import Alert
from notifier.domain.audience import Audience
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant
from notifier.domain.desk import DeskTimes
from notifier.domain.lane import Lane
from notifier.domain.message import Content, FieldMessageRouted
from notifier.domain.office_hours import OfficeHours

VAULT = Vault(Cipher(b"k" * 32), b"h" * 32, b"", b"", {})
TIMES = DeskTimes(timedelta(minutes=30), timedelta(hours=1), timedelta(hours=23), timedelta(hours=24))
HOURS = OfficeHours(time(7), time(21), UTC)
HOUSE = House(timedelta(minutes=15), lambda _: b"sealed", {"Kragan": "33.17.12"}.get, TIMES, HOURS)
PHONE = Address("+628120000001", VAULT.digest("+628120000001"))
CODE = "B2K7P"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def work(clock: MovableClock) -> MemoryWork:
    held = [
        tables.contacts(VAULT),
        tables.conversations(VAULT),
        tables.MESSAGES,
        alert_tables.ALERTS,
        ACKNOWLEDGEMENTS,
    ]
    memory = MemoryWork(clock, held)
    duty = Grant("bpbd_duty", "33.17")
    memory.add(Contact(uuid4(), phone=PHONE.number, grants=frozenset({duty})))
    return memory


def asks(work: MemoryWork, code: str = CODE, **more: Any) -> Acknowledgement:
    """An alert that asks the one contact there is."""
    [contact] = work.all(Contact)
    alert = uuid4()
    given = {"template": "destana.incident", "code": code, "expires_at": work.now + timedelta(hours=3), **more}
    made = Acknowledgement(
        Acknowledgement.id_of(alert, contact.id), alert, contact.id, uuid4(), role="bpbd_duty", place="33.17",
        asked_at=work.now, **given,
    )  # fmt: skip
    work.add(made)
    return made


async def write(work: MemoryWork, text: str, replied: UUID | None = None) -> None:
    command = ReceiveMessage(uuid4(), Channel.SMS, PHONE, None, "", Content(text), work.now, replied_alert=replied)
    await work.do(partial(_receive), command)


async def _receive(command: ReceiveMessage, work: Work) -> None:
    await receive_message(command, work, HOUSE)


def how(work: MemoryWork) -> list[tuple[Via, timedelta]]:
    return [(told.via, told.waited) for told in work.events_of(DeliveryAcknowledged)]


@pytest.mark.parametrize(("text", "via"), [("SIAP B2K7P", Via.CODE), ("siap", Via.WORD), ("STATUS B2K7P", Via.CODE)])
async def test_a_message_acknowledges_once_and_goes_to_its_service_all_the_same(
    work: MemoryWork, clock: MovableClock, text: str, via: Via
) -> None:
    asks(work)
    clock.move(timedelta(seconds=40))
    await write(work, text)
    clock.move(timedelta(seconds=40))
    await write(work, text)
    assert how(work) == [(via, timedelta(seconds=40))]
    assert [routed.service for routed in work.events_of(FieldMessageRouted)] == ["destana", "destana"]


async def test_any_reply_to_the_alert_acknowledges_it_alone(work: MemoryWork) -> None:
    asked, other = asks(work), asks(work, "B3333")
    await write(work, "sudah di lokasi", replied=asked.alert)
    assert [told.alert for told in work.events_of(DeliveryAcknowledged)] == [asked.alert]
    assert work.all(Acknowledgement)[[one.id for one in work.all(Acknowledgement)].index(other.id)].open


async def test_siap_with_two_open_incidents_acknowledges_neither(work: MemoryWork) -> None:
    asks(work)
    asks(work, "B3333")
    await write(work, "SIAP")
    assert how(work) == []


async def test_what_expired_is_not_answered_any_more(work: MemoryWork, clock: MovableClock) -> None:
    asks(work)
    clock.move(timedelta(hours=4))
    await write(work, "SIAP B2K7P")
    assert how(work) == []


async def test_a_strangers_siap_acknowledges_nothing(work: MemoryWork) -> None:
    asks(work)
    stranger = Address("+628120000099", VAULT.digest("+628120000099"))
    command = ReceiveMessage(uuid4(), Channel.SMS, stranger, None, "", Content("SIAP B2K7P"), work.now)
    await work.do(_receive, command)
    assert how(work) == []


async def test_an_operator_acknowledges_after_a_call_but_not_over_an_answer(work: MemoryWork) -> None:
    asked, operator = asks(work), uuid4()
    command = AcknowledgeFor(asked.alert, asked.contact, operator)
    first = await work.do(acknowledge_for, command)
    again = await work.do(acknowledge_for, command)
    assert (first.via, first.noted_by, again.at) == (Via.OPERATOR, operator, first.at)
    assert len(how(work)) == 1


async def test_acknowledging_what_is_not_there_is_refused_naming_the_field(work: MemoryWork) -> None:
    asked = asks(work)
    given = {"subject": uuid4(), "template": "destana.incident", "sealed_values": b"", "lane": Lane.URGENT}
    for alert_id, by in ((asked.alert, work.now), (uuid4(), None)):
        work.add(
            Alert(
                alert_id, audience=Audience(), expires_at=work.now, accepted_at=work.now, acknowledge_by=by, **given
            )
        )
    plain = next(alert.id for alert in work.all(Alert) if alert.acknowledge_by is None)
    for alert, contact, field, error in (
        (uuid4(), asked.contact, "alert_id", NotFound),
        (asked.alert, uuid4(), "contact_id", NotFound),
        (plain, asked.contact, "alert_id", Conflict),
    ):
        with pytest.raises(error) as refused:
            await work.do(acknowledge_for, AcknowledgeFor(alert, contact, uuid4()))
        assert refused.value.field == field
