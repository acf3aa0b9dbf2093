"""Rows about people, merged into what is known: the same rows again change nothing."""

from collections import Counter
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.kernel.errors import Conflict, NotFound
from chassis.kernel.work import Work
from notifier.application.consents import note
from notifier.application.contacts import Address, holder_of, new_contact
from notifier.application.phones import PhoneOf, add_phone, check_new_phones
from notifier.domain.channel import Channel
from notifier.domain.consent import BY_IMPORT, Matter
from notifier.domain.contact import Contact, Grant
from notifier.domain.file_import import FileImport, Imported, RowError
from notifier.domain.language import Language


@dataclass(frozen=True, slots=True)
class Row:
    """One checked row of an import: one role of one person. None and empty: the row says nothing of it."""

    phone: Address
    name: str
    grant: Grant | None
    preferred: Channel | None
    language: Language | None = None
    further: tuple[Address, ...] = ()
    routine: bool | None = None
    whatsapp: bool | None = None
    number: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a file the rows are: the file's hash, the number of the first row, how many they are.

    `last`: nothing comes after them; `again`: the file is taken once more from here.
    """

    file: str
    first_row: int
    count: int
    last: bool
    again: bool


class Rehearsal(Exception):  # noqa: N818 - not an error: it keeps the dry run's work from being stored
    """What an import would have done."""

    def __init__(self, imported: Imported) -> None:
        super().__init__("dry run")
        self.imported = imported


async def import_part(part: Part, rows: tuple[Row, ...], wrong: tuple[RowError, ...], work: Work) -> Imported:
    """Import rows of a file and remember how far it is, in one commit; `wrong` are rows that were not well written.

    Raises Conflict: they are not the file's next rows, so that an import that broke off goes on where it was.
    """
    imported = await import_contacts(rows, work)
    imported = replace(imported, errors=tuple(sorted([*wrong, *imported.errors])))
    file = await _file(part, work)
    if part.again:
        file.begin_again(part.first_row)
    file.take(part.first_row, part.count, imported, work.now, last=part.last)
    return imported


async def _file(part: Part, work: Work) -> FileImport:
    id_ = FileImport.id_of(part.file)
    try:
        return await work.get(FileImport, id_)
    except NotFound:
        file = FileImport(id_, part.first_row, work.now)
        work.add(file)
        return file


async def import_contacts(rows: tuple[Row, ...], work: Work) -> Imported:
    """Merge rows into what is known, each for itself."""
    fate: dict[UUID, str] = {}
    errors: list[RowError] = []
    for row in rows:
        holder = await holder_of(row.phone, work)
        try:
            await _check_further(row, holder, work)
        except Conflict as wrong:
            errors.append(RowError(row.number, wrong.field, wrong.rule, wrong.message))
            continue
        contact = holder or await new_contact(work, row.phone, None)
        news = await _learn(contact, row, work)
        was = fate.get(contact.id, "unchanged")
        fate[contact.id] = "created" if not holder else "changed" if news and was == "unchanged" else was
    counts = Counter(fate.values())
    return Imported(counts["created"], counts["changed"], counts["unchanged"], tuple(errors))


async def rehearse_import(rows: tuple[Row, ...], work: Work) -> Imported:
    """Do the import and raise Rehearsal, so that nothing of it is stored."""
    raise Rehearsal(await import_contacts(rows, work))


async def _learn(contact: Contact, row: Row, work: Work) -> bool:
    """Take a row in; say whether anything was new."""
    news = contact.learn(row.name, row.grant, row.preferred, row.language)
    for what, given in ((Matter.ROUTINE, row.routine), (Matter.WHATSAPP, row.whatsapp)):
        if given is not None and contact.agrees(what) != given:
            note(contact, what, BY_IMPORT, work, given=given)
            news = True
    for phone in row.further:
        if await holder_of(phone, work) is not contact:
            await add_phone(PhoneOf(contact.id, phone), work)
            news = True
    return news


async def _check_further(row: Row, holder: Contact | None, work: Work) -> None:
    """Raise Conflict, before anything of the row is taken, where one of its further phones cannot be."""
    others = [phone for phone in row.further if phone != row.phone]
    try:
        await check_new_phones(holder, others, work)
    except Conflict as wrong:
        raise Conflict("further_phones", wrong.rule, wrong.message) from None
