"""Everything that can go wrong on purpose does, and nothing else."""

import asyncio
import time

import aiohttp
import pytest

from handset.client import Handset, RefusedError
from handset.process import HandsetProcess
from handset.testing import Esme, Graph, Receiver

SRI, AINI = "6281200000001", "6281200000002"
OPEN = {"name": "any", "language": {"code": "id"}}


async def test_throttle_and_reject_count_down(esme: Esme, graph: Graph, phones: Handset) -> None:
    await phones.faults(sms={"throttle": 1, "reject": 1}, whatsapp={"throttle": 1, "reject": 1})
    assert [(await esme.submit(SRI, b"a"))[0] for _ in range(3)] == [0x58, 0x45, 0]
    answers = [await graph.send(AINI, "template", OPEN) for _ in range(3)]
    assert [status for status, _ in answers] == [429, 500, 200]
    assert [answers[0][1]["error"]["code"], answers[1][1]["error"]["code"]] == [130429, 131000]
    await phones.faults(sms={"throttle": -1})
    assert [(await esme.submit(SRI, b"a"))[0] for _ in range(3)] == [0x58] * 3
    await phones.clear_faults()
    assert (await esme.submit(SRI, b"a"))[0] == 0


async def test_slow_waits_before_and_late_after_the_message_is_shown(
    esme: Esme, graph: Graph, phones: Handset
) -> None:
    await phones.faults(sms={"slow": 0.3}, whatsapp={"slow": 0.3})
    for send in (esme.submit(SRI, b"pelan"), graph.send(SRI, "template", OPEN)):
        begun = time.monotonic()
        await send
        assert time.monotonic() - begun >= 0.3
    await phones.clear_faults()
    await phones.faults(sms={"late": 0.5}, whatsapp={"late": 0.5})
    for answer in (esme.submit(SRI, b"lambat"), graph.send(SRI, "template", {**OPEN, "name": "lambat"})):
        waiting = asyncio.ensure_future(answer)
        await phones.expect(SRI, "lambat", timeout=0.4)
        assert not waiting.done()
        await waiting


async def test_receipts_and_statuses_can_be_lost(
    esme: Esme, graph: Graph, phones: Handset, receiver: Receiver
) -> None:
    await phones.faults(sms={"lose_receipts": True}, whatsapp={"lose_receipts": True})
    await esme.submit(SRI, b"a", receipt=1)
    await graph.send(AINI, "template", OPEN)
    with pytest.raises(TimeoutError):
        await esme.next(within=0.3)
    assert receiver.values == []


async def test_a_dropped_link_refuses_binds_for_a_while(handset: HandsetProcess, esme: Esme, phones: Handset) -> None:
    await phones.faults(sms={"slow": 5})
    await phones.drop("sms", seconds=0.5)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await esme.next()
    early = await Esme.connect(handset.smpp_port)
    assert await early.bind() == 0x0D
    await asyncio.sleep(0.5)
    later = await Esme.connect(handset.smpp_port)
    assert await later.bind() == 0
    assert [link["mode"] for link in (await phones.carriers())["smpp"]] == ["transceiver"]
    later.close()


async def test_a_dropped_api_hangs_up_for_a_while(graph: Graph, phones: Handset) -> None:
    await phones.drop("whatsapp", seconds=0.3)
    with pytest.raises(aiohttp.ClientError):
        await graph.send(AINI, "template", OPEN)
    await asyncio.sleep(0.3)
    assert (await graph.send(AINI, "template", OPEN))[0] == 200


async def test_a_phone_without_whatsapp_shows_nothing(graph: Graph, phones: Handset, receiver: Receiver) -> None:
    await phones.faults(no_whatsapp=["0812-0000-0002"])
    await graph.send(AINI, "template", OPEN)
    failed = (await receiver.wait(1))[0]["statuses"][0]
    assert failed["errors"][0]["code"] == 131026
    assert await phones.messages(AINI) == []
    assert [one["whatsapp"] for one in await phones.phones("aini")] == [False]


async def test_webhooks_come_twice(phones: Handset, receiver: Receiver) -> None:
    await phones.faults(whatsapp={"webhook_twice": True})
    await phones.say(AINI, "dua kali", channel="whatsapp")
    values = await receiver.wait(2)
    assert values[0] == values[1]


async def test_webhooks_come_out_of_order(
    phones: Handset, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handset.whatsapp.webhooks.OVERTAKEN_BY", 0.2)
    await phones.faults(whatsapp={"webhook_out_of_order": True})
    for text in ("satu", "dua"):
        await phones.say(AINI, text, channel="whatsapp")
    values = await receiver.wait(2)
    assert [one["messages"][0]["text"]["body"] for one in values] == ["dua", "satu"]


@pytest.mark.parametrize("wanted", [{"sms": {"slowly": 1}}, {"sms": 1}, {"rain": True}, {"sms": {"slow": "x"}}])
async def test_a_fault_that_does_not_exist_is_refused(phones: Handset, wanted: dict[str, object]) -> None:
    with pytest.raises(RefusedError):
        await phones.faults(**wanted)
