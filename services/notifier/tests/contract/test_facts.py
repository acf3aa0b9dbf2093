"""Every fact of the contract is handled or told by somebody."""

import re
from pathlib import Path

import notifier
from chassis.testing.clock import MovableClock
from kentongan.notifier.v1 import alert_pb2, alert_service_pb2, delivery_pb2
from notifier.adapters.templates import Templates
from notifier.domain.delivery import State
from notifier.entrypoints.alerts import AlertFacts
from notifier.entrypoints.operator_queries import STATES

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
