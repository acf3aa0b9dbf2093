import asyncio
import time
from datetime import timedelta
from uuid import UUID

import pytest
from answered import answered

from chassis.testing.until import until
from notifier.adapters.smpp.codec import HEADER
from notifier.adapters.smpp.commands import Command, Status, Tag
from notifier.application.carrier_errors import (
    CarrierDown,
    ChannelStopped,
    RejectedForGood,
    Throttled,
    TryLater,
    Unreachable,
)
from notifier.application.incoming import IncomingSms, ReceiptState
from notifier.application.outgoing import Accepted, Outgoing, PlainText, TemplateMessage
from notifier.domain.lane import Lane

ID = UUID("00000000-0000-7000-8000-00000000abcd")


def sms(text: str = "Awas banjir", to: str = "+628123456789", **more) -> Outgoing:
    return Outgoing(ID, to, PlainText(text), **more)


def texts(centre) -> list[bytes]:
    return [pdu.fields["short_message"] for pdu in centre.submits]


async def test_life_safety_goes_out_next_when_routine_fills_the_window_of_a_mute_centre(centre, connect):
    centre.mute = True
    carrier = await connect("window=4&reserve=1")
    routine = [asyncio.create_task(carrier.submit(sms(f"rutin {number}", lane=Lane.ROUTINE))) for number in range(20)]
    await until(lambda: len(centre.submits) == 3)
    urgent = asyncio.create_task(carrier.submit(sms("awas", lane=Lane.LIFE_SAFETY)))
    await until(lambda: len(centre.submits) == 4)
    assert texts(centre)[3] == b"awas"
    for task in (urgent, *routine):
        task.cancel()


async def test_who_waits_for_the_window_goes_by_lane(centre, connect):
    centre.delay = 0.05
    carrier = await connect("window=1")
    first = asyncio.create_task(carrier.submit(sms("pertama", lane=Lane.ROUTINE)))
    await until(lambda: bool(centre.submits))
    later = [
        asyncio.create_task(carrier.submit(sms(lane.name[:4], lane=lane))) for lane in sorted(Lane, reverse=True)
    ]
    await asyncio.gather(first, *later)
    assert texts(centre) == [b"pertama", b"LIFE", b"URGE", b"ROUT"]


async def test_a_life_safety_message_takes_the_link_with_the_fewest_before_it(centre, connect):
    centre.mute = True
    carrier = await connect("binds=2&window=2&reserve=1")
    await until(lambda: len(carrier._links) == 2)
    routine = [asyncio.create_task(carrier.submit(sms(lane=Lane.ROUTINE))) for _ in range(9)]
    await until(lambda: len(centre.submits) == 2)
    urgent = [asyncio.create_task(carrier.submit(sms("awas", lane=Lane.LIFE_SAFETY))) for _ in range(2)]
    await until(lambda: len(centre.submits) == 4)
    for task in (*urgent, *routine):
        task.cancel()


async def test_a_message_goes_out_and_its_id_comes_back(centre, connect):
    carrier = await connect("sender=BPBD")
    assert await carrier.submit(sms(valid_for=timedelta(hours=2))) == Accepted(("1",))
    [pdu] = centre.submits
    assert pdu.fields["destination_addr"] == "628123456789"
    assert (pdu.fields["source_addr"], pdu.fields["source_addr_ton"]) == ("BPBD", 5)
    assert pdu.fields["short_message"] == b"Awas banjir"
    assert pdu.fields["registered_delivery"] == 1
    assert pdu.fields["validity_period"] == "000000020000000R"


async def test_ids_are_kept_without_leading_zeros_and_in_small_letters(centre, connect):
    centre.make_id = lambda n: f"000{n}AB"
    carrier = await connect()
    assert await carrier.submit(sms()) == Accepted(("1ab",))


@pytest.mark.parametrize("how", ["udh", "sar", "payload"])
async def test_long_messages_go_out_as_the_carrier_wants_them(centre, connect, how):
    carrier = await connect(f"long_messages={how}")
    long = sms("x" * 307)
    assert carrier.cost(long) == 3  # also where the carrier cuts: it bills each
    assert len((await carrier.submit(long)).carrier_message_ids) == len(centre.submits)
    if how == "payload":
        assert centre.submits[0].tlvs[Tag.MESSAGE_PAYLOAD] == b"x" * 307
        assert len(centre.submits) == 1
        assert carrier.cost(sms("x" * 307, already_accepted=("1",))) == 0
        return
    assert len(centre.submits) == 3
    assert [len(p.fields["short_message"]) for p in centre.submits] == (
        [159, 159, 7] if how == "udh" else [153, 153, 1]
    )
    for number, pdu in enumerate(centre.submits, start=1):
        if how == "udh":
            assert pdu.fields["esm_class"] == 0x40
            assert pdu.fields["short_message"][:6] == bytes((5, 0, 3, 0xCD, 3, number))
        else:
            assert pdu.tlvs[Tag.SAR_REFERENCE] == b"\xab\xcd"
            assert (pdu.tlvs[Tag.SAR_TOTAL], pdu.tlvs[Tag.SAR_NUMBER]) == (b"\x03", bytes((number,)))


async def test_parts_taken_before_a_refusal_are_not_sent_again(centre, connect):
    carrier = await connect()
    centre.status = lambda _: Status.THROTTLED if len(centre.submits) == 2 else Status.OK
    with pytest.raises(Throttled) as raised:
        await carrier.submit(sms("x" * 307))
    assert raised.value.accepted == ("1",)
    rest = sms("x" * 307, already_accepted=raised.value.accepted)
    assert carrier.cost(rest) == 2
    assert await carrier.submit(rest) == Accepted(("1", "2", "3"))
    assert [p.fields["short_message"][5] for p in centre.submits] == [1, 2, 2, 3]


async def test_what_cannot_be_written_is_refused_before_it_is_sent(centre, connect):
    carrier = await connect()
    for outgoing in (sms(""), sms("x" * 153 * 40), Outgoing(ID, "+62", TemplateMessage("a", "id"))):
        with pytest.raises(RejectedForGood):
            await carrier.submit(outgoing)
        with pytest.raises(RejectedForGood):
            carrier.cost(outgoing)
    assert centre.submits == []


@pytest.mark.parametrize(
    ("status", "error", "reason"),
    [
        (0x58, Throttled, "throttled"),
        (0x14, Throttled, "queue_full"),
        (0x0B, Unreachable, "bad_number"),
        (0x0A, RejectedForGood, "sender_name_refused"),
        (0x45, TryLater, "submit_failed"),
        (0x04, CarrierDown, "wrong_bind_state"),
        (0x0400, TryLater, "unknown_status"),
        (0xFFFFFFFF, TryLater, "unknown_status"),
    ],
)
async def test_every_status_says_what_to_do_and_none_is_fatal(centre, connect, status, error, reason):
    carrier = await connect("throttle_pause=2.5")
    centre.status = lambda _: status
    with pytest.raises(error) as raised:
        await carrier.submit(sms())
    assert raised.value.reason == reason
    assert raised.value.code == f"0x{status:08x}"
    if isinstance(raised.value, Throttled):
        assert raised.value.retry_after == timedelta(seconds=2.5)
    if isinstance(raised.value, TryLater):
        assert not raised.value.ambiguous
    centre.status = lambda _: 0
    assert await carrier.submit(sms())


async def test_the_window_is_never_exceeded(centre, connect):
    centre.delay = 0.01
    carrier = await connect("window=4")
    await asyncio.gather(*(carrier.submit(sms()) for _ in range(60)))
    assert centre.most_unanswered == 4
    assert len(centre.submits) == 60


async def test_many_at_once_fit_into_the_window_and_keep_their_order(centre, connect):
    centre.delay = 0.01
    carrier = await connect("window=4")
    both = [answered(carrier.submit_all([sms(f"{name} {number}") for number in range(30)])) for name in "ab"]
    first, second = await asyncio.gather(*both)
    assert centre.most_unanswered == 4
    assert len({one.carrier_message_ids for one in (*first, *second)}) == 60
    for name in (b"a", b"b"):
        assert [text for text in texts(centre) if text[:1] == name] == [b"%s %d" % (name, n) for n in range(30)]


async def test_of_many_each_is_refused_or_taken_by_itself(centre, connect):
    refused = {b"dua": Status.THROTTLED, b"empat": Status.INVALID_DESTINATION}
    centre.status = lambda pdu: refused.get(pdu.fields["short_message"], 0)
    carrier = await connect()
    answers = await answered(carrier.submit_all([sms(text) for text in ("satu", "dua", "tiga", "empat")]))
    assert [type(one) for one in answers] == [Accepted, Throttled, Accepted, Unreachable]
    assert (carrier.counters["accepted"], carrier.counters["status_0x00000058"]) == (2, 1)


async def test_of_many_a_lost_link_leaves_in_doubt_only_what_was_on_its_way(centre, connect):
    centre.mute = True
    carrier = await connect("window=3&response_timeout=60")
    calls = [asyncio.create_task(answered(carrier.submit_all([sms() for _ in range(8)])))]
    await until(lambda: len(centre.submits) == 3)
    centre.drop()
    [answers] = await asyncio.gather(*calls)
    assert [type(one) for one in answers] == [TryLater] * 3 + [CarrierDown] * 5


async def test_an_answer_that_does_not_come_leaves_its_own_in_doubt(centre, connect):
    centre.silent = lambda pdu: pdu.fields["short_message"] == b"dua"
    carrier = await connect("response_timeout=0.3")
    answers = await answered(carrier.submit_all([sms(text) for text in ("satu", "dua", "tiga")]))
    assert [type(one) for one in answers] == [Accepted, TryLater, Accepted]
    assert answers[1].ambiguous


async def test_of_many_one_that_is_late_holds_up_nobody_but_itself(centre, connect):
    centre.silent = lambda pdu: pdu.fields["short_message"] == b"dua"
    carrier = await connect("response_timeout=1")
    groups = carrier.submit_all([sms(text) for text in ("satu", "dua", "tiga", "empat " * 40)])
    async with asyncio.timeout(0.8):
        soon = await anext(groups)
        while len(soon) < 3:
            soon += await anext(groups)
    assert sorted(place for place, _ in soon) == [0, 2, 3]
    [(place, late)] = await anext(groups)
    assert (place, type(late)) == (1, TryLater)


async def test_an_abandoned_call_keeps_its_slot_until_it_is_answered(centre, connect):
    centre.delay = 0.15
    carrier = await connect("window=1")
    first = asyncio.create_task(carrier.submit(sms()))
    waiting = asyncio.create_task(carrier.submit(sms()))
    await until(lambda: len(centre.submits) == 1)
    first.cancel()
    waiting.cancel()
    await carrier.submit(sms())
    assert centre.most_unanswered == 1
    assert len(centre.submits) == 2


async def test_a_lost_link_fails_everything_at_once(centre, connect):
    centre.mute = True
    carrier = await connect("window=3&response_timeout=60")
    calls = [asyncio.create_task(carrier.submit(sms())) for _ in range(8)]
    await until(lambda: len(centre.submits) == 3)
    began = time.perf_counter()
    centre.drop()
    errors = await asyncio.gather(*calls, return_exceptions=True)
    assert time.perf_counter() - began < 0.5
    assert [(type(e), getattr(e, "ambiguous", None)) for e in errors] == [(TryLater, True)] * 3 + [
        (CarrierDown, None)
    ] * 5


async def test_it_comes_back_after_a_lost_link_and_says_down_meanwhile(centre, connect):
    carrier = await connect()
    centre.bind_status = Status.BIND_FAILED
    centre.drop()
    await until(lambda: not carrier.up)
    with pytest.raises(CarrierDown):
        await carrier.submit(sms())
    centre.bind_status = 0
    await until(lambda: carrier.up)
    assert await carrier.submit(sms())


async def test_a_link_that_dies_on_every_bind_is_not_hammered(centre, connect):
    carrier = await connect("stable_after=10&backoff_first=0.05&backoff_cap=5")
    began, binds = time.perf_counter(), 0
    while time.perf_counter() - began < 1:
        if carrier.up:
            binds += 1
            centre.drop()
        await asyncio.sleep(0.005)
    assert 2 <= binds <= 15


async def test_a_wrong_password_stops_the_channel_and_says_so(centre, connect):
    centre.bind_status = Status.INVALID_PASSWORD
    carrier = await connect(wait=False)
    await until(lambda: carrier.counters["link_ends"] > 0)
    with pytest.raises(ChannelStopped) as raised:
        await carrier.submit(sms())
    assert raised.value.reason == "wrong_password"
    assert raised.value.alarm


async def test_nobody_listening_is_carrier_down(centre, connect):
    await centre.__aexit__()
    carrier = await connect(wait=False)
    await until(lambda: carrier.counters["link_ends"] > 0)
    with pytest.raises(CarrierDown) as raised:
        await carrier.submit(sms())
    assert raised.value.reason == "connection_refused"


async def test_no_answer_in_time_is_ambiguous_and_a_late_answer_is_only_counted(centre, connect):
    centre.delay = 0.5
    carrier = await connect("response_timeout=0.2")
    with pytest.raises(TryLater) as raised:
        await carrier.submit(sms())
    assert raised.value.ambiguous
    await until(lambda: carrier.counters["answers_unasked"] == 1)
    centre.delay = 0
    assert await carrier.submit(sms()) == Accepted(("2",))


async def test_a_silent_link_is_asked_and_a_mute_one_replaced(centre, connect):
    carrier = await connect("enquire_every=0.1&enquire_timeout=0.2")
    await until(lambda: centre.seen.count(Command.ENQUIRE_LINK) >= 2)
    assert carrier.counters["link_ends"] == 0
    centre.dead = True
    await until(lambda: carrier.counters["link_ends"] == 1)
    centre.dead = False
    await until(lambda: carrier.up and carrier.counters["binds"] >= 2)


async def test_it_answers_enquire_link_and_unbind(centre, connect):
    carrier = await connect()
    centre.raw(HEADER.pack(16, Command.ENQUIRE_LINK, 0, 77) + HEADER.pack(16, Command.UNBIND, 0, 78))
    await until(lambda: 78 in centre.answers)
    assert centre.answers[77].command == Command.ENQUIRE_LINK_RESP
    assert centre.answers[78].command == Command.UNBIND_RESP
    await until(lambda: carrier.counters["binds"] == 2)


async def test_stopping_drains_the_window_and_says_goodbye(centre, connect):
    centre.delay = 0.2
    carrier = await connect("window=2")
    calls = [asyncio.create_task(carrier.submit(sms())) for _ in range(3)]
    await until(lambda: len(centre.submits) == 2)
    await carrier.stop()
    first, second, queued = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert isinstance(queued, CarrierDown)
    assert centre.seen[-1] == Command.UNBIND
    with pytest.raises(CarrierDown):
        await carrier.submit(sms())
    assert not carrier.up


async def test_a_mute_carrier_does_not_hold_up_the_stop(centre, connect):
    centre.mute = True
    carrier = await connect("drain=0.3")
    call = asyncio.create_task(carrier.submit(sms()))
    await until(lambda: len(centre.submits) == 1)
    await asyncio.wait_for(carrier.stop(), 2)
    with pytest.raises(TryLater):
        await call


async def test_several_binds_share_the_work(centre, connect):
    centre.delay = 0.05
    carrier = await connect("binds=3&window=1")
    await until(lambda: carrier.counters["binds"] == 3)
    await asyncio.gather(*(carrier.submit(sms()) for _ in range(3)))
    assert centre.most_unanswered == 3


async def test_a_message_is_acknowledged_only_when_it_is_safe(centre, connect, book):
    await connect()
    book.gate.clear()
    bringing = asyncio.create_task(
        centre.bring(source_addr="628111", destination_addr="2345", short_message=b"TERIMA R2K7P")
    )
    await asyncio.sleep(0.1)
    assert not bringing.done()
    book.gate.set()
    assert await bringing == Status.OK
    [message] = book.messages
    assert isinstance(message, IncomingSms)
    assert (message.source, message.destination, message.text) == ("628111", "2345", "TERIMA R2K7P")


async def test_a_sink_that_fails_or_hangs_makes_the_carrier_bring_it_again(centre, connect, book):
    carrier = await connect("sink_timeout=0.2")
    book.broken = True
    assert await centre.bring(short_message=b"x") == Status.RECEIVER_TEMPORARY
    book.broken = False
    book.gate.clear()
    assert await centre.receipt("1") == Status.RECEIVER_TEMPORARY
    book.gate.set()
    assert await centre.receipt("1") == Status.OK
    assert carrier.counters["sink_failed"] == 2


async def test_too_many_unanswered_are_pushed_back_and_sending_goes_on(centre, connect, book):
    carrier = await connect("max_unanswered=3")
    book.gate.clear()
    brought = [asyncio.create_task(centre.bring(short_message=b"%d" % n)) for n in range(5)]
    await asyncio.wait(brought, return_when=asyncio.FIRST_COMPLETED)
    assert await carrier.submit(sms())
    book.gate.set()
    assert sorted(await asyncio.gather(*brought)) == [0, 0, 0, Status.THROTTLED, Status.THROTTLED]


async def test_receipts_come_by_parameter_and_by_text(centre, connect, book):
    await connect()
    tlvs = {Tag.RECEIPTED_MESSAGE_ID: b"38601FA\0", Tag.MESSAGE_STATE: b"\x05"}
    assert (
        await centre.bring(source_addr="628111", esm_class=4, short_message=b"id:0059113978 stat:DELIVRD", tlvs=tlvs)
        == 0
    )
    assert await centre.receipt("00A1", "DELIVRD") == 0
    by_tlv, by_text = book.receipts
    assert by_tlv.candidates[0] == "38601fa"
    assert "59113978" in by_tlv.candidates
    assert by_tlv.recipient == "+628111"
    assert (by_tlv.state, type(by_tlv.failure)) == (ReceiptState.FAILED, Unreachable)
    assert by_text.candidates == ("a1", "161")
    assert by_text.state is ReceiptState.DELIVERED
    assert str(by_text.at) == "2026-01-31 05:01:00+00:00"


async def test_data_sm_is_taken_and_alert_notification_ignored(centre, connect, book):
    carrier = await connect()
    alert = b"\0\0123\0\0\0456\0"
    centre.raw(HEADER.pack(16 + len(alert), Command.ALERT_NOTIFICATION, 0, 5) + alert)
    payload = {Tag.MESSAGE_PAYLOAD: "é".encode("utf-16-be")}
    assert await centre.bring(command=Command.DATA_SM, source_addr="62811", data_coding=8, tlvs=payload) == 0
    assert book.messages[0].text == "é"
    assert carrier.counters["ignored"] == 1
    assert carrier.counters["link_ends"] == 0


async def test_a_broken_deliver_sm_is_quarantined_and_not_asked_for_again(centre, connect, book):
    carrier = await connect()
    body = b"\0\0\0" + b"628\0" + b"\0\0" + b"1\0" + b"\0\0\0\0\0\0\0\0\0" + b"\xffshort"
    centre.raw(HEADER.pack(16 + len(body), Command.DELIVER_SM, 0, 9) + body)
    await until(lambda: 9 in centre.answers)
    assert centre.answers[9].status == Status.RECEIVER_PERMANENT
    await until(lambda: len(book.spoiled) == 1)
    assert book.spoiled[0].reason == "message_cut_off"
    assert await carrier.submit(sms())


async def test_an_unknown_command_is_refused_and_the_rest_flows_on(centre, connect):
    carrier = await connect()
    centre.raw(HEADER.pack(17, 0x110, 0, 3) + b"?" + HEADER.pack(16, Command.ENQUIRE_LINK, 0, 4))
    await until(lambda: 4 in centre.answers)
    assert (centre.answers[3].command, centre.answers[3].status) == (Command.GENERIC_NACK, Status.INVALID_COMMAND)
    assert carrier.counters["link_ends"] == 0


@pytest.mark.parametrize(
    "garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\0\0\0\x0f" + b"\0" * 30, b"\x7f\xff\xff\xff" + b"x" * 100]
)
async def test_an_impossible_length_resets_the_link(centre, connect, book, garbage):
    carrier = await connect()
    centre.raw(garbage)
    await until(lambda: carrier.counters["binds"] == 2)
    assert await carrier.submit(sms())
    assert book.spoiled[0].reason == "bad_length"
    assert book.spoiled[0].raw.startswith(garbage[:4])


async def test_generic_nack_answers_the_message_it_names(centre, connect):
    centre.mute = True
    carrier = await connect()
    call = asyncio.create_task(carrier.submit(sms()))
    await until(lambda: len(centre.submits) == 1)
    centre.raw(HEADER.pack(16, Command.GENERIC_NACK, Status.THROTTLED, centre.submits[0].sequence))
    with pytest.raises(Throttled):
        await call


async def test_a_flood_of_garbage_costs_neither_the_link_nor_memory(centre, connect, book):
    carrier = await connect("max_unanswered=5")
    book.gate.clear()  # nothing can be stored meanwhile
    broken = HEADER.pack(20, Command.DELIVER_SM, 0, 9) + b"\xff" * 4
    centre.raw(broken * 4_000)
    await until(lambda: carrier.counters["quarantined_text_not_ended"] == 4_000, 20)
    assert len(carrier._inbound._tasks) <= 5
    assert await carrier.submit(sms())
    book.gate.set()
    await until(lambda: len(book.spoiled) == 5)


async def test_a_centre_that_asks_and_never_reads_is_left(centre, connect):
    carrier = await connect("enquire_every=0.3&enquire_timeout=0.3")
    socket = centre.sockets[-1]
    socket.transport.pause_reading()
    for _ in range(200):
        socket.write(HEADER.pack(16, Command.ENQUIRE_LINK, 0, 5) * 4000)
    await until(lambda: carrier.counters["binds"] == 2, 20)
    assert await carrier.submit(sms())
