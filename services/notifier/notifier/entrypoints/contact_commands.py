"""The operator's commands and queries about contacts, over gRPC."""

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from chassis.grpc.idempotency import idempotent
from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.work import Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.step import Step
from kentongan.common.v1 import place_pb2
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from kentongan.notifier.v1 import contacts_service_pb2_grpc as rpc
from notifier.application.contacts import (
    Address,
    Imported,
    Rehearsal,
    Row,
    import_contacts,
    rehearse_import,
    revoke_grant,
    set_duty,
)
from notifier.domain.channel import Channel
from notifier.domain.contact import Contact, Grant
from wire.alerts import CHANNELS

DEFAULT_PAGE = 500
_ROLE = re.compile(r"[a-z_]{3,32}")


class People(Protocol):
    """Reads without locks."""

    async def page(self, after: UUID | None, limit: int) -> list[Contact]:
        """Contacts in the order of their ids."""

    async def by_phone(self, digest: bytes) -> Contact | None:
        """The contact with this phone."""

    async def by_id(self, contact: UUID) -> Contact | None:
        """The contact with this id."""


class ContactService(rpc.ContactServiceServicer):
    """ContactService of the contract."""

    def __init__(
        self,
        boundary: Boundary,
        people: People,
        address: Callable[[str], Address | None],
        knows_place: Callable[[str], bool],
    ) -> None:
        self._boundary, self._people, self._address, self._knows = boundary, people, address, knows_place

    async def ImportContacts(self, request: pb.ImportContactsRequest, _context: Any) -> pb.ImportContactsResponse:  # noqa: N802 - the contract's name
        """Take rows in, each for itself."""
        rows, errors = self._checked(request)
        finds = tuple({row.phone.digest: (Contact, "phone", row.phone.digest) for row in rows}.values())
        if request.dry_run:
            return await self._rehearse(rows, errors, finds)

        async def handle(work: Work) -> pb.ImportContactsResponse:
            return _imported(await import_contacts(tuple(rows), work), errors)

        step = Step(id=None, handle=handle, idempotency=idempotent(request, pb.ImportContactsResponse), finds=finds)
        return await self._boundary.command(step)

    async def ExportContacts(self, request: pb.ExportContactsRequest, _context: Any) -> pb.ExportContactsResponse:  # noqa: N802 - the contract's name
        """Give everybody out, page by page."""
        limit = request.page_size or DEFAULT_PAGE
        people = await self._people.page(_uuid(request.page_token, "page_token"), limit)
        return pb.ExportContactsResponse(
            rows=[row for contact in people for row in _rows(contact)],
            next_page_token=str(people[-1].id) if len(people) == limit else "",
        )

    async def FindContact(self, request: pb.FindContactRequest, _context: Any) -> pb.FindContactResponse:  # noqa: N802 - the contract's name
        """Find a contact by phone."""
        address = self._address(request.phone)
        if address is None:
            raise Reject("phone", "phone", "nomor telepon tidak sah, contoh 0812-0000-0001")
        return pb.FindContactResponse(contact=_shown(await self._people.by_phone(address.digest)))

    async def GetContact(self, request: pb.GetContactRequest, _context: Any) -> pb.GetContactResponse:  # noqa: N802 - the contract's name
        """Give a contact by id."""
        return pb.GetContactResponse(contact=_shown(await self._people.by_id(UUID(request.contact_id))))

    async def SetDuty(self, request: pb.SetDutyRequest, _context: Any) -> pb.SetDutyResponse:  # noqa: N802 - the contract's name
        """Put a contact on or off duty."""

        async def handle(work: Work) -> pb.SetDutyResponse:
            return pb.SetDutyResponse(contact=_shown(await set_duty(UUID(request.contact_id), request.on_duty, work)))

        once = idempotent(request, pb.SetDutyResponse)
        return await self._boundary.command(Step(id=None, handle=handle, idempotency=once))

    async def RevokeGrant(self, request: pb.RevokeGrantRequest, _context: Any) -> pb.RevokeGrantResponse:  # noqa: N802 - the contract's name
        """Take a contact's role at a place away."""
        grant = Grant(request.grant.role, request.grant.place)

        async def handle(work: Work) -> pb.RevokeGrantResponse:
            return pb.RevokeGrantResponse(contact=_shown(await revoke_grant(UUID(request.contact_id), grant, work)))

        once = idempotent(request, pb.RevokeGrantResponse)
        return await self._boundary.command(Step(id=None, handle=handle, idempotency=once))

    # --- rows

    async def _rehearse(
        self, rows: Sequence[Row], errors: Sequence[pb.ContactRowError], finds: tuple[Any, ...]
    ) -> pb.ImportContactsResponse:
        try:
            await self._boundary.command(Step(id=None, handle=partial(rehearse_import, tuple(rows)), finds=finds))
        except Rehearsal as rehearsal:
            return _imported(rehearsal.imported, errors)
        raise AssertionError("a rehearsal is always stopped")

    def _checked(self, request: pb.ImportContactsRequest) -> tuple[list[Row], list[pb.ContactRowError]]:
        """The rows that can be taken, and what is wrong with the others."""
        rows: list[Row] = []
        errors: list[pb.ContactRowError] = []
        for number, row in enumerate(request.rows, start=request.first_row):
            try:
                rows.append(self._row(row))
            except Reject as wrong:
                errors.append(
                    pb.ContactRowError(row=number, field=wrong.field, rule=wrong.rule, message=wrong.message)
                )
        return rows, errors

    def _row(self, row: pb.ContactRow) -> Row:
        address = self._address(row.phone)
        if address is None:
            raise Reject("phone", "phone", "nomor telepon tidak sah, contoh 0812-0000-0001")
        channel = row.channel.strip().lower()
        if channel and channel not in set(Channel):
            raise Reject("channel", "one_of", "isi sms atau whatsapp")
        return Row(address, row.name.strip(), self._grant(row), Channel(channel) if channel else None)

    def _grant(self, row: pb.ContactRow) -> Grant | None:
        role, place = row.role.strip(), row.place.strip()
        if not role and not place:
            return None
        if not _ROLE.fullmatch(role):
            raise Reject("role", "role", "peran ditulis dengan huruf kecil, contoh midwife")
        if not self._knows(place):
            raise Reject("place", "place", "kode tempat tidak dikenal, contoh 33.17.12.2002")
        return Grant(role, place)


def _imported(imported: Imported, errors: Sequence[pb.ContactRowError]) -> pb.ImportContactsResponse:
    return pb.ImportContactsResponse(
        created=imported.created, changed=imported.changed, unchanged=imported.unchanged, errors=errors
    )


def _rows(contact: Contact) -> list[pb.ContactRow]:
    grants = sorted(contact.grants) or [Grant("", "")]
    return [
        pb.ContactRow(
            phone=contact.phone,
            name=contact.name,
            role=grant.role,
            place=grant.place,
            channel=contact.preferred.value,
        )
        for grant in grants
    ]


def _shown(contact: Contact | None) -> pb.Contact:
    if contact is None:
        raise NotFound("contact")
    return pb.Contact(
        contact_id=str(contact.id),
        phone=contact.phone,
        name=contact.name,
        grants=[place_pb2.Grant(role=grant.role, place=grant.place) for grant in sorted(contact.grants)],
        channel=CHANNELS[contact.preferred],
        on_duty=contact.on_duty,
        opted_out=contact.opted_out,
    )


def _uuid(text: str, field: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Reject(field, "uuid", "bukan token halaman") from None
