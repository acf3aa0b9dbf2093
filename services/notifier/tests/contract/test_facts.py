"""Every fact of the contract is handled or told by somebody."""

import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import notifier
from chassis.kernel.ids import derived_id
from chassis.testing.clock import MovableClock
from kentongan.notifier.v1 import alert_pb2, alert_service_pb2, channel_pb2, delivery_pb2
from notifier.adapters.contracts import delivery_row
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.templates import Templates
from notifier.domain.channel import Channel
from notifier.domain.delivery import Next, State
from notifier.entrypoints.alerts import AlertFacts
from notifier.entrypoints.operator_queries import STATES

NOW = datetime(2026, 3, 2, 1, 2, 3, 456, tzinfo=UTC)
SOURCE = Path(notifier.__file__).parent


def test_every_fact_about_an_alert_is_handled() -> None:
    handled = AlertFacts(Templates({}), None, MovableClock()).facts  # type: ignore[arg-type] # nothing is opened here
    cases = {field.name for field in alert_pb2.AlertFact.DESCRIPTOR.oneofs_by_name["fact"].fields}
    assert set(handled) == cases


def test_every_fact_about_a_delivery_is_told() -> None:
    told = "".join((SOURCE / "adapters" / name).read_text() for name in ("delivery_facts.py", "contracts.py"))
    cases = {field.name for field in delivery_pb2.DeliveryFact.DESCRIPTOR.oneofs_by_name["fact"].fields}
    assert cases <= set(re.findall(r"(\w+)=", told))


def test_every_state_has_its_word_in_the_contract() -> None:
    assert set(STATES) == set(State)
    assert len(set(STATES.values())) == len(alert_service_pb2.DeliveryState.values()) - 1


def test_what_is_told_of_a_sent_one_is_what_the_contract_would_write() -> None:
    alert, subject, contact, delivery = (uuid4() for _ in range(4))
    facts = Facts(alert, subject, "reply", NOW, "")
    [one, other] = [
        facts.tried(contact, Next(State.SENT), Channel.SMS, "smpp", turn, delivery) for turn in ("4.1.0", "4.1.1")
    ]
    assert one is not None
    assert other is not None
    topic, key, kind, about, value, event, *_ = one
    sent = delivery_pb2.DeliverySent(channel=channel_pb2.CHANNEL_SMS, carrier="smpp")
    row = delivery_row(UUID(str(event)), delivery, alert, subject, "reply", NOW, delivery_sent=sent)
    assert value == row.value
    assert (topic, key, kind, about) == (row.topic, str(row.key).encode(), row.type, row.subject)
    assert event == str(derived_id("fact", str(delivery), "delivery_sent", "4.1.0"))
    assert event != other[5]
