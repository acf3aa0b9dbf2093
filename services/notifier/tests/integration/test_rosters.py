"""Duty rosters over real gRPC and PostgreSQL: contacts go on and off duty at the boundaries of shifts."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from offices.office import refusal, row

from chassis.kernel.alert import Group
from chassis.testing.until import until
from kentongan.common.v1 import place_pb2
from kentongan.notifier.v1 import contact_pb2
from kentongan.notifier.v1 import contacts_service_pb2 as contacts
from kentongan.notifier.v1 import roster_service_pb2 as pb
from notifier.adapters.rosters import Rosters, order
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)
DUTY = place_pb2.Grant(role="bpbd_duty", place="33.17")
PHONES = [f"+6281200000{number:03}" for number in (10, 11, 12)]


def stamp(moment: datetime) -> Timestamp:
    made = Timestamp()
    made.FromDatetime(moment)
    return made


def shift(contact: UUID, turn: int, begins: datetime, ends: datetime) -> pb.SetShiftRequest:
    return pb.SetShiftRequest(
        idempotency_key=str(uuid4()),
        duty=DUTY,
        contact_id=str(contact),
        turn=turn,
        begins=stamp(begins),
        ends=stamp(ends),
    )


class Watch:
    """Three officers on watch."""

    def __init__(self, office: Any, officers: list[UUID]) -> None:
        self.office, self.officers = office, officers

    async def on_duty(self) -> list[int]:
        rows = await self.office.notifier.process.pool.fetch("select id from contact where on_duty")
        return sorted(self.officers.index(one["id"]) for one in rows)

    async def are(self, *officers: int) -> None:
        async def there() -> bool:
            return await self.on_duty() == list(officers)

        await until(there, 20, what=f"{officers} on duty")

    async def order(self, now: datetime, place: str = "33.17.12.2002") -> list[int]:
        found = await order(self.office.notifier.process.pool, "bpbd_duty", place, now)
        return [self.officers.index(one) for one in found]


@pytest.fixture
async def watch(office: Any) -> Watch:
    await office.brings(*(row(phone, role="bpbd_duty", place="33.17") for phone in PHONES))
    return Watch(office, [UUID((await office.finds(phone)).contact_id) for phone in PHONES])


async def test_contacts_go_on_and_off_duty_as_shifts_begin_and_end_and_the_bus_hears_it(watch: Watch) -> None:
    office, (a, b, _) = watch.office, watch.officers
    now = datetime.now(UTC)
    await watch.are(0, 1, 2)
    soon = now + timedelta(seconds=4)
    await office.ask(office.rosters.SetShift, shift(b, 1, now - HOUR, now + HOUR))
    await office.ask(office.rosters.SetShift, shift(a, 2, now - HOUR, soon))
    await watch.are(0, 1)
    await watch.are(1)

    alert = await office.notifier.raise_alert(
        "destana.incident",
        office.notifier.values("destana.incident"),
        groups=(Group("bpbd_duty", "33.17.12.2002"),),
    )
    await office.notifier.reach(alert, State.SENT)
    assert await office.notifier.fetchval("select contact from delivery where alert = $1", alert.id) == b

    async def heard() -> bool:
        facts = await office.notifier.read("kentongan.notifier.contact.v1", contact_pb2.ContactFact)
        last = {fact.metadata.aggregate_id: fact.contact_stated.on_duty for fact in facts}
        return [last[str(one)] for one in watch.officers] == [False, True, False]

    await until(heard)


async def test_without_a_roster_the_word_of_an_operator_holds_again(watch: Watch) -> None:
    office, (a, b, _) = watch.office, watch.officers
    now = datetime.now(UTC)
    made = await office.ask(office.rosters.SetShift, shift(a, 1, now - HOUR, now + HOUR))
    await watch.are(0)
    off = contacts.SetDutyRequest(idempotency_key=str(uuid4()), contact_id=str(b), on_duty=False)
    assert not (await office.ask(office.contacts.SetDuty, off)).contact.on_duty
    assert (await office.finds(PHONES[1])).rostered
    for changed in (True, False):
        gone = pb.RemoveShiftRequest(idempotency_key=str(uuid4()), shift_id=made.shift_id)
        assert (await office.ask(office.rosters.RemoveShift, gone)).changed is changed
    await watch.are(0, 2)
    assert not (await office.finds(PHONES[1])).rostered


async def test_a_process_that_was_away_follows_what_began_and_ended_meanwhile(watch: Watch) -> None:
    """As after a kill: nothing but the stored shifts is remembered."""
    office, (a, b, _) = watch.office, watch.officers
    pool, now = office.notifier.process.pool, datetime.now(UTC)
    await pool.execute(
        "insert into roster_shift(id, version, duty, contact, turn, begins, ends) values"
        " ($1, 1, 'bpbd_duty@33.17', $2, 1, $5, $4), ($3, 1, 'bpbd_duty@33.17', $6, 1, $4, $7)",
        uuid4(), a, uuid4(), now, now - HOUR, b, now + HOUR,
    )  # fmt: skip
    await watch.are(1)
    assert await Rosters(pool, None).changes(now, 10) == []
    assert await Rosters(pool, None).changes(now - timedelta(minutes=1), 10) == [
        (one, one == a) for one in sorted(watch.officers) if one in (a, b)
    ]
    assert sorted(await Rosters(pool, None).changes(now + HOUR, 10)) == sorted((one, None) for one in watch.officers)


async def test_the_order_of_a_place_follows_shift_turn_and_whoever_is_left(watch: Watch) -> None:
    office, (a, b, c) = watch.office, watch.officers
    now = datetime.now(UTC)
    free = sorted(range(3), key=lambda number: watch.officers[number])
    assert await watch.order(now) == free
    for contact, turn in ((a, 2), (c, 1)):
        await office.ask(office.rosters.SetShift, shift(contact, turn, now - HOUR, now + HOUR))
    assert await watch.order(now) == [2, 0]
    assert await watch.order(now + HOUR) == free, "a roster with a gap leaves nobody uncalled"
    assert await watch.order(now, "33.18") == []
    duty = await office.ask(office.rosters.GetDuty, pb.GetDutyRequest(role="bpbd_duty", place="33.17.12.2002"))
    assert [one.phone for one in duty.now] == [PHONES[2], PHONES[0]]
    assert all(one.until.ToDatetime(UTC) > now for one in duty.now)
    await office.ask(office.rosters.SetShift, shift(b, 1, now + HOUR, now + 2 * HOUR))
    duty = await office.ask(office.rosters.GetDuty, pb.GetDutyRequest(role="bpbd_duty", place="33.17"))
    assert [one.phone for one in duty.next] == [PHONES[1]]


async def test_a_file_of_shifts_is_tried_taken_and_listed(watch: Watch) -> None:
    office = watch.office
    day = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    good = {
        "role": "bpbd_duty",
        "place": "33.17",
        "phone": PHONES[0],
        "begins": f"{day} 07:00",
        "ends": f"{day} 19:00",
    }
    rows = [
        pb.ShiftRow(**good),
        pb.ShiftRow(**good | {"phone": PHONES[1], "turn": "2", "ends": f"{day}T12:00Z"}),
        pb.ShiftRow(**good | {"phone": "0812-0000-9999"}),
        pb.ShiftRow(**good | {"begins": "besok"}),
        pb.ShiftRow(**good | {"ends": f"{day} 06:00"}),
        pb.ShiftRow(**good | {"role": "midwife", "place": "33.17.12.2002"}),
        pb.ShiftRow(**good | {"turn": "0"}),
        pb.ShiftRow(**good | {"place": "99"}),
        pb.ShiftRow(**good | {"role": "", "place": ""}),
    ]

    async def bring(*, dry_run: bool) -> Any:
        request = pb.ImportShiftsRequest(idempotency_key=str(uuid4()), dry_run=dry_run, first_row=2, rows=rows)
        return await office.ask(office.rosters.ImportShifts, request)

    rehearsed = await bring(dry_run=True)
    listed = await office.ask(office.rosters.ListShifts, pb.ListShiftsRequest())
    assert (rehearsed.changed, list(listed.shifts)) == (2, [])
    first, again = await bring(dry_run=False), await bring(dry_run=False)
    assert (first.changed, first.unchanged, again.changed, again.unchanged) == (2, 0, 0, 2)
    assert [(one.row, one.field) for one in first.errors] == [
        (4, "phone"), (5, "begins"), (6, "ends"), (7, "phone"), (8, "turn"), (9, "place"), (10, "role")
    ]  # fmt: skip
    assert "tulis 2026-12-01 07:00" in first.errors[1].message
    page = await office.ask(office.rosters.ListShifts, pb.ListShiftsRequest(role="bpbd_duty", page_size=1))
    rest = await office.ask(
        office.rosters.ListShifts, pb.ListShiftsRequest(page_size=1, page_token=page.next_page_token)
    )
    both = [*page.shifts, *rest.shifts]
    assert {(one.phone, one.turn) for one in both} == {(PHONES[0], 1), (PHONES[1], 2)}
    assert {one.begins.ToDatetime(UTC).isoformat() for one in both} == {f"{day}T00:00:00+00:00"}, "07:00 in Rembang"


async def test_a_shift_for_somebody_without_the_role_or_without_sense_is_refused(watch: Watch) -> None:
    office, now = watch.office, datetime.now(UTC)
    await office.brings(row())
    stranger = UUID((await office.finds("0812-0000-0001")).contact_id)
    said = await refusal(office.ask(office.rosters.SetShift, shift(stranger, 1, now, now + HOUR)))
    assert said == ("FAILED_PRECONDITION", "kontak ini tidak memegang peran bpbd_duty@33.17; beri perannya dulu")
    backwards = shift(watch.officers[0], 1, now, now - HOUR)
    assert (await refusal(office.ask(office.rosters.SetShift, backwards)))[0] == "INVALID_ARGUMENT"
    long = shift(watch.officers[0], 1, now, now + 32 * 24 * HOUR)
    assert "paling lama 31 hari" in (await refusal(office.ask(office.rosters.SetShift, long)))[1]
    unknown = pb.RemoveShiftRequest(idempotency_key=str(uuid4()), shift_id=str(uuid4()))
    assert (await refusal(office.ask(office.rosters.RemoveShift, unknown)))[0] == "NOT_FOUND"


async def test_where_the_only_one_on_the_roster_loses_the_role_all_others_are_called(watch: Watch) -> None:
    office, (a, *_) = watch.office, watch.officers
    now = datetime.now(UTC)
    await office.ask(office.rosters.SetShift, shift(a, 1, now - HOUR, now + HOUR))
    await watch.are(0)
    less = contacts.RevokeGrantRequest(idempotency_key=str(uuid4()), contact_id=str(a), grant=DUTY)
    await office.ask(office.contacts.RevokeGrant, less)

    async def free() -> bool:
        return not (await office.finds(PHONES[0])).rostered

    await until(free)
    await watch.are(0, 1, 2)
    assert sorted(await watch.order(now)) == [1, 2]
