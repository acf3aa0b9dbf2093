"""Tokens a second, by lane; and so many messages to one person."""

import asyncio
import time

import pytest

from notifier.adapters.pacing import Pacer, PairPace
from notifier.application.carrier_errors import CarrierDown
from notifier.domain.lane import Lane


async def test_without_a_rate_nobody_waits():
    pacer = Pacer(0)
    await asyncio.wait_for(asyncio.gather(*[pacer.take(Lane.ROUTINE, 100) for _ in range(1000)]), 1)
    assert pacer.wait(Lane.ROUTINE) == 0


async def test_no_more_than_the_rate_and_a_tenth_of_a_second_of_it():
    pacer, begun, taken = Pacer(200), time.monotonic(), 0

    async def keep_taking() -> None:
        nonlocal taken
        while True:
            await pacer.take(Lane.ROUTINE)
            taken += 1

    workers = [asyncio.create_task(keep_taking()) for _ in range(20)]
    await asyncio.sleep(0.6)
    seconds, count = time.monotonic() - begun, taken
    for worker in workers:
        worker.cancel()
    assert count <= 200 * seconds + 21
    assert count >= 200 * 0.6 * 0.7, "the rate is used"


async def test_who_waits_goes_by_lane_each_in_its_order():
    pacer, went = Pacer(100), []
    await pacer.take(Lane.ROUTINE, 10)  # the bucket is empty now

    async def one(lane: Lane, number: int) -> None:
        await pacer.take(lane)
        went.append((lane, number))

    wanted = [(lane, n) for n in range(3) for lane in (Lane.ROUTINE, Lane.URGENT, Lane.LIFE_SAFETY)]
    tasks = [asyncio.create_task(one(*each)) for each in wanted]
    await asyncio.gather(*tasks)
    assert went == [(lane, n) for lane in Lane for n in range(3)]


async def test_a_message_dearer_than_the_bucket_goes_through_and_is_worked_off():
    pacer = Pacer(50)  # a bucket of four
    await asyncio.wait_for(pacer.take(Lane.URGENT, 8), 1)
    assert pacer.wait(Lane.URGENT) == pytest.approx(5 / 50, abs=0.02)


async def test_a_newcomer_is_told_how_long_it_waits_behind_its_own_lane_and_those_before():
    pacer = Pacer(10)
    await pacer.take(Lane.ROUTINE)
    waiting = [asyncio.create_task(pacer.take(Lane.ROUTINE)) for _ in range(5)]
    await asyncio.sleep(0)
    assert pacer.wait(Lane.ROUTINE) == pytest.approx(0.6, abs=0.1)
    assert pacer.wait(Lane.LIFE_SAFETY) == pytest.approx(0.1, abs=0.1)
    pacer.close()
    assert all(isinstance(one, CarrierDown) for one in await asyncio.gather(*waiting, return_exceptions=True))
    with pytest.raises(CarrierDown):
        await pacer.take(Lane.URGENT)


async def test_one_that_gave_up_holds_up_nobody():
    pacer = Pacer(20)
    await pacer.take(Lane.ROUTINE, 2)
    gone = asyncio.create_task(pacer.take(Lane.URGENT))
    await asyncio.sleep(0)
    gone.cancel()
    await asyncio.wait_for(pacer.take(Lane.ROUTINE), 1)


def test_a_person_gets_a_burst_and_then_one_at_a_time():
    pace = PairPace(burst=3, seconds=6)
    assert [pace.wait("+628", at) for at in (0, 0, 1)] == [0, 0, 0]
    assert pace.wait("+628", 1) == pytest.approx(5)
    assert pace.wait("+629", 1) == 0, "somebody else"
    assert pace.wait("+628", 6) == 0
    assert pace.wait("+628", 6) > 0


def test_only_so_many_people_are_remembered():
    pace = PairPace(burst=1, seconds=6, remembered=10)
    assert all(pace.wait(f"+{number}", 0) == 0 for number in range(100))
    assert len(pace._free_at) == 10
