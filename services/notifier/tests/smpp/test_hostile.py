"""A centre that is broken or means harm: the link is cut where nothing else helps, memory stays bounded."""

import asyncio
import tracemalloc
from uuid import UUID

import pytest

from chassis.testing.until import until
from notifier.adapters.smpp.codec import HEADER, MAX_PDU, Framer, Pdu, encode
from notifier.adapters.smpp.commands import RESPONSE, Command, Status, Tag
from notifier.application.carrier_errors import CarrierDown, RejectedForGood
from notifier.application.outgoing import Outgoing, PlainText
from notifier.domain.lane import Lane

SMS = Outgoing(UUID(int=1), "+628123456789", PlainText("Awas banjir"), lane=Lane.URGENT)
IMPATIENT = "enquire_every=0.3&enquire_timeout=0.3"
MEBIBYTE = 1 << 20


@pytest.mark.parametrize("length", [1000, MAX_PDU])
async def test_a_pdu_that_never_ends_costs_the_link_though_bytes_keep_coming(centre, connect, length):
    carrier = await connect(IMPATIENT)
    socket = centre.sockets[-1]
    socket.write(HEADER.pack(length, Command.DELIVER_SM, 0, 1)[:6])
    for _ in range(900):
        if carrier.counters["link_ends"]:
            break
        if not socket.transport.is_closing():
            socket.write(b"\0")
        await asyncio.sleep(0.02)
    await until(lambda: carrier.counters["binds"] == 2)
    assert await carrier.submit(SMS)


def test_a_long_pdu_in_small_pieces_is_not_copied_for_each_of_them():
    frame, framer = encode(_payload(60_000)), Framer()
    assert list(framer.feed(frame[:17])) == []
    rest = framer._rest
    for at in range(17, len(frame) - 1):
        assert list(framer.feed(frame[at : at + 1])) == []
        assert framer._rest is rest
    assert list(framer.feed(frame[-1:] + frame[:5])) == [frame]
    assert framer._rest == frame[:5]


async def test_endless_long_messages_are_pushed_back_and_do_not_fill_memory(centre, connect, book):
    carrier = await connect()
    book.gate.clear()
    whole = encode(_payload(60_000))
    tracemalloc.start()
    try:
        for _ in range(40):
            centre.raw(whole * 10)
            await centre.sockets[-1].drain()
        await until(lambda: carrier.counters["inbound_pushed_back"] > 300, 30)
        assert carrier._inbound._held <= 4 * MEBIBYTE
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * MEBIBYTE  # of 24 MB brought; what lies in the centre's own buffers counts too
    book.gate.set()
    await until(lambda: carrier._inbound._held == 0)
    assert await centre.bring(source_addr="62811", short_message=b"MENU") == Status.OK


async def test_garbage_without_end_is_counted_and_only_so_much_of_it_kept(centre, connect, book):
    carrier = await connect()
    broken = HEADER.pack(20, Command.DELIVER_SM, 0, 9) + b"\xff" * 4
    for _ in range(10):
        centre.raw(broken * 200)
        await asyncio.sleep(0.02)
    await until(lambda: carrier.counters["quarantined_text_not_ended"] == 2_000, 20)
    await until(lambda: len(book.spoiled) == 600)
    assert carrier.counters["link_ends"] == 0


async def test_a_nack_of_the_bind_is_no_bind_whatever_its_status(centre, connect):
    centre.bind_answer = lambda pdu: HEADER.pack(16, Command.GENERIC_NACK, 0, pdu.sequence)
    carrier = await connect(wait=False)
    await until(lambda: carrier.counters["link_ends"] > 0)
    assert carrier.counters["binds"] == 0
    with pytest.raises(CarrierDown) as raised:
        await carrier.submit(SMS)
    assert raised.value.reason == "bind_refused"


async def test_what_nobody_foresaw_in_a_link_is_tried_again(centre, connect, monkeypatch):
    from notifier.adapters.smpp.link import Link  # noqa: PLC0415 - patched here alone

    carrier = await connect()
    bind, tries = Link.bind, []

    async def stumble(link: Link) -> None:
        tries.append(link)
        if len(tries) < 3:
            raise UnicodeError("nobody foresaw this")
        await bind(link)

    monkeypatch.setattr(Link, "bind", stumble)
    centre.drop()
    await until(lambda: carrier.counters["binds"] == 2)
    assert await carrier.submit(SMS)


@pytest.mark.parametrize(
    "command", [Command.OUTBIND, Command.ALERT_NOTIFICATION, Command.SUBMIT_SM, Command.QUERY_SM, 0x112, 0x21]
)
async def test_no_command_is_fatal(centre, connect, command):
    carrier = await connect()
    known = command in set(Command)
    centre.raw(encode(Pdu(command, sequence=5)) if known else HEADER.pack(20, command, 0, 5) + b"what")
    if command in {Command.OUTBIND, Command.ALERT_NOTIFICATION}:
        await until(lambda: carrier.counters["ignored"] == 1)
    else:
        await until(lambda: 5 in centre.answers)
        assert (centre.answers[5].command, centre.answers[5].status) == (0x80000000, Status.INVALID_COMMAND)
    assert await carrier.submit(SMS)
    assert carrier.counters["link_ends"] == 0


async def test_answers_to_nothing_change_nothing(centre, connect):
    carrier = await connect()
    for command in (Command.SUBMIT_SM, Command.DATA_SM, Command.ENQUIRE_LINK, Command.BIND_TRANSCEIVER):
        centre.raw(HEADER.pack(16, command | RESPONSE, 0, 4_000))
    await until(lambda: carrier.counters["answers_unasked"] == 1)
    assert await carrier.submit(SMS)
    assert carrier.counters["link_ends"] == 0


@pytest.mark.parametrize("how", ["udh", "sar", "payload"])
async def test_a_message_of_forty_parts_is_refused_before_it_costs_anything(centre, connect, how):
    carrier = await connect(f"long_messages={how}")
    book = Outgoing(SMS.delivery_id, SMS.to, PlainText("x" * 153 * 40))
    with pytest.raises(RejectedForGood) as raised:
        await carrier.submit(book)
    assert raised.value.reason == "too_many_parts"
    assert centre.submits == []


async def test_parts_brought_over_two_links_and_a_receipt_over_the_other_reach_the_sink(centre, connect, book):
    carrier = await connect("binds=2")
    await until(lambda: carrier.counters["binds"] == 2)
    one, two = centre.sockets
    accepted = await carrier.submit(SMS)
    for socket, number in ((one, 2), (two, 1)):
        data = bytes((6, 8, 4, 1, 9, 2, number)) + b"part"
        socket.write(encode(Pdu(Command.DELIVER_SM, 0, number, {"esm_class": 0x40, "short_message": data})))
    for number, socket in ((71, one), (72, two)):
        told = Pdu(Command.DELIVER_SM, 0, number, {"esm_class": 0x04}, {})
        told.tlvs = {Tag.RECEIPTED_MESSAGE_ID: accepted.carrier_message_ids[0].encode(), Tag.MESSAGE_STATE: b"\2"}
        socket.write(encode(told))
    await until(lambda: len(book.receipts) == 2 and len(book.messages) == 2)
    assert sorted(part.fragment.number for part in book.messages) == [1, 2]
    assert {receipt.candidates[0] for receipt in book.receipts} == set(accepted.carrier_message_ids)


def _payload(size: int) -> Pdu:
    return Pdu(Command.DELIVER_SM, 0, 7, {"source_addr": "62811"}, {Tag.MESSAGE_PAYLOAD: b"x" * size})
