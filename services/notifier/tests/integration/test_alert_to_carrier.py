"""One alert in, every right person reached, every outcome known."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from chassis.kernel.alert import Group, Lane
from chassis.testing.until import until
from kentongan.notifier.v1 import alert_pb2
from notifier.adapters.smpp.commands import Status
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
VILLAGE = "33.17.12.2002"
REPLY = {"text": "Tercatat. Kode M2K7P."}


async def test_an_alert_reaches_the_group_and_its_outcomes_are_told(notifier: Any) -> None:
    await notifier.people(
        ("+628120000001", "midwife", VILLAGE, "sms"),
        ("+628120000002", "midwife", "33.17.12.2003", "sms"),
        ("+628120000003", "bpbd_duty", "33.17", "sms"),
    )
    who = (Group("midwife", VILLAGE), Group("bpbd_duty", VILLAGE))
    alert = await notifier.raise_alert("reply", REPLY, groups=who)
    await notifier.reach(alert, State.SENT, State.SENT)
    assert notifier.sent() == [REPLY["text"]] * 2
    assert {pdu.fields["destination_addr"] for pdu in notifier.centre.submits} == {"628120000001", "628120000003"}
    await notifier.facts(alert, "alert_planned", "delivery_sent", "delivery_sent")


async def test_who_has_to_acknowledge_is_told(notifier: Any) -> None:
    people = await notifier.people(("+628120000003", "bpbd_duty", "33.17", "sms"))
    by = datetime.now(UTC) + timedelta(minutes=10)
    alert = await notifier.raise_alert(
        "destana.incident",
        notifier.values("destana.incident"),
        groups=(Group("bpbd_duty", VILLAGE),),
        acknowledge_by=by,
    )
    await notifier.facts(alert, "alert_planned", "delivery_planned", "delivery_sent")
    assert len(people) == 1


@pytest.mark.parametrize(
    ("template", "values", "groups", "reason"),
    [
        ("destana.no_such", {}, (Group("midwife", VILLAGE),), "unknown_template"),
        ("destana.incident", {"code": "B2K7P"}, (Group("midwife", VILLAGE),), "missing_value"),
        ("reply", REPLY, (Group("midwife", "33.17.01.2001"),), "nobody"),
    ],
)
async def test_what_cannot_be_sent_is_refused_visibly(
    notifier: Any, template: Any, values: dict[str, str], groups: Any, reason: str
) -> None:
    alert = await notifier.raise_alert(template, values, groups=groups)
    await notifier.facts(alert, "alert_rejected")
    assert (await notifier.fetchval("select reason from alert where id = $1", alert.id)).split()[0] == reason


async def test_an_expired_alert_is_refused(notifier: Any) -> None:
    people = await notifier.people(("+628120000001", "midwife", VILLAGE, "sms"))
    late = datetime.now(UTC) - timedelta(seconds=1)
    alert = await notifier.raise_alert("reply", REPLY, contacts=tuple(people), expires_at=late)
    await notifier.facts(alert, "alert_rejected")
    assert notifier.sent() == []


async def test_repeats_of_an_alert_are_one(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    one = await notifier.raise_alert("reply", REPLY, contacts=people, deduplication_key="k", lane=Lane.ROUTINE)
    await notifier.reach(one, State.SENT)  # their subjects differ: raised together, either may come first
    again = await notifier.raise_alert("reply", REPLY, contacts=people, deduplication_key="k", lane=Lane.ROUTINE)

    async def joined() -> Any:
        return await notifier.fetchval("select state from alert where id = $1", again.id) == "duplicate"

    await until(joined)
    assert len(notifier.sent()) == 1


async def test_a_redelivered_fact_sends_nothing_twice(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    alert = await notifier.raise_alert("reply", REPLY, contacts=people)
    await notifier.reach(alert, State.SENT)
    [record] = await notifier.kafka.read("kentongan.notifier.alert.urgent.v1", count=1)
    await notifier.kafka.send(
        "kentongan.notifier.alert.urgent.v1", record.value, key=record.key, headers=record.headers
    )
    last = await notifier.raise_alert("reply", REPLY, contacts=people, subject=alert.subject)
    await notifier.reach(last, State.SENT)
    assert len(notifier.sent()) == 2


async def test_a_malformed_alert_is_quarantined_and_the_rest_flows(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    topic = "kentongan.notifier.alert.urgent.v1"
    await notifier.put(topic, b"\xff\xff not protobuf", uuid4())
    await notifier.put(topic, alert_pb2.AlertFact(subject_id="x").SerializeToString(), uuid4())
    alert = await notifier.raise_alert("reply", REPLY, contacts=people)
    await notifier.reach(alert, State.SENT)
    assert len(await notifier.kafka.read("kentongan.dlq.notifier.v1", count=2)) == 2


async def test_what_is_unsent_is_dropped_when_called_off(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    notifier.centre.status = lambda _: Status.THROTTLED
    alert = await notifier.raise_alert("reply", REPLY, contacts=people, lane=Lane.ROUTINE)
    await until(lambda: bool(notifier.centre.submits))
    await notifier.cancel(alert)
    await notifier.reach(alert, State.DROPPED)
    await notifier.facts(alert, "alert_planned", "delivery_dropped")


async def test_throttling_pauses_and_then_all_is_sent_once(notifier: Any) -> None:
    phones = [(f"+6281200001{n:03}", "resident", VILLAGE, "sms") for n in range(60)]
    await notifier.people(*phones)
    refused = iter([Status.THROTTLED] * 3)
    notifier.centre.status = lambda _: next(refused, Status.OK)
    alert = await notifier.raise_alert(
        "reply", REPLY, groups=(Group("resident", "33.17.12", within=True),), lane=Lane.ROUTINE
    )
    await notifier.reach(alert, *[State.SENT] * 60)
    to = [pdu.fields["destination_addr"] for pdu in notifier.centre.submits]
    assert len(to) == 63
    assert len(set(to)) == 60


async def test_an_update_and_the_end_reach_exactly_those_who_got_the_alert(notifier: Any) -> None:
    phones = [(f"+6281200001{n:03}", "resident", VILLAGE, "sms") for n in range(6)]
    await notifier.people(*phones)
    refused = {"6281200001004", "6281200001005"}
    notifier.centre.status = lambda pdu: 0x0B if pdu.fields["destination_addr"] in refused else Status.OK
    alert = await notifier.raise_alert("reply", REPLY, groups=(Group("resident", VILLAGE),))
    await notifier.reach(alert, *[State.SENT] * 4, *[State.FAILED] * 2)
    update = await notifier.update(alert, "reply", {"text": "Air naik."})
    await until(lambda: notifier.sent().count("Air naik.") == 4, 40)
    await notifier.cancel(alert, "reply", {"text": "Aman."})
    await until(lambda: notifier.sent().count("Aman.") == 4, 40)
    await notifier.facts(update, "alert_planned", *["delivery_sent"] * 4)
    assert len(notifier.sent()) == 6 + 4 + 4
    assert await notifier.fetchval("select state from alert where id = $1", alert.id) == "cancelled"
