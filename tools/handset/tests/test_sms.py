"""SMS through the message centre, both ways."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

import pytest

from handset.client import Handset
from handset.process import HandsetProcess
from handset.testing import Esme

Starter = Callable[..., Awaitable[HandsetProcess]]
SRI = "6281200000001"


async def test_a_short_message_is_shown_with_its_encoding(esme: Esme, phones: Handset) -> None:
    status, message_id = await esme.submit(SRI, b"\x01 \x1b\x65 Halo")
    shown = await phones.expect("0812-0000-0001", "Halo")
    assert status == 0
    assert shown["text"] == "£ € Halo"
    assert (shown["parts"], shown["encoding"], shown["sender"]) == (1, "GSM-7", "KENTONGAN")
    assert shown["carrier_ids"] == [message_id]


async def test_parts_with_a_header_are_one_message_in_the_right_order(esme: Esme, phones: Handset) -> None:
    for number, text in ((2, "dua 😀"), (1, "Kejadian di Gandrirojo — ")):
        await esme.submit(SRI, bytes((5, 0, 3, 7, 2, number)) + text.encode("utf-16-be"), esm=0x40, coding=8)
    shown = await phones.expect(SRI, "dua")
    assert shown["text"] == "Kejadian di Gandrirojo — dua 😀"
    assert (shown["parts"], shown["encoding"], len(shown["carrier_ids"])) == (2, "UCS-2", 2)


async def test_parts_by_sar_and_by_a_16_bit_reference(esme: Esme, phones: Handset) -> None:
    for number in (1, 2):
        sar = b"\x02\x0c\x00\x02\x01\x02\x02\x0e\x00\x01\x02\x02\x0f\x00\x01" + bytes((number,))
        await esme.submit(SRI, b"sar%d " % number, tlvs=sar)
    assert (await phones.expect(SRI, "sar1"))["text"] == "sar1 sar2 "
    for number in (1, 2):
        await esme.submit(SRI, b"\x06\x08\x04\x01\x02\x02" + bytes((number,)) + b"udh%d " % number, esm=0x40)
    assert (await phones.expect(SRI, "udh1"))["text"] == "udh1 udh2 "


async def test_a_payload_parameter_counts_the_parts_it_takes(esme: Esme, phones: Handset) -> None:
    text = b"x" * 200
    await esme.submit(SRI, b"", tlvs=struct.pack(">HH", 0x0424, len(text)) + text)
    assert (await phones.expect(SRI, "xxx"))["parts"] == 2


async def test_missing_parts_are_shown_as_a_gap(esme: Esme, phones: Handset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handset.smpp.inbox.PARTS_TIME", 0.1)
    await esme.submit(SRI, b"\x05\0\x03\x07\x02\x02akhir", esm=0x40)
    assert (await phones.expect(SRI, "akhir"))["text"] == "[…]akhir"


async def test_a_receipt_comes_by_text_and_by_parameter(esme: Esme) -> None:
    _, message_id = await esme.submit(SRI, b"Halo", receipt=1)
    receipt = await esme.delivered()
    assert receipt["esm"] == 4
    assert receipt["source"] == SRI
    assert f"id:{message_id} sub:001 dlvrd:001".encode() in receipt["message"]
    assert b"stat:DELIVRD err:000 text:Halo" in receipt["message"]
    assert receipt["tlvs"].startswith(b"\x00\x1e" + struct.pack(">H", 17) + message_id.encode() + b"\0")
    assert b"\x04\x27\x00\x01\x02" in receipt["tlvs"]


async def test_a_typed_message_arrives_and_is_ticked(esme: Esme, phones: Handset) -> None:
    typed = await phones.say("0812-0000-0001", "STATUS M7K2P")
    assert typed["state"] == "waiting"
    came = await esme.delivered()
    assert (came["source"], came["destination"], came["message"]) == (SRI, "2525", b"STATUS M7K2P")
    await asyncio.sleep(0.1)
    assert (await phones.messages(SRI))[-1]["state"] == "taken"


async def test_a_long_typed_message_comes_in_parts(esme: Esme, phones: Handset) -> None:
    await phones.say(SRI, "ü€" * 100)
    parts = [await esme.delivered() for _ in range(2)]
    assert [part["message"][:6] for part in parts] == [
        bytes((5, 0, 3, parts[0]["message"][3], 2, number)) for number in (1, 2)
    ]
    assert all(part["esm"] == 0x40 and len(part["message"]) <= 159 for part in parts)
    assert not parts[0]["message"].endswith(b"\x1b")
    await phones.say(SRI, "Bahaya ⚠")
    assert (await esme.delivered())["coding"] == 8


async def test_a_refused_message_comes_again_and_order_holds(esme: Esme, phones: Handset) -> None:
    await phones.say(SRI, "satu")
    await phones.say(SRI, "dua")
    assert (await esme.delivered(status=0x64))["message"] == b"satu"
    assert [(await esme.delivered())["message"] for _ in range(2)] == [b"satu", b"dua"]


async def test_a_message_waits_until_somebody_can_receive(handset: HandsetProcess, phones: Handset) -> None:
    await phones.say(SRI, "tunggu")
    transmitter, receiver = await Esme.connect(handset.smpp_port), await Esme.connect(handset.smpp_port)
    assert await transmitter.bind(command=2) == 0
    assert await receiver.bind(command=1) == 0
    assert (await receiver.delivered())["message"] == b"tunggu"
    assert (await transmitter.submit(SRI, b"a"))[0] == 0
    assert (await receiver.submit(SRI, b"a"))[0] == 4
    transmitter.close()
    receiver.close()


@pytest.mark.parametrize(("system_id", "password", "status"), [("kentongan", "x", 0x0E), ("x", "secret", 0x0F)])
async def test_a_stranger_may_not_bind(handset: HandsetProcess, system_id: str, password: str, status: int) -> None:
    stranger = await Esme.connect(handset.smpp_port)
    assert await stranger.bind(password, system_id) == status
    with pytest.raises(asyncio.IncompleteReadError):
        await stranger.next()


async def test_nothing_is_taken_before_a_bind_nor_bound_twice(handset: HandsetProcess) -> None:
    esme = await Esme.connect(handset.smpp_port)
    assert (await esme.submit(SRI, b"a"))[0] == 4
    assert await esme.bind() == 0
    assert await esme.bind() == 5
    await esme.send(6)
    assert (await esme.next())[0] == 0x80000006


async def test_garbage_is_refused_and_the_link_stays_where_it_can(esme: Esme, phones: Handset) -> None:
    await esme.send(0x110)
    assert (await esme.next())[:2] == (0x80000000, 3)
    number = await esme.send(4, b"no end")
    assert (await esme.next())[:3] == (0x80000004, 2, number)
    assert (await esme.submit(SRI, b"\x09\0\x03", esm=0x40))[0] == 2
    assert (await esme.submit(SRI, b"x" * 161))[0] == 1
    assert (await esme.submit("abc", b"x"))[0] == 0x0B
    await esme.send(0x15)
    assert (await esme.next())[0] == 0x80000015
    assert await phones.messages(SRI) == []
    esme.writer.write(struct.pack(">IIII", 0xF0000011, 4, 0, 9))
    assert (await esme.next())[:2] == (0x80000000, 2)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await esme.next()


async def test_the_handset_enquires_too_and_cuts_a_silent_peer(
    start: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handset.smpp.session.ANSWER_WITHIN", 0.2)
    process = await start(**{"smpp-enquire": "0.1"})
    esme = await Esme.connect(process.smpp_port)
    await esme.bind()
    command, _, sequence, _ = await esme.next()
    assert command == 0x15
    await esme.send(0x80000015, sequence=sequence)
    assert (await esme.next())[0] == 0x15
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await esme.next()
