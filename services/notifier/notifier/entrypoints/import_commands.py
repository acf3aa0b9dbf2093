"""Contacts in by rows, and out again."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from chassis.kernel.work import Work
from chassis.postgres.step import Look, Need, Step
from kentongan.notifier.v1 import contacts_service_pb2 as pb
from notifier.application.audits import audit
from notifier.application.contacts import contact_id
from notifier.application.import_contacts import (
    Part,
    Rehearsal,
    Row,
    import_contacts,
    import_part,
    rehearse_import,
)
from notifier.domain.contact import Contact
from notifier.domain.file_import import FileImport, Imported, RowError
from notifier.domain.phone import FurtherPhone
from notifier.entrypoints.bureau import Bureau, People, operator, read_uuid
from notifier.entrypoints.contact_rows import RowReader, rows_of
from wire.times import stamp

DEFAULT_PAGE = 500
Looked = tuple[tuple[Need, ...], tuple[Look, ...]]


class ImportCommands:
    """Part of the ContactService."""

    _bureau: Bureau

    async def ImportContacts(self, request: pb.ImportContactsRequest, context: Any) -> pb.ImportContactsResponse:
        """Take rows in, each for itself."""
        rows, wrong = RowReader(self._bureau.address, self._bureau.knows_place).read(request.first_row, request.rows)
        needs, finds = await foreseen(rows, self._bureau.people)
        if request.dry_run:
            return _imported(await self._rehearse(rows, needs, finds), wrong)
        if request.file:
            needs = (*needs, (FileImport, FileImport.id_of(request.file)))
        part = Part(request.file, request.first_row, len(request.rows), request.last, request.again)

        async def handle(work: Work) -> pb.ImportContactsResponse:
            if part.file:
                return _imported(await import_part(part, rows, wrong, work), ())
            return _imported(await import_contacts(rows, work), wrong)

        return await self._bureau.once(request, pb.ImportContactsResponse, handle, needs, finds)

    async def GetImport(self, request: pb.GetImportRequest, context: Any) -> pb.GetImportResponse:
        """Tell how far a file is."""
        file = await self._bureau.people.file(FileImport.id_of(request.file))
        if file is None:
            return pb.GetImportResponse()
        return pb.GetImportResponse(
            next_row=file.next_row,
            done=file.done,
            created=file.created,
            changed=file.changed,
            unchanged=file.unchanged,
            refused=file.refused,
            errors=[_error(error) for error in file.errors],
            at=stamp(file.at),
        )

    async def ExportContacts(self, request: pb.ExportContactsRequest, context: Any) -> pb.ExportContactsResponse:
        """Give everybody out, page by page; the first page is written down before anything leaves."""
        after, limit = read_uuid(request.page_token, "page_token"), request.page_size or DEFAULT_PAGE
        if after is None:
            by, reason = operator(), request.reason

            async def remember(work: Work) -> None:
                audit(work, by, "contacts_exported", reason=reason)

            await self._bureau.boundary.command(Step(id=None, handle=remember))
        people = await self._bureau.people.page(after, limit)
        further = await self._bureau.people.further([contact.id for contact in people])
        return pb.ExportContactsResponse(
            rows=[row for contact in people for row in rows_of(contact, further.get(contact.id, ()))],
            next_page_token=str(people[-1].id) if len(people) == limit else "",
        )

    async def _rehearse(self, rows: tuple[Row, ...], needs: tuple[Need, ...], finds: tuple[Look, ...]) -> Imported:
        step = Step(id=None, handle=partial(rehearse_import, rows), needs=needs, finds=finds)
        try:
            await self._bureau.boundary.command(step)
        except Rehearsal as rehearsal:
            return rehearsal.imported
        raise AssertionError("a rehearsal is always stopped")


async def foreseen(rows: Sequence[Row], people: People) -> Looked:
    """All that the rows are going to look up, so that it is loaded at once and not in a round for each row."""
    digests = list({phone.digest for row in rows for phone in (row.phone, *row.further)})
    holders = await people.holders(digests)
    wanted = [digest for digest in {row.phone.digest for row in rows} if digest not in holders]
    contacts = {*holders.values(), *await _new_ids(wanted, people)}
    needs: list[Need] = [(Contact, contact) for contact in contacts]
    needs += [(FurtherPhone, FurtherPhone.id_of(digest)) for digest in digests]
    finds: list[Look] = [(Contact, "phone", digest) for digest in digests]
    if any(row.further for row in rows):
        finds += [(FurtherPhone, "contact", contact) for contact in contacts]
    return tuple(needs), tuple(finds)


async def _new_ids(digests: Sequence[bytes], people: People) -> set[Any]:
    """The ids that new contacts are going to try, until one is free."""
    tried: set[Any] = set()
    generation = 0
    while digests:
        made = {contact_id(digest, generation): digest for digest in digests}
        tried |= made.keys()
        digests = [made[taken] for taken in await people.existing(list(made))]
        generation += 1
    return tried


def _imported(imported: Imported, wrong: Sequence[RowError]) -> pb.ImportContactsResponse:
    return pb.ImportContactsResponse(
        created=imported.created,
        changed=imported.changed,
        unchanged=imported.unchanged,
        errors=[_error(error) for error in sorted([*wrong, *imported.errors])],
    )


def _error(error: RowError) -> pb.ContactRowError:
    return pb.ContactRowError(row=error.row, field=error.field, rule=error.rule, message=error.message)
