"""One trace from phone to phone, in spans that name nobody."""

from typing import Any

import pytest

from chassis.telemetry.traces import collected_spans
from chassis.testing.until import until
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


async def test_a_try_is_a_child_of_what_led_to_the_alert(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", "33.17.12.2002", "sms")))
    with collected_spans() as memory:
        given = {"contacts": people, "trace": f"00-{TRACE}-{PARENT}-01"}
        alert = await notifier.raise_alert("reply", {"text": "Tercatat."}, **given)
        await notifier.reach(alert, State.SENT)
        [span] = [one for one in memory.get_finished_spans() if one.name == "notifier.deliver"]
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == PARENT
    said = {"lane": "urgent", "channel": "sms", "carrier": "smpp", "alert": str(alert.id)}
    assert dict(span.attributes) == said


async def test_a_message_begins_a_trace_that_its_answer_ends(notifier: Any) -> None:
    with collected_spans() as memory:
        await notifier.centre.bring(10, source_addr="628120000009", short_message=b"MENU")
        await notifier.centre.bring(10, source_addr="628120000009", short_message=b"API Kragan")
        await until(lambda: bool(notifier.sent()))

        def spans(name: str) -> list[Any]:
            return [one for one in memory.get_finished_spans() if one.name == name]

        await until(lambda: bool(spans("notifier.deliver")))
    asked, told = spans("notifier.inbound")
    assert (asked.parent, told.parent) == (None, None)
    assert dict(told.attributes) == {"channel": "sms", "carrier": "smpp"}
    assert spans("notifier.deliver")[0].context.trace_id == asked.context.trace_id
    [record] = await notifier.kafka.read("kentongan.notifier.field-message.destana.v1")
    assert f"{told.context.trace_id:032x}" in dict(record.headers)["traceparent"].decode()
