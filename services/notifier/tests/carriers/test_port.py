"""What every carrier promises, whoever is on the other side."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from answered import answered

from chassis.testing.until import until
from notifier.application.carrier_errors import CarrierDown, CarrierError, RejectedForGood, Throttled, TryLater
from notifier.application.carriers import Channel, submit_all
from notifier.application.incoming import ReceiptState
from notifier.application.outgoing import Accepted, Outgoing, PlainText

PHONE = "+6281200000001"


def outgoing(text: str = "Awas banjir. Balas SIAP") -> Outgoing:
    return Outgoing(uuid4(), PHONE, PlainText(text))


async def test_it_has_a_name_and_a_channel(rig):
    assert 0 < len(rig.carrier.name) <= 64
    assert rig.carrier.channel in Channel


async def test_a_message_arrives_and_every_message_has_its_own_id(rig):
    accepted = await asyncio.gather(*(rig.carrier.submit(outgoing(f"Pesan {n}")) for n in range(20)))
    assert all(len(one.carrier_message_ids) == 1 for one in accepted)
    assert len({one.carrier_message_ids for one in accepted}) == 20
    assert sorted(await rig.came()) == sorted(f"Pesan {n}" for n in range(20))


async def test_of_many_each_has_its_own_answer_in_its_place(rig):
    words = ["satu", "", "dua", "x" * 5000, "tiga " * 40, "empat"]
    answers = await answered(submit_all(rig.carrier, [outgoing(text) for text in words]))
    went = [text for text, answer in zip(words, answers, strict=True) if isinstance(answer, Accepted)]
    assert went == ["satu", "dua", "tiga " * 40, "empat"]
    assert all(isinstance(answers[place], RejectedForGood) for place in (1, 3))
    ids = [one for answer in answers if isinstance(answer, Accepted) for one in answer.carrier_message_ids]
    assert len(set(ids)) == len(ids) >= 4
    came = await rig.came()
    assert {"satu", "dua", "empat"} <= set(came)
    assert await answered(submit_all(rig.carrier, [])) == []


async def test_of_many_after_the_stop_each_is_told(rig):
    await rig.carrier.stop()
    answers = await answered(submit_all(rig.carrier, [outgoing(text) for text in ("satu", "dua " * 60)]))
    assert [type(answer) for answer in answers] == [CarrierDown, CarrierDown]


async def test_the_cost_is_known_before(rig):
    assert rig.carrier.cost(outgoing()) == 1
    with pytest.raises(RejectedForGood):
        rig.carrier.cost(outgoing(""))


async def test_what_cannot_be_written_never_leaves(rig):
    with pytest.raises(RejectedForGood):
        await rig.carrier.submit(outgoing("x" * 5000))
    assert await rig.came() == []


async def test_throttling_says_how_long_and_is_not_sent_by_itself_again(rig):
    if rig.spools:
        pytest.skip("it says yes to everything, keeps it, and paces by itself")
    await rig.throttle(1)
    with pytest.raises(Throttled) as raised:
        await rig.carrier.submit(outgoing("dua"))
    assert raised.value.retry_after > timedelta()
    await rig.carrier.submit(outgoing("tiga"))
    assert (await rig.came()).count("dua") <= 1  # a server may note what it refused
    assert (await rig.came())[-1] == "tiga"


async def test_a_carrier_that_is_gone_says_so_and_comes_back(rig):
    await rig.carrier.submit(outgoing("satu"))
    await rig.cut()

    async def gone() -> bool:
        try:
            async with asyncio.timeout(5):
                await rig.carrier.submit(outgoing("dua"))
        except (CarrierDown, TryLater):
            return True
        return False

    assert await gone()
    await rig.mend()
    for _ in range(100):
        try:
            await rig.carrier.submit(outgoing("tiga"))
            break
        except CarrierError:
            await asyncio.sleep(0.05)
    assert (await rig.came())[-1] == "tiga"
    await until(lambda: rig.carrier.up)


async def test_a_receipt_names_its_message(rig):
    accepted = await rig.carrier.submit(outgoing())
    [message_id] = accepted.carrier_message_ids
    await rig.deliver(message_id)

    def told() -> set[ReceiptState]:
        return {receipt.state for receipt in rig.book.receipts if message_id in receipt.candidates}

    await until(lambda: ReceiptState.DELIVERED in told() or ReceiptState.READ in told())
    assert all(receipt.recipient in {PHONE, ""} for receipt in rig.book.receipts)
    assert all(receipt.failure is None for receipt in rig.book.receipts)


async def test_what_a_person_writes_reaches_the_sink(rig):
    await rig.say("TERIMA R2K7P")
    await until(lambda: len(rig.book.messages) == 1)
    assert rig.book.messages[0].text == "TERIMA R2K7P"


async def test_what_the_sink_could_not_keep_is_brought_again(rig):
    rig.book.broken = True
    saying = asyncio.create_task(rig.say("TERIMA R2K7P"))
    await until(lambda: rig.book.refused >= 1)
    assert rig.book.messages == []
    rig.book.broken = False
    await until(lambda: len(rig.book.messages) >= 1, 30)
    await saying


async def test_after_the_stop_nothing_goes_out(rig):
    await rig.carrier.stop()
    assert not rig.carrier.up
    with pytest.raises(CarrierDown):
        await rig.carrier.submit(outgoing())
    assert await rig.came() == []


async def test_stopping_twice_is_stopping_once(rig):
    await rig.carrier.stop()
    await rig.carrier.stop()
