"""Every event has its message, and every message keeps the contract's rules."""

from datetime import UTC, datetime
from uuid import uuid4

import protovalidate
import pytest
from nacl.public import PrivateKey

from chassis.kernel import draft
from chassis.postgres.outbox import Recorded
from destana.adapters.contracts import HAZARDS, INCIDENT_TOPIC, OF_INCIDENTS, UNTOLD, encoder
from destana.domain import events
from destana.domain.hazard import Hazard
from destana.entrypoints.deliveries import HANDLED, IGNORED
from kentongan.destana.v1 import incident_pb2 as pb
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
ENCODE = encoder(bytes(PrivateKey.generate().public_key))
A, B = uuid4(), uuid4()
VILLAGE = "33.17.12.2002"
EVENTS = [
    events.HazardReported(A, B, Hazard.FLOOD, VILLAGE, 60, uuid4(), (-6.7, 111.5), NOW),
    events.HazardReported(A, B, Hazard.FIRE, VILLAGE, None, uuid4(), None, NOW),
    events.IncidentConfirmed(A, "B2345", Hazard.FLOOD, (VILLAGE,), 2, 60, NOW),
    events.IncidentReinforced(A, VILLAGE, 3, True, NOW),
    events.IncidentAcknowledged(A, B, NOW),
    events.AcknowledgementsMissing(A, (B,), NOW),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_becomes_a_message_that_keeps_the_rules(event):
    row = ENCODE(event, Recorded(uuid4(), NOW, None, A, 1))
    fact = (pb.IncidentFact if row.topic == INCIDENT_TOPIC else pb.HazardReportFact).FromString(row.value)
    protovalidate.validate(fact)
    assert fact.metadata.aggregate_id == str(A)
    assert row.key == str(B if isinstance(event, events.HazardReported) else A)


def test_no_event_is_forgotten():
    named = {one for one in vars(events).values() if isinstance(one, type) and one.__module__ == events.__name__}
    assert named == {events.HazardReported, *OF_INCIDENTS, *(named & set(UNTOLD))}
    assert {type(event) for event in EVENTS} == {events.HazardReported, *OF_INCIDENTS}


@pytest.mark.parametrize("event", [draft.DraftKept("tempat"), draft.DraftDropped(), events.AnswerExpected(A, B)])
def test_what_concerns_nobody_outside_is_not_published(event):
    assert ENCODE(event, Recorded(uuid4(), NOW, None, A, 1)) is None


def test_words_and_contract_name_the_same_kinds():
    assert set(HAZARDS.values()) == set(pb.Hazard.values()) - {0}


def test_every_fact_of_deliveries_is_handled_or_ignored_by_name():
    assert {case.name for case in DeliveryFact.DESCRIPTOR.oneofs_by_name["fact"].fields} == HANDLED | IGNORED
    assert not HANDLED & IGNORED
