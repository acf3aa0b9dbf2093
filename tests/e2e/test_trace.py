"""One trace from phone to phone: what came in, the service that did it, every message that went out because of it."""

import asyncio
import json
import time
from datetime import timedelta
from typing import Any

import grpc
import pytest

from chassis.auth.grants import Grant
from chassis.auth.tokens import Signer
from chassis.kernel.ids import new_id
from chassis.testing.kafka import Kafka
from e2e.running import Running
from handset.demo.stage import Stage, code, found
from kentongan.telponi.v1 import pregnancy_service_pb2 as pb
from kentongan.telponi.v1 import risk_pb2
from kentongan.telponi.v1.pregnancy_service_pb2_grpc import PregnancyServiceStub

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
Span = dict[str, Any]


def spans(running: Running, since: int = 0) -> list[Span]:
    lines = running.traces.read_bytes()[since:].splitlines()
    return [json.loads(line) for line in lines if line.endswith(b"}")]


async def in_trace(running: Running, trace: str, names: dict[tuple[str, str], int]) -> list[Span]:
    """The spans of a trace, once there are at least so many of each (service, name)."""
    give_up = time.monotonic() + 20
    while True:
        mine = [
            span for span in spans(running) if span["trace_id"] == trace or any(trace in s for s in span["links"])
        ]
        seen = [(span["service"], span["name"]) for span in mine]
        if all(seen.count(name) >= count for name, count in names.items()):
            return mine
        assert time.monotonic() < give_up, f"trace {trace} has only {sorted(seen)}"
        await asyncio.sleep(0.5)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_one_message_is_one_trace(running: Running, stage: Stage, bus: Kafka, channel: str):
    midwife = stage.one("midwife", channel)
    village = midwife.places[0]
    await stage.say(midwife, f"BUMIL Jejak {channel} # 36 # UK 36 # G3P2A0 # 143 # JARAK 1 # DESA {village}")
    mother = found(await stage.reply(midwife, code("M") + ".*Skor"), code("M"))
    await asyncio.sleep(6)  # until the spans of what was before are written
    since = running.traces.stat().st_size

    await stage.say(midwife, f"BAHAYA {mother} DARAH")
    referral = found(await stage.reply(midwife, code("R")), code("R"))
    taker, offer = await stage.somebody_hears(stage.all("facility_duty"), referral)
    first = await _inbound_after(running, since)

    expected = {
        ("notifier", "notifier.inbound"): 1,
        ("telponi", "kafka.consume"): 1,
        ("notifier", "kafka.consume"): 1,
        ("notifier", "notifier.deliver"): 3,  # the midwife's answer, the facility's offer, the doctor
    }
    mine = await in_trace(running, first["trace_id"], expected)
    ids = {span["span_id"] for span in mine}
    broken = [span for span in mine if span["parent_id"] and span["parent_id"] not in ids]
    assert not broken, f"spans whose parent is in no file: {broken}"
    assert [span["name"] for span in mine if not span["parent_id"]].count("notifier.inbound") == 1

    for topic in ("field-message.telponi", "alert.life-safety"):
        heads = [
            dict(one.headers).get("traceparent", b"") for one in await bus.read(f"kentongan.notifier.{topic}.v1")
        ]
        assert any(first["trace_id"].encode() in head for head in heads), topic
    await stage.answer(taker, offer, f"TERIMA {referral}")
    await stage.hear(midwife, rf"{referral}.*DITERIMA")


async def _inbound_after(running: Running, since: int) -> Span:
    """The one message that came in since then. The facility has not answered yet."""
    for _ in range(40):
        if found_spans := [one for one in spans(running, since) if one["name"] == "notifier.inbound"]:
            assert len(found_spans) == 1
            return found_spans[0]
        await asyncio.sleep(0.5)
    raise AssertionError("no span of an inbound message was written")


async def test_a_callers_trace_is_continued_to_the_phones(running: Running, stage: Stage):
    midwife, trace = stage.one("midwife", "sms"), new_id().hex
    request = pb.RegisterPregnancyRequest(
        idempotency_key=f"trace-{trace}",
        name="Jejak Grpc",
        age_years=29,
        gestation_weeks=30,
        height_cm=150,
        village=midwife.places[0],
        signs=[risk_pb2.DANGER_SIGN_BLEEDING],
    )
    request.gpa.gravida, request.gpa.para = 2, 1
    home = running.home
    signer = Signer.from_pem((home.secrets / "jwt.key").read_bytes())
    token = signer.issue(new_id(), [Grant("midwife", midwife.places[0])], timedelta(minutes=5))
    credentials = grpc.ssl_channel_credentials((home.secrets / "ca.pem").read_bytes())
    async with grpc.aio.secure_channel(home.address("telponi.grpc"), credentials) as channel:
        metadata = (("authorization", f"Bearer {token}"), ("traceparent", f"00-{trace}-{trace[:16]}-01"))
        answer = await PregnancyServiceStub(channel).RegisterPregnancy(request, metadata=metadata, timeout=20)
    taker, offer = await stage.somebody_hears(stage.all("facility_duty"), answer.referral.code)
    await in_trace(running, trace, {("notifier", "notifier.deliver"): 2, ("notifier", "kafka.consume"): 1})
    await stage.answer(taker, offer, f"TERIMA {answer.referral.code}")
    await stage.hear(taker, rf"{answer.referral.code}.*diterima")
