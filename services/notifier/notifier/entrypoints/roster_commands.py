"""Duty rosters, over gRPC."""

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import Any, Protocol
from uuid import UUID

from chassis.kernel.errors import Reject
from chassis.kernel.work import Work
from chassis.postgres.step import Look, Need, Step
from kentongan.notifier.v1 import contacts_service_pb2
from kentongan.notifier.v1 import roster_service_pb2 as pb
from kentongan.notifier.v1 import roster_service_pb2_grpc as rpc
from notifier.application.rosters import (
    Rostered,
    RosterRehearsal,
    SetShift,
    ShiftRow,
    import_shifts,
    rehearse_shifts,
    remove_shift,
    set_shift,
)
from notifier.domain.contact import Contact, Grant
from notifier.domain.file_import import RowError
from notifier.domain.phone import FurtherPhone
from notifier.domain.roster import Shift
from notifier.entrypoints.bureau import Bureau
from notifier.entrypoints.shift_rows import ShiftReader
from notifier.entrypoints.shown import grant_shown
from wire.times import stamp

DEFAULT_PAGE, COMING = 200, 10


class Board(Protocol):
    """Reads without locks (`adapters.rosters`)."""

    async def order(self, role: str, place: str, now: datetime) -> list[UUID]:
        """Who stands by, in the order in which they are asked."""

    async def until(self, role: str, place: str, now: datetime) -> dict[UUID, datetime]:
        """How long those who stand by by a roster do so."""

    async def page(
        self, role: str, place: str, since: datetime, token: str, limit: int
    ) -> tuple[list[tuple[Shift, str, str]], str]:
        """Shifts that end after a moment, each with name and phone, and where the next page begins."""

    async def coming(self, role: str, place: str, now: datetime, limit: int) -> list[tuple[Shift, str, str]]:
        """The shifts that begin next."""


class RosterService(rpc.RosterServiceServicer):
    """RosterService of the contract. `zone` is where times without an offset are; `changed` wakes who follows."""

    def __init__(self, bureau: Bureau, board: Board, zone: tzinfo, changed: Callable[[], None]) -> None:
        self._bureau, self._board, self._changed = bureau, board, changed
        self._reader = ShiftReader(bureau.address, bureau.knows_place, zone)

    async def SetShift(self, request: pb.SetShiftRequest, context: Any) -> pb.SetShiftResponse:
        """Put a contact on the roster."""
        duty = Grant(request.duty.role, request.duty.place)
        if not self._bureau.knows_place(duty.place):
            raise Reject("duty.place", "place", "kode tempat tidak dikenal, contoh 33.17.12.2002")
        begins, ends = request.begins.ToDatetime(UTC), request.ends.ToDatetime(UTC)
        command = SetShift(duty, UUID(request.contact_id), request.turn, begins, ends)
        id_ = Shift.id_of(duty, command.contact, begins)

        async def handle(work: Work) -> pb.SetShiftResponse:
            return pb.SetShiftResponse(shift_id=str(id_), changed=await set_shift(command, work))

        needs = ((Contact, command.contact), (Shift, id_))
        answer = await self._bureau.once(request, pb.SetShiftResponse, handle, needs)
        self._changed()
        return answer

    async def RemoveShift(self, request: pb.RemoveShiftRequest, context: Any) -> pb.RemoveShiftResponse:
        """Take a shift off the roster."""
        id_ = UUID(request.shift_id)

        async def handle(work: Work) -> pb.RemoveShiftResponse:
            return pb.RemoveShiftResponse(changed=await remove_shift(id_, work))

        answer = await self._bureau.once(request, pb.RemoveShiftResponse, handle, ((Shift, id_),))
        self._changed()
        return answer

    async def ListShifts(self, request: pb.ListShiftsRequest, context: Any) -> pb.ListShiftsResponse:
        """Give shifts."""
        since = request.since.ToDatetime(UTC) if request.HasField("since") else self._now()
        found, token = await self._board.page(
            request.role, request.place, since, request.page_token, request.page_size or DEFAULT_PAGE
        )
        return pb.ListShiftsResponse(shifts=map(_shift, found), next_page_token=token)

    async def GetDuty(self, request: pb.GetDutyRequest, context: Any) -> pb.GetDutyResponse:
        """Tell who stands by."""
        asked, now = (request.role, request.place), self._now()
        if not self._bureau.knows_place(request.place):
            raise Reject("place", "place", "kode tempat tidak dikenal, contoh 33.17.12.2002")
        until = await self._board.until(*asked, now)
        people = [await self._bureau.people.by_id(contact) for contact in await self._board.order(*asked, now)]
        return pb.GetDutyResponse(
            now=[_on_duty(person, request.role, until.get(person.id)) for person in people if person],
            next=map(_shift, await self._board.coming(*asked, now, COMING)),
        )

    async def ImportShifts(self, request: pb.ImportShiftsRequest, context: Any) -> pb.ImportShiftsResponse:
        """Put rows on the roster, each for itself."""
        rows, wrong = self._reader.read(request.first_row, request.rows, self._now())
        needs, finds = await self._foreseen(rows)
        if request.dry_run:
            return _imported(await self._rehearse(rows, needs, finds), wrong)

        async def handle(work: Work) -> pb.ImportShiftsResponse:
            return _imported(await import_shifts(rows, work), wrong)

        answer = await self._bureau.once(request, pb.ImportShiftsResponse, handle, needs, finds)
        self._changed()
        return answer

    async def _foreseen(self, rows: tuple[ShiftRow, ...]) -> tuple[tuple[Need, ...], tuple[Look, ...]]:
        """All that the rows are going to look up, so that it is loaded at once."""
        digests = list({row.phone.digest for row in rows})
        holders = await self._bureau.people.holders(digests)
        needs: list[Need] = [(Contact, contact) for contact in holders.values()]
        needs += [(FurtherPhone, FurtherPhone.id_of(digest)) for digest in digests]
        for row in rows:
            if contact := holders.get(row.phone.digest):
                needs.append((Shift, Shift.id_of(row.duty, contact, row.begins)))
        return tuple(needs), tuple((Contact, "phone", digest) for digest in digests)

    async def _rehearse(
        self, rows: tuple[ShiftRow, ...], needs: tuple[Need, ...], finds: tuple[Look, ...]
    ) -> Rostered:
        step = Step(id=None, handle=partial(rehearse_shifts, rows), needs=needs, finds=finds)
        try:
            await self._bureau.boundary.command(step)
        except RosterRehearsal as rehearsal:
            return rehearsal.rostered
        raise AssertionError("a rehearsal is always stopped")

    def _now(self) -> datetime:
        return self._bureau.boundary.clock.now()


def _shift(found: tuple[Shift, str, str]) -> pb.Shift:
    shift, name, phone = found
    return pb.Shift(
        shift_id=str(shift.id),
        duty=grant_shown(shift.duty),
        contact_id=str(shift.contact),
        name=name,
        phone=phone,
        turn=shift.turn,
        begins=stamp(shift.begins),
        ends=stamp(shift.ends),
    )


def _on_duty(person: Contact, role: str, until: datetime | None) -> pb.OnDuty:
    held = max((grant.place for grant in person.grants if grant.role == role), key=len, default="")
    return pb.OnDuty(contact_id=str(person.id), name=person.name, phone=person.phone, place=held, until=stamp(until))


def _imported(rostered: Rostered, wrong: tuple[RowError, ...]) -> pb.ImportShiftsResponse:
    errors = [
        contacts_service_pb2.ContactRowError(row=one.row, field=one.field, rule=one.rule, message=one.message)
        for one in sorted([*wrong, *rostered.errors])
    ]
    return pb.ImportShiftsResponse(changed=rostered.changed, unchanged=rostered.unchanged, errors=errors)
