"""Every fact of the contract is handled or told by somebody."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import notifier
from chassis.postgres.outbox import EVENT, SUBJECT
from chassis.testing.clock import MovableClock
from kentongan.notifier.v1 import alert_pb2, alert_service_pb2, channel_pb2, delivery_pb2
from notifier.adapters.contracts import delivery_row
from notifier.adapters.delivery_facts import Facts, delivery_id, event_of
from notifier.adapters.templates import Templates
from notifier.domain.channel import Channel
from notifier.domain.delivery import Next, State
from notifier.entrypoints.alerts import AlertFacts
from notifier.entrypoints.operator_queries import STATES

SMS = channel_pb2.CHANNEL_SMS
NOW = datetime(2026, 3, 2, 1, 2, 3, 456, tzinfo=UTC)
SOURCE = Path(notifier.__file__).parent


def test_every_fact_about_an_alert_is_handled() -> None:
    handled = AlertFacts(Templates({}), None, MovableClock()).facts  # type: ignore[arg-type] # nothing is opened here
    cases = {field.name for field in alert_pb2.AlertFact.DESCRIPTOR.oneofs_by_name["fact"].fields}
    assert set(handled) == cases


def test_every_fact_about_a_delivery_is_told() -> None:
    told = "".join((SOURCE / "adapters" / name).read_text() for name in ("delivery_facts.py", "contracts.py"))
    cases = {field.name for field in delivery_pb2.DeliveryFact.DESCRIPTOR.oneofs_by_name["fact"].fields}
    assert cases <= set(re.findall(r"\w+", told))


def test_every_state_has_its_word_in_the_contract() -> None:
    assert set(STATES) == set(State)
    assert len(set(STATES.values())) == len(alert_service_pb2.DeliveryState.values()) - 1


@pytest.mark.parametrize(
    ("what", "carrier", "told"),
    [
        (Next(State.SENT), "smpp", {"delivery_sent": delivery_pb2.DeliverySent(channel=SMS, carrier="smpp")}),
        (Next(State.FAILED, "bad"), "", {"delivery_failed": delivery_pb2.DeliveryFailed(reason="bad")}),
        (Next(State.DROPPED, "expired"), "", {"delivery_dropped": delivery_pb2.DeliveryDropped(reason="expired")}),
        (
            Next(State.PLANNED, "down", reroute=True),
            "",
            {"delivery_rerouted": delivery_pb2.DeliveryRerouted(**{"from": SMS}, reason="down")},  # type: ignore[arg-type]
        ),
    ],
    ids=lambda case: str(case)[:20],
)
def test_what_a_turn_tells_of_many_is_what_is_told_of_one(what: Next, carrier: str, told: dict[str, Any]) -> None:
    alert, subject, contact = (uuid4() for _ in range(3))
    delivery = delivery_id(alert, contact)
    facts = Facts(alert, subject, "reply", NOW, "")
    alone, shared = (
        facts.tried(contact, what, Channel.SMS, carrier, "4.1.0"),
        facts.shared(what, Channel.SMS, carrier),
    )
    assert alone is not None
    assert shared is not None
    topic, key, kind, about, value, event, *_ = alone
    row = delivery_row(event, delivery, alert, subject, "reply", NOW, **told)
    assert (topic, key, kind, about, value) == (row.topic, str(alert).encode(), row.type, str(delivery), row.value)
    filled = shared[1].replace(EVENT, str(event).encode()).replace(SUBJECT, about.encode())
    assert (shared[0], filled) == (kind, value)
    assert event_of(delivery, what, "4.1.0") == ("" if carrier else str(event))


def test_of_what_only_waits_nothing_is_told() -> None:
    facts = Facts(uuid4(), uuid4(), "reply", NOW, "")
    for what in (
        Next(State.WAITING, "busy"),
        Next(State.PLANNED),
        Next(State.UNCLEAR),
        Next(State.SENT, "no_template"),
    ):
        assert facts.tried(uuid4(), what, Channel.SMS) is facts.shared(what, Channel.SMS, "") is None
        assert event_of(uuid4(), what, "4.1.0") == ""
