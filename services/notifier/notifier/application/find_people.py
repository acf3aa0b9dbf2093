"""Did it reach somebody: finds people by what an operator types, and what became of the messages to them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from chassis.kernel.errors import Reject
from notifier.application.contacts import Address
from notifier.domain.contact import Contact
from notifier.domain.delivery import State
from notifier.domain.lane import Lane
from notifier.domain.names import fits, looked_up, words_of
from notifier.domain.timeline import Step

MOST_DIGITS_OF_A_NAME = 4
"""More digits than these are a phone: names of desks have numbers (BPBD Piket 1)."""


class Register(Protocol):
    """Contacts by what they are known by."""

    async def by_phone(self, digest: bytes) -> Contact | None:
        """The contact with this phone."""

    async def by_id(self, contact: UUID) -> Contact | None:
        """The contact with this id."""


class Names(Protocol):
    """Contacts by name."""

    async def search(self, beginnings: Sequence[str], role: str, place: str, limit: int) -> list[Contact]:
        """Those whose name has words with all these beginnings; of a role, and at or in a place, where given."""


class PersonDelivery(NamedTuple):
    """One alert's copy for somebody, from the beginning."""

    id: UUID
    alert: UUID
    template: str
    lane: Lane
    state: State
    tries: int
    steps: list[Step]


class Histories(Protocol):
    """What became of the messages to somebody."""

    async def latest(
        self, contact: UUID, alert: UUID | None, since: datetime, limit: int
    ) -> Sequence[PersonDelivery]:
        """The deliveries of alerts that came in since then, the newest first; or that of one alert."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an operator typed, and how the answer is narrowed; `role` and `place` may be empty."""

    query: str
    role: str
    place: str
    limit: int


@dataclass(frozen=True, slots=True)
class Found:
    """People, by id; `more`: not all of them."""

    people: Sequence[Contact]
    more: bool = False


async def find_people(
    asked: Asked, register: Register, names: Names, address: Callable[[str], Address | None]
) -> Found:
    """Find by phone where a phone was typed, else by name. Raises Reject when there is nothing to look for."""
    if sum(letter.isdigit() for letter in asked.query) > MOST_DIGITS_OF_A_NAME:
        phone = address(asked.query)
        if phone is None:
            raise Reject("query", "phone", "nomor telepon tidak sah, contoh 0812-0000-0001")
        one = await register.by_phone(phone.digest)
        return Found([one] if one else [])
    words = words_of(asked.query)
    beginnings = looked_up(words)
    if not beginnings:
        raise Reject("query", "name", "tulis paling sedikit dua huruf dari nama, atau nomor telepon")
    found = await names.search(beginnings, asked.role, asked.place, asked.limit + 1)
    people = [one for one in found if fits(words, one.name)]
    return Found(people[: asked.limit], more=len(found) > asked.limit)
