"""Every call passes the gate, and every error leaves it as a status that says enough and not more."""

import asyncio
import io
import json
from datetime import timedelta

import grpc
import pytest
from bell_server import CONTACT, Ringer, pb, ringing, told
from grpc import StatusCode
from prometheus_client import REGISTRY

from chassis.auth.grants import Grant
from chassis.telemetry import collected_spans, set_up_logs

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_a_role_of_the_contract_passes_and_the_handler_knows_who_calls(bell: Ringer):
    assert (await bell.ring("who")).heard == str(CONTACT)
    assert (await bell.ring("who", "operator")).heard == str(CONTACT)


async def test_no_token_a_forged_one_and_a_wrong_role_are_refused(bell: Ringer):
    request = pb.RingRequest(word="who")
    for metadata in ([], [("authorization", "Bearer x.y.z")]):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await bell.stub.Ring(request, metadata=metadata)
        assert refused.value.code() is StatusCode.UNAUTHENTICATED
    assert (await bell.refused("who", "kader")).code is StatusCode.PERMISSION_DENIED


async def test_a_method_that_names_no_role_is_for_nobody(bell: Ringer):
    told = await bell.refused("who", "operator", "midwife", method="Forgotten")
    assert told.code is StatusCode.PERMISSION_DENIED


async def test_a_method_for_anyone_needs_no_token_but_refuses_a_bad_one(bell: Ringer):
    assert (await bell.stub.Knock(pb.RingRequest(word="x"))).heard == "welcome"
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await bell.stub.Knock(pb.RingRequest(word="x"), metadata=[("authorization", "Bearer no")])
    assert refused.value.code() is StatusCode.UNAUTHENTICATED


async def test_the_contract_is_checked_and_each_field_named(bell: Ringer):
    request = pb.RingRequest(word="", strokes=[pb.Stroke(force=1), pb.Stroke(force=12)])
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await bell.stub.Ring(request, metadata=bell.metadata("midwife"))
    found = told(refused.value)
    assert found.code is StatusCode.INVALID_ARGUMENT
    assert {each.field for each in found.details["BadRequest"].field_violations} == {"word", "strokes[1].force"}


@pytest.mark.parametrize(
    ("word", "code", "text"),
    [
        ("reject", StatusCode.INVALID_ARGUMENT, "umur 12 sampai 60"),
        ("missing", StatusCode.NOT_FOUND, "tidak ditemukan"),
        ("closed", StatusCode.FAILED_PRECONDITION, "tawaran sudah dijawab"),
        ("double", StatusCode.ALREADY_EXISTS, "nomor sudah ada"),
        ("denied", StatusCode.PERMISSION_DENIED, "peran ini sudah dicabut"),
        ("poison", StatusCode.INVALID_ARGUMENT, "cannot_unseal"),
        ("down", StatusCode.UNAVAILABLE, "sedang tidak tersedia, coba lagi sebentar"),
        ("abort", StatusCode.ABORTED, "as the handler says"),
        ("later", StatusCode.UNIMPLEMENTED, "belum dilayani"),
    ],
)
async def test_our_errors_have_their_codes(bell: Ringer, word: str, code: StatusCode, text: str):
    found = await bell.refused(word)
    assert (found.code, found.text) == (code, text)


async def test_a_reject_names_field_and_rule_in_its_details(bell: Ringer):
    details = (await bell.refused("reject")).details
    violation = details["BadRequest"].field_violations[0]
    assert (violation.field, violation.reason, violation.description) == ("age", "out_of_range", "umur 12 sampai 60")
    assert (details["ErrorInfo"].reason, details["ErrorInfo"].domain) == (
        "out_of_range",
        "kentongan.bell.v1.BellService",
    )


async def test_a_transient_error_says_when_to_come_back(bell: Ringer):
    assert (await bell.refused("down")).details["RetryInfo"].retry_delay.seconds == 1


async def test_a_bug_tells_nothing_outside_and_no_name_inside(bell: Ringer):
    lines = io.StringIO()
    set_up_logs("bell", stream=lines)
    found = await bell.refused("bug")
    assert (found.code, found.details) == (StatusCode.INTERNAL, {})
    assert "Siti" not in found.text
    assert "Siti" not in lines.getvalue()
    logged = json.loads(lines.getvalue().splitlines()[-1])
    assert (logged["event"], logged["fault"][0]["class"]) == ("call_failed", "builtins.ValueError")


async def test_without_a_deadline_of_the_caller_ours_ends_the_call():
    async with ringing(deadline_s=0.05) as bell:
        assert (await bell.refused("sleep")).code is StatusCode.DEADLINE_EXCEEDED


async def test_streams_pass_the_same_gate(bell: Ringer):
    good = pb.RingRequest(word="who")
    midwife, kader = bell.metadata("midwife"), bell.metadata("kader")
    assert (await bell.stub.RingAll(iter([good, good]), metadata=midwife)).heard == "2"
    assert [each.heard async for each in bell.stub.Listen(good, metadata=midwife)] == ["first", str(CONTACT)]
    assert [each.heard async for each in bell.stub.Echo(iter([good]), metadata=midwife)] == ["who"]
    # Echo is refused before anything is sent: a message on its way to a stream that ends is an error of its own.
    for call in (bell.stub.Listen(good, metadata=kader), bell.stub.Echo(metadata=kader)):
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            _ = [each async for each in call]
        assert refused.value.code() is StatusCode.PERMISSION_DENIED


async def test_a_bad_message_or_error_within_a_stream_ends_it_with_its_status(bell: Ringer):
    good, bad = pb.RingRequest(word="who"), pb.RingRequest(word="much too long")
    midwife = bell.metadata("midwife")
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await bell.stub.RingAll(iter([good, bad]), metadata=midwife)
    assert refused.value.code() is StatusCode.INVALID_ARGUMENT
    answers = bell.stub.Listen(pb.RingRequest(word="missing"), metadata=midwife)
    assert (await answers.read()).heard == "first"
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await answers.read()
    assert refused.value.code() is StatusCode.NOT_FOUND


@pytest.mark.parametrize("method", ["Listen", "Echo"])
async def test_a_stream_ends_with_the_token_that_opened_it(bell: Ringer, method: str):
    token = bell.signer.issue(CONTACT, [Grant("midwife", "33.17")], timedelta(seconds=3))
    metadata, waits = [("authorization", f"Bearer {token}")], pb.RingRequest(word="sleep")
    call = bell.stub.Listen(waits, metadata=metadata) if method == "Listen" else bell.stub.Echo(metadata=metadata)
    if method == "Echo":  # it writes through the context, and waits for a word that does not come
        await call.write(pb.RingRequest(word="who"))
    await call.read()
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await asyncio.wait_for(call.read(), 20)
    assert ended.value.code() is StatusCode.UNAUTHENTICATED
    assert "expired" in str(ended.value.details())


async def test_the_call_belongs_to_the_trace_it_came_with(bell: Ringer):
    metadata = bell.metadata("midwife", traceparent=TRACE)
    assert (await bell.stub.Ring(pb.RingRequest(word="trace"), metadata=metadata)).heard == TRACE
    with collected_spans() as spans:
        heard = (await bell.stub.Ring(pb.RingRequest(word="trace"), metadata=metadata)).heard
        await asyncio.sleep(0)
    (found,) = spans.get_finished_spans()
    assert found.parent is not None
    assert f"{found.parent.span_id:016x}" == TRACE[36:52]
    assert found.name == "kentongan.bell.v1.BellService/Ring"
    assert heard.startswith(TRACE[:36])
    assert heard[36:52] == f"{found.context.span_id:016x}"


async def test_calls_are_counted_by_method_and_code(bell: Ringer):
    labels = {"method": "kentongan.bell.v1.BellService/Ring", "code": "NOT_FOUND"}
    before = REGISTRY.get_sample_value("kentongan_grpc_requests_total", labels) or 0
    await bell.refused("missing")
    await bell.refused("abort")
    assert REGISTRY.get_sample_value("kentongan_grpc_requests_total", labels) == before + 1
    assert REGISTRY.get_sample_value("kentongan_grpc_requests_total", labels | {"code": "ABORTED"})
