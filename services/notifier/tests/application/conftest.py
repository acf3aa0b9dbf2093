"""The notifier's tables in memory, and people in them."""

from datetime import UTC, time, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from chassis.auth.cipher import Cipher
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from notifier.adapters import alert_tables, contact_tables, tables
from notifier.adapters.vault import Vault
from notifier.application.contacts import Address
from notifier.application.house import House
from notifier.application.import_contacts import Row, import_contacts
from notifier.application.receive_message import ReceiveMessage, receive_message
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant
from notifier.domain.desk import DeskTimes
from notifier.domain.message import Content
from notifier.domain.office_hours import OfficeHours

VAULT = Vault(Cipher(b"k" * 32), b"h" * 32, b"", b"", {})


TIMES = DeskTimes(timedelta(minutes=30), timedelta(hours=1), timedelta(hours=23), timedelta(hours=24))
HOURS = OfficeHours(time(7), time(21), UTC)


class Town:
    """People in memory: brought by a phone, seen by it again."""

    def __init__(self, work: MemoryWork) -> None:
        self.work = work
        self.house = House(timedelta(minutes=15), lambda _: b"sealed", lambda _: None, TIMES, HOURS)

    async def write(
        self, phone: Address, content: Content, channel: Channel = Channel.SMS, user: Address | None = None
    ) -> None:
        command = ReceiveMessage(
            uuid4(),
            channel=channel,
            phone=phone,
            whatsapp=user,
            name="Siti",
            content=content,
            received_at=self.work.now,
        )
        await self.work.do(partial(receive_message, house=self.house), command)

    @staticmethod
    def phone(number: int) -> Address:
        text = f"+62812000{number:04}"
        return Address(text, VAULT.digest(text))

    async def bring(self, number: int, *grants: Grant) -> UUID:
        rows = tuple(Row(self.phone(number), "Bu Sri", grant, None) for grant in grants or (None,))
        await self.work.do(import_contacts, rows)
        [found] = [contact for contact in self.work.all(Contact) if contact.phone == self.phone(number).number]
        return found.id

    def contact(self, id_: UUID) -> Contact:
        return next(contact for contact in self.work.all(Contact) if contact.id == id_)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def work(clock: MovableClock) -> MemoryWork:
    return MemoryWork(
        clock,
        [
            tables.contacts(VAULT),
            tables.conversations(VAULT),
            tables.MESSAGES,
            alert_tables.ALERTS,
            alert_tables.KEY_HOLDERS,
            *contact_tables.tables(VAULT),
        ],
    )


@pytest.fixture
def town(work: MemoryWork) -> Town:
    return Town(work)
