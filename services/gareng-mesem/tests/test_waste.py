from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.kernel.alert import Alert
from chassis.kernel.errors import Conflict, NotFound, Reject
from chassis.region.pack import Region
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from gareng_mesem.adapters.places import CollectorPlaces
from gareng_mesem.adapters.tables import TABLES
from gareng_mesem.application.answer_pickup import AnswerPickup, answer_pickup
from gareng_mesem.application.complete_pickup import CompletePickup, complete_pickup
from gareng_mesem.application.dispute_report import DisputeReport, dispute_report
from gareng_mesem.application.expire_offer import expire_offer
from gareng_mesem.application.miss_target import miss_target
from gareng_mesem.application.report_waste import ReportWaste, report_waste
from gareng_mesem.application.state_collector import StateCollector, state_collector
from gareng_mesem.domain.pickup import Pickup, PickupState
from gareng_mesem.domain.report import Report, ReportState
from gareng_mesem.domain.waste import Category, Size

REGION = Region.load(Path(__file__).parents[3] / "regions" / "33.17")
PLACES = CollectorPlaces(REGION)
CLOCKS = REGION.clocks
NEAR, FAR, RESIDENT = uuid4(), uuid4(), uuid4()
TASIKAGUNG = "33.17.10.2025"

report = partial(report_waste, places=PLACES, clocks=CLOCKS)
answer = partial(answer_pickup, places=PLACES, clocks=CLOCKS)
dispute = partial(dispute_report, places=PLACES, clocks=CLOCKS)


@pytest.fixture
def clock():
    return MovableClock(datetime(2026, 11, 23, 3, tzinfo=UTC))


@pytest.fixture
async def memory(clock):
    memory = MemoryWork(clock, TABLES)
    state = partial(state_collector, region="33.17")
    await memory.do(state, StateCollector(NEAR, ("33.17.10",), on_duty=True))
    await memory.do(state, StateCollector(FAR, ("33.17.14",), on_duty=True))
    return memory


def pile(reporter=RESIDENT, village=TASIKAGUNG, **more):
    return ReportWaste(reporter, "sms", Category.PILE, Size.MOTORCYCLE, village, **more)


def told(memory, template):
    return [alert for alert in memory.events_of(Alert) if alert.template == f"gareng_mesem.{template}"]


def pickup_of(memory):
    (pickup,) = memory.all(Pickup)
    return pickup


async def test_a_report_is_offered_to_the_nearest_collector_on_duty(memory):
    made = await memory.do(report, pile())
    assert made.code.startswith("S")
    assert not made.merged
    assert made.target_at == memory.now + CLOCKS["gareng_mesem.pile_target"]
    (offer,) = told(memory, "pickup_offer")
    assert offer.contacts == (NEAR,)
    assert pickup_of(memory).state is PickupState.OFFERED


async def test_who_is_off_duty_is_not_asked(memory):
    await memory.do(partial(state_collector, region="33.17"), StateCollector(NEAR, ("33.17.10",), on_duty=False))
    await memory.do(report, pile())
    assert told(memory, "pickup_offer")[0].contacts == (FAR,)


async def test_a_no_goes_to_the_next_and_then_to_the_supervisor(memory):
    await memory.do(report, pile())
    await memory.do(answer, AnswerPickup(NEAR, None, accepted=False))
    assert [alert.contacts for alert in told(memory, "pickup_offer")] == [(NEAR,), (FAR,)]
    await memory.do(answer, AnswerPickup(FAR, None, accepted=False))
    assert pickup_of(memory).state is PickupState.UNASSIGNED
    (alert,) = told(memory, "pickup_unassigned")
    assert alert.groups[0].role == "field_supervisor"
    assert len({alert.id for alert in memory.events_of(Alert)}) == 3


async def test_silence_goes_to_the_next_by_the_clock(memory, clock):
    await memory.do(report, pile())
    assert not memory.due()
    clock.move(CLOCKS["gareng_mesem.pickup_offer"])
    (timer,) = memory.due()
    await memory.do(partial(expire_offer, places=PLACES, clocks=CLOCKS), timer)
    assert told(memory, "pickup_offer")[-1].contacts == (FAR,)
    with pytest.raises(NotFound):
        await memory.do(answer, AnswerPickup(NEAR, None, accepted=True))


async def test_accepted_and_done_tells_the_reporter(memory):
    made = await memory.do(report, pile())
    code = pickup_of(memory).code
    await memory.do(answer, AnswerPickup(NEAR, code, accepted=True))
    assert told(memory, "report_taken")[0].contacts == (RESIDENT,)
    with pytest.raises(Conflict, match="bukan tugas"):
        await memory.do(complete_pickup, CompletePickup(FAR, code, 1.5))
    await memory.do(complete_pickup, CompletePickup(NEAR, code, 1.5))
    assert told(memory, "report_done")[0].values["code"] == made.code
    assert not memory.timers
    with pytest.raises(Conflict, match="sudah selesai"):
        await memory.do(complete_pickup, CompletePickup(NEAR, code, 1.5))


@pytest.mark.parametrize("volume", [0, -1, 100.5, float("nan")])
async def test_a_volume_out_of_range_is_refused(memory, volume):
    await memory.do(report, pile())
    with pytest.raises(Reject, match="volume"):
        await memory.do(complete_pickup, CompletePickup(NEAR, None, volume))
    assert pickup_of(memory).open


async def test_a_second_report_of_the_same_heap_joins_and_both_are_told(memory):
    await memory.do(report, pile())
    second = await memory.do(report, pile(reporter=uuid4()))
    assert second.merged
    await memory.do(complete_pickup, CompletePickup(NEAR, None, 1))
    assert len(told(memory, "report_done")) == 2
    assert {one.state for one in memory.all(Report)} == {ReportState.RESOLVED}


async def test_points_far_apart_are_two_heaps(memory):
    spot = PLACES.spot(TASIKAGUNG)
    await memory.do(report, pile(point=spot))
    assert (await memory.do(report, pile(point=(spot[0] + 0.0005, spot[1])))).merged
    assert not (await memory.do(report, pile(point=(spot[0] + 0.003, spot[1])))).merged


async def test_other_kinds_do_not_join(memory):
    await memory.do(report, pile())
    other = ReportWaste(RESIDENT, "sms", Category.DEAD_ANIMAL, Size.BAG, TASIKAGUNG)
    assert not (await memory.do(report, other)).merged


async def test_a_complaint_reopens_once_and_then_a_person_decides(memory):
    made = await memory.do(report, pile())
    with pytest.raises(Conflict, match="belum dinyatakan selesai"):
        await memory.do(dispute, DisputeReport(RESIDENT, made.code))
    await memory.do(complete_pickup, CompletePickup(NEAR, None, 1))
    assert await memory.do(dispute, DisputeReport(RESIDENT, None))
    assert pickup_of(memory).state is PickupState.OFFERED
    await memory.do(complete_pickup, CompletePickup(NEAR, None, 1))
    assert not await memory.do(dispute, DisputeReport(RESIDENT, made.code))
    assert not pickup_of(memory).open
    assert len(told(memory, "report_disputed")) == 2
    assert len({alert.id for alert in memory.events_of(Alert)}) == len(memory.events_of(Alert))


async def test_nobody_complains_about_anothers_report(memory):
    made = await memory.do(report, pile())
    await memory.do(complete_pickup, CompletePickup(NEAR, None, 1))
    with pytest.raises(NotFound):
        await memory.do(dispute, DisputeReport(uuid4(), made.code))


async def test_a_missed_target_is_told_once(memory, clock):
    await memory.do(report, pile())
    clock.move(CLOCKS["gareng_mesem.pile_target"] + timedelta(seconds=1))
    timer = next(timer for timer in memory.due() if timer.kind == "target_missed")
    await memory.do(partial(miss_target, places=PLACES), timer)
    assert len(told(memory, "pickup_late")) == 1


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (pile(village="33.17.99.2001"), "tempat"),
        (pile(village=""), "tempat"),
        (pile(point=(-6.2, 106.8)), "lokasi"),
        (pile(point=(111.3, -6.7)), "lokasi"),
    ],
)
async def test_a_place_outside_is_refused_and_nothing_is_stored(memory, command, field):
    with pytest.raises(Reject) as refused:
        await memory.do(report, command)
    assert refused.value.field == field
    assert not memory.all(Report)
    assert not memory.all(Pickup)
