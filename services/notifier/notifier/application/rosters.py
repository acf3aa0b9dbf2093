"""Puts people on duty rosters and takes them off."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.kernel.errors import Conflict, NotFound, Reject
from chassis.kernel.work import Work
from notifier.application.contacts import Address, holder_of, known_contact
from notifier.domain.contact import Contact, Grant
from notifier.domain.file_import import RowError
from notifier.domain.roster import Shift, check_times


@dataclass(frozen=True, slots=True)
class SetShift:
    """A contact stands by."""

    duty: Grant
    contact: UUID
    turn: int
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One checked row of a roster's file."""

    number: int
    duty: Grant
    phone: Address
    turn: int
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Rostered:
    """How many shifts are new or changed, how many were so before, and the rows refused."""

    changed: int
    unchanged: int
    errors: tuple[RowError, ...] = ()


class RosterRehearsal(Exception):  # noqa: N818 - not an error: it keeps the dry run's work from being stored
    """What an import would have done."""

    def __init__(self, rostered: Rostered) -> None:
        super().__init__("dry run")
        self.rostered = rostered


async def set_shift(command: SetShift, work: Work) -> bool:
    """Put the contact on the roster; say whether that is new. Raises Reject for times that are none, Conflict for
    a contact without the role.
    """
    check_times(command.begins, command.ends, work.now)
    contact = await known_contact(command.contact, work)
    if command.duty not in contact.grants:
        text = f"kontak ini tidak memegang peran {command.duty}; beri perannya dulu"
        raise Conflict("contact_id", "no_role", text)
    id_ = Shift.id_of(command.duty, contact.id, command.begins)
    try:
        return (await work.get(Shift, id_)).change(command.turn, command.ends)
    except NotFound:
        work.add(Shift(id_, command.duty, contact.id, command.turn, command.begins, command.ends))
        return True


async def remove_shift(shift: UUID, work: Work) -> bool:
    """Take a shift off; say whether it was on. Raises NotFound."""
    try:
        return (await work.get(Shift, shift)).remove()
    except NotFound:
        raise NotFound("shift_id", "tidak ada giliran dengan id ini") from None


async def import_shifts(rows: Sequence[ShiftRow], work: Work) -> Rostered:
    """Put rows on the roster, each for itself."""
    changed = 0
    errors: list[RowError] = []
    for row in rows:
        try:
            changed += await set_shift(await _command(row, work), work)
        except Reject as wrong:
            field = "phone" if wrong.field == "contact_id" else wrong.field
            errors.append(RowError(row.number, field, wrong.rule, wrong.message))
    return Rostered(changed, len(rows) - changed - len(errors), tuple(errors))


async def rehearse_shifts(rows: Sequence[ShiftRow], work: Work) -> Rostered:
    """Do the import and raise RosterRehearsal, so that nothing of it is stored."""
    raise RosterRehearsal(await import_shifts(rows, work))


async def follow_roster(contact: UUID, on_duty: bool | None, work: Work) -> None:  # noqa: FBT001 - what rosters say
    """Be on duty as the rosters say; None: they say nothing of this contact."""
    (await work.get(Contact, contact)).follow_roster(on_duty=on_duty)


async def _command(row: ShiftRow, work: Work) -> SetShift:
    contact = await holder_of(row.phone, work)
    if contact is None:
        raise NotFound("phone", "tidak ada kontak dengan nomor ini")
    return SetShift(row.duty, contact.id, row.turn, row.begins, row.ends)
