"""A person and the officers of the service desk, through the use cases."""

from datetime import UTC, datetime, time, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from chassis.auth.cipher import Cipher
from chassis.kernel.errors import Conflict, NotFound, Reject
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from notifier.adapters import alert_tables, desk_tables, tables
from notifier.adapters.vault import Vault
from notifier.application.contacts import Address
from notifier.application.desk_clock import CLAIM, REST
from notifier.application.end_silence import end_silence, lapse_claim
from notifier.application.hold_conversation import (
    Officer,
    claim_conversation,
    hand_conversation_back,
    transfer_conversation,
)
from notifier.application.house import House
from notifier.application.import_contacts import Row, import_contacts
from notifier.application.receive_message import ReceiveMessage, receive_message
from notifier.application.reply_to_person import ReplyToPerson, reply_to_person
from notifier.application.say import Answer
from notifier.domain.alert import Alert
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant
from notifier.domain.conversation import Conversation
from notifier.domain.desk import Claimed, DeskState, DeskTimes, NotClaimed
from notifier.domain.desk_message import Deed, DeskDeed, DeskMessage
from notifier.domain.message import Content, FieldMessageRouted, Message, Picture
from notifier.domain.office_hours import OfficeHours

VAULT = Vault(Cipher(b"k" * 32), b"h" * 32, b"", b"", {})
TIMES = DeskTimes(timedelta(minutes=30), timedelta(hours=1), timedelta(hours=23), timedelta(hours=24))
HOUSE = House(timedelta(minutes=15), lambda _: b"sealed", lambda _: None, TIMES, OfficeHours(time(7), time(21), UTC))
NINE = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
PIN, PHOTO = (-6.7, 111.3), Picture("media-1", "image/jpeg")


def address(number: str) -> Address:
    return Address(number, VAULT.digest(number))


class Desk:
    """One person, two officers, and what the notifier says."""

    def __init__(self) -> None:
        self.clock = MovableClock(NINE)
        self.work = MemoryWork(
            self.clock,
            [
                *(tables.contacts(VAULT), tables.conversations(VAULT), tables.MESSAGES, alert_tables.ALERTS),
                *(alert_tables.KEY_HOLDERS, desk_tables.desk_messages(VAULT), desk_tables.DESK_DEEDS),
            ],
        )
        self.rini = self.budi = UUID(int=0)

    async def staff(self) -> None:
        rows = tuple(
            Row(address(f"+62812999{n}"), name, Grant("service_desk", "33.17"), None)
            for n, name in ((1, "Rini"), (2, "Budi"))
        )
        await self.work.do(import_contacts, rows)
        self.rini, self.budi = (
            next(one.id for one in self.work.all(Contact) if one.name == name) for name in ("Rini", "Budi")
        )

    async def says(self, text: str, channel: Channel = Channel.SMS, **more) -> None:
        given = {"content": Content(text), **more}
        phone = address("+628120000001")
        command = ReceiveMessage(uuid4(), channel, phone, None, "", received_at=self.work.now, **given)
        await self.work.do(partial(_receive, house=HOUSE), command)

    @property
    def person(self) -> UUID:
        return self.work.all(Message)[0].contact

    @property
    def conversation(self) -> Conversation:
        return next(one for one in self.work.all(Conversation) if one.id == self.person)

    @property
    def told(self) -> list[str]:
        """The templates that went to the person, oldest first."""
        return [alert.template.removeprefix("notifier.") for alert in self.work._stored.get(Alert, {}).values()]

    @property
    def kept(self) -> list[str]:
        return [one.content.text for one in self.work._stored.get(DeskMessage, {}).values()]

    def by(self, officer: UUID) -> Officer:
        return Officer(officer, self.person)

    async def claims(self, officer: UUID) -> Conversation:
        return await self.work.do(partial(_claim, times=TIMES), self.by(officer))

    async def replies(self, officer: UUID, text: str = "Besok pukul 9.", **more) -> Conversation:
        command = ReplyToPerson(uuid4(), self.by(officer), Answer("reply", {"text": text}), text, **more)
        return await self.work.do(partial(_reply, house=HOUSE), command)

    async def fire(self) -> None:
        for timer in self.work.due():
            if self.work.timers.pop(timer.id).kind == CLAIM:
                await lapse_claim(timer.subject, self.work, TIMES)
            else:
                await end_silence(timer.subject, self.work, HOUSE)


async def _receive(command, work, house):
    await receive_message(command, work, house)


async def _claim(by, work, times):
    return await claim_conversation(by, work, times)


async def _reply(command, work, house):
    return await reply_to_person(command, work, house)


@pytest.fixture
async def desk() -> Desk:
    made = Desk()
    await made.staff()
    return made


async def test_the_second_unknown_message_in_a_row_is_offered_a_human(desk: Desk) -> None:
    await desk.says("halo")
    await desk.says("ada orang di sana")
    await desk.says("tolong")
    assert desk.told == ["unknown", "unknown_again", "unknown_again"]


async def test_a_known_word_or_a_quarter_of_an_hour_between_them_begins_anew(desk: Desk) -> None:
    await desk.says("halo")
    await desk.says("MENU")
    await desk.says("ada orang di sana")
    desk.clock.move(timedelta(minutes=16))
    await desk.says("tolong")
    assert desk.told == ["unknown", "menu", "unknown", "unknown"]


async def test_who_asks_for_a_human_is_told_once_and_every_word_is_kept(desk: Desk) -> None:
    await desk.says("ADMIN jadwal posyandu?")
    await desk.says("di Kragan")
    await desk.says("", content=Content("ini tempatnya", PIN, PHOTO))
    assert desk.told == ["desk_asked"]
    assert desk.kept == ["ADMIN jadwal posyandu?", "di Kragan", "ini tempatnya"]
    shown = desk.work._stored[DeskMessage]
    assert list(shown.values())[2].content == Content("ini tempatnya", PIN, PHOTO)
    assert {message.service for message in desk.work.all(Message)} == {"desk"}
    assert desk.conversation.desk.state is DeskState.WAITING


async def test_a_photo_before_the_word_is_shown_at_the_desk(desk: Desk) -> None:
    await desk.says("", content=Content(photo=PHOTO))
    await desk.says("ADMIN")
    [kept] = desk.work.all(DeskMessage)
    assert kept.content == Content("ADMIN", photo=PHOTO)


@pytest.mark.parametrize(
    ("hour", "template", "day"),
    [(9, "desk_asked", ""), (22, "desk_asked_closed", "besok"), (5, "desk_asked_closed", "hari ini")],
)
async def test_outside_the_hours_it_is_said_when_somebody_answers(hour, template, day) -> None:
    desk, said = Desk(), []
    desk.clock.move(timedelta(hours=(hour - 9) % 24))
    house = House(HOUSE.conversation, lambda values: said.append(values) or b"", HOUSE.place_code, TIMES, HOUSE.hours)
    command = ReceiveMessage(
        uuid4(), Channel.SMS, address("+628"), None, "", Content("ADMIN"), received_at=desk.work.now
    )
    await desk.work.do(partial(_receive, house=house), command)
    assert desk.told == [template]
    assert said == [{"day": day, "time": "07.00"} if day else {}]


async def test_an_emergency_and_a_code_are_served_while_a_human_has_the_conversation(desk: Desk) -> None:
    await desk.says("ADMIN")
    await desk.claims(desk.rini)
    for text in ("banjir Kragan 60", "BAHAYA", "STATUS S2K7P"):
        await desk.says(text)
    assert [event.service for event in desk.work.events_of(FieldMessageRouted)] == [
        "destana",
        "telponi",
        "gareng-mesem",
    ]
    assert desk.kept == ["ADMIN"]
    assert desk.conversation.desk.officer == desk.rini


async def test_a_place_shown_to_the_desk_counts_for_the_emergency_after_it(desk: Desk) -> None:
    await desk.says("ADMIN")
    await desk.says("", content=Content(location=PIN))
    await desk.says("BANJIR 60")
    [report] = desk.work.events_of(FieldMessageRouted)
    assert report.content == Content("BANJIR 60", PIN)


async def test_menu_leads_back_to_the_bot(desk: Desk) -> None:
    await desk.says("ADMIN")
    await desk.says("MENU")
    await desk.says("halo")
    assert desk.told == ["desk_asked", "menu", "unknown"]
    assert desk.work.timers == {}


async def test_the_answer_goes_by_the_channel_of_the_question_and_answers_it(desk: Desk) -> None:
    await desk.says("MENU")
    await desk.says("ADMIN", channel=Channel.WHATSAPP)
    await desk.claims(desk.rini)
    await desk.replies(desk.rini)
    *_, alert = desk.work._stored[Alert].values()
    question = desk.conversation.last.message
    assert (alert.template, alert.channel, alert.in_reply_to) == ("reply", Channel.WHATSAPP, question)
    assert desk.kept == ["ADMIN", "Besok pukul 9."]


async def test_after_24_hours_whatsapp_takes_only_a_template(desk: Desk) -> None:
    await desk.says("ADMIN", channel=Channel.WHATSAPP)
    desk.clock.move(timedelta(hours=24))
    await desk.claims(desk.rini)
    with pytest.raises(Conflict) as told:
        await desk.replies(desk.rini)
    assert (told.value.field, told.value.rule) == ("text", "window_closed")
    assert desk.kept == ["ADMIN"]
    await desk.replies(desk.rini, free=False)
    await desk.says("ya", channel=Channel.WHATSAPP)
    await desk.replies(desk.rini)
    assert len(desk.kept) == 4


async def test_sms_has_no_24_hours(desk: Desk) -> None:
    await desk.says("ADMIN")
    desk.clock.move(timedelta(days=2))
    await desk.claims(desk.rini)
    await desk.replies(desk.rini)
    assert desk.kept[-1] == "Besok pukul 9."


async def test_the_other_officer_learns_the_name_and_may_do_nothing(desk: Desk) -> None:
    await desk.says("ADMIN")
    with pytest.raises(NotClaimed):
        await desk.replies(desk.budi)
    await desk.claims(desk.rini)
    with pytest.raises(Claimed, match="Rini"):
        await desk.claims(desk.budi)
    with pytest.raises(Claimed, match="Rini"):
        await desk.replies(desk.budi)
    assert desk.kept == ["ADMIN"]
    assert [deed.deed for deed in desk.work.all(DeskDeed)] == [Deed.CLAIM]


async def test_an_officer_takes_over_from_the_bot_and_hands_back(desk: Desk) -> None:
    await desk.says("halo")
    await desk.claims(desk.rini)
    await desk.says("halo lagi")
    await hand_conversation_back(desk.by(desk.rini), desk.work, TIMES)
    await desk.says("halo")
    assert desk.told == ["unknown", "unknown"]
    assert desk.kept == ["halo lagi"]


async def test_it_is_given_to_another_officer_and_to_nobody_else(desk: Desk) -> None:
    await desk.says("ADMIN")
    await desk.claims(desk.rini)
    for to, error in ((desk.person, Reject), (uuid4(), NotFound)):
        with pytest.raises(error) as told:
            await transfer_conversation(desk.by(desk.rini), to, desk.work, TIMES)
        assert told.value.field == "to_officer_id"
    await transfer_conversation(desk.by(desk.rini), desk.budi, desk.work, TIMES)
    await desk.replies(desk.budi)
    assert desk.conversation.desk.officer == desk.budi


async def test_a_claim_lapses_after_half_an_hour_without_the_officer(desk: Desk) -> None:
    await desk.says("ADMIN")
    await desk.claims(desk.rini)
    desk.clock.move(timedelta(minutes=29))
    await desk.claims(desk.rini)
    await desk.says("masih di sana?")
    desk.clock.move(timedelta(minutes=29))
    await desk.fire()
    assert desk.conversation.desk.state is DeskState.HUMAN
    desk.clock.move(timedelta(minutes=1))
    await desk.fire()
    assert desk.conversation.desk.state is DeskState.WAITING
    await desk.claims(desk.budi)


async def test_an_hour_after_the_last_answer_the_bot_is_back_without_a_word(desk: Desk) -> None:
    await desk.says("ADMIN")
    await desk.claims(desk.rini)
    await desk.replies(desk.rini)
    desk.clock.move(timedelta(minutes=61))
    await desk.fire()
    assert not desk.conversation.desk.is_open
    assert desk.told == ["desk_asked", "reply"]
    assert desk.work.timers == {}


async def test_who_is_never_answered_is_told_before_the_window_closes(desk: Desk) -> None:
    await desk.says("ADMIN", channel=Channel.WHATSAPP)
    assert {timer.kind for timer in desk.work.timers.values()} == {REST}
    desk.clock.move(timedelta(hours=23))
    await desk.fire()
    assert desk.told == ["desk_asked", "desk_unanswered"]
    assert not desk.conversation.desk.is_open


async def test_an_emergency_is_completed_before_the_desk_goes_on(desk: Desk) -> None:
    await desk.says("ADMIN")
    await desk.claims(desk.rini)
    desk.clock.move(timedelta(minutes=1))
    await desk.says("BANJIR Sendangmulyo")
    await desk.says("2")
    assert [(event.service, event.content.text) for event in desk.work.events_of(FieldMessageRouted)] == [
        ("destana", "BANJIR Sendangmulyo"),
        ("destana", "2"),
    ]
    desk.clock.move(timedelta(minutes=1))
    await desk.replies(desk.rini, "Anda di mana?")
    await desk.says("Kragan")
    assert desk.kept == ["ADMIN", "Anda di mana?", "Kragan"]


async def test_a_question_to_the_desk_ends_what_the_service_may_have_asked(desk: Desk) -> None:
    await desk.says("ADMIN")
    desk.clock.move(timedelta(minutes=1))
    await desk.says("BANJIR Sendangmulyo")
    desk.clock.move(timedelta(minutes=1))
    await desk.says("kapan posyandu di Kragan?")
    await desk.says("hari Senin")
    assert desk.kept == ["ADMIN", "kapan posyandu di Kragan?", "hari Senin"]


async def test_a_code_answers_itself_and_the_desk_goes_on(desk: Desk) -> None:
    await desk.says("ADMIN")
    desk.clock.move(timedelta(minutes=1))
    await desk.says("STATUS S2K7P")
    await desk.says("belum diangkut")
    assert desk.kept == ["ADMIN", "belum diangkut"]
