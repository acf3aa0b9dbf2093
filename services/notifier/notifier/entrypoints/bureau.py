"""What the operator's commands about contacts share: how they are run, and how what they name is read."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from google.protobuf.message import Message

from chassis.grpc.caller import caller
from chassis.grpc.idempotency import Creating, idempotent
from chassis.kernel.errors import Reject
from chassis.kernel.work import Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.step import Look, Need, Step
from notifier.application.contacts import Address
from notifier.domain.consent import Consent
from notifier.domain.contact import Contact
from notifier.domain.file_import import FileImport
from notifier.domain.phone import FurtherPhone
from notifier.entrypoints.contact_rows import NO_PHONE

A = TypeVar("A", bound=Message)


class People(Protocol):
    """Reads without locks (`adapters.people`)."""

    async def page(self, after: UUID | None, limit: int) -> list[Contact]:
        """Contacts that are not deleted, in the order of their ids."""

    async def by_phone(self, digest: bytes) -> Contact | None:
        """The contact with this phone, first or further."""

    async def by_id(self, contact: UUID) -> Contact | None:
        """The contact with this id."""

    async def further(self, contacts: Sequence[UUID]) -> Mapping[UUID, Sequence[str]]:
        """The phones besides the first, in the order in which they were added."""

    async def consents(self, contact: UUID) -> list[Consent]:
        """What a contact agreed to and took back, the newest first."""

    async def holders(self, digests: Sequence[bytes]) -> dict[bytes, UUID]:
        """The contacts that have these phones."""

    async def existing(self, contacts: Sequence[UUID]) -> list[UUID]:
        """Those of these ids that contacts have."""

    async def file(self, file: UUID) -> FileImport | None:
        """How far a file is."""

    async def applications(self, after: str, limit: int) -> tuple[list[Contact], str]:
        """Contacts that applied for a role, the oldest application first, and where the next page begins."""


@dataclass(frozen=True, slots=True)
class Bureau:
    """Where the operator's commands come in. `address` gives None for what is no phone."""

    boundary: Boundary
    people: People
    address: Callable[[str], Address | None]
    digest: Callable[[str], bytes]
    seal: Callable[[Mapping[str, str]], bytes]
    knows_place: Callable[[str], bool]
    place_name: Callable[[str], str]

    async def once(
        self,
        request: Creating,
        answer: type[A],
        handle: Callable[[Work], Awaitable[A]],
        needs: tuple[Need, ...] = (),
        finds: tuple[Look, ...] = (),
    ) -> A:
        """Run a command once for its idempotency key."""
        step = Step(id=None, handle=handle, idempotency=idempotent(request, answer), needs=needs, finds=finds)
        return await self.boundary.command(step)

    def phone(self, text: str) -> Address:
        """A phone as it is stored. Raises Reject."""
        found = self.address(text)
        if found is None:
            raise Reject("phone", "phone", NO_PHONE)
        return found


def operator() -> UUID:
    """Who calls."""
    return caller().contact_id


def read_uuid(text: str, field: str) -> UUID | None:
    """A page token; None for an empty one. Raises Reject."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Reject(field, "uuid", "bukan token halaman") from None


def asked(contact: UUID, *phones: Address) -> tuple[tuple[Need, ...], tuple[Look, ...]]:
    """What a command about a contact and some phones is going to look up."""
    needs = ((Contact, contact), *((FurtherPhone, FurtherPhone.id_of(phone.digest)) for phone in phones))
    finds = ((FurtherPhone, "contact", contact), *((Contact, "phone", phone.digest) for phone in phones))
    return needs, finds
