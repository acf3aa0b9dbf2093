"""Every event has its message, and every message keeps the contract's rules."""

from datetime import UTC, datetime
from uuid import uuid4

import protovalidate
import pytest
from nacl.public import PrivateKey

from chassis.auth.sealing import unseal
from chassis.kernel import alert, draft
from chassis.postgres.outbox import Recorded
from gareng_mesem.adapters.contracts import CATEGORIES, OF_PICKUPS, OF_REPORTS, PICKUP_TOPIC, UNTOLD, encoder
from gareng_mesem.domain import events
from gareng_mesem.domain.waste import Category, Size
from kentongan.gareng_mesem.v1 import report_pb2 as pb
from kentongan.notifier.v1.alert_pb2 import AlertFact

NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)
NOTIFIER = PrivateKey.generate()
ENCODE = encoder(bytes(NOTIFIER.public_key))
A, B = uuid4(), uuid4()
VILLAGE = "33.17.10.2025"
EVENTS = [
    events.ReportPlaced(A, "S2345", Category.PILE, Size.TRUCK, VILLAGE, (-6.7, 111.3), NOW),
    events.ReportMerged(A, "S2345", B, NOW),
    events.ReportResolved(A, B, NOW),
    events.ReportDisputed(A, 1, NOW),
    events.PickupRequested(A, "J2345", B, Category.DEAD_ANIMAL, VILLAGE, NOW, NOW),
    events.PickupOffered(A, B, NOW, NOW),
    events.PickupAccepted(A, B, NOW),
    events.PickupRefused(A, B, NOW),
    events.PickupOfferExpired(A, B, NOW),
    events.PickupUnassigned(A, 0, NOW),
    events.PickupDone(A, B, 1.5, NOW),
    events.PickupReopened(A, B, NOW),
    events.PickupLate(A, NOW, NOW),
]


def about(aggregate=A):
    return Recorded(uuid4(), NOW, uuid4(), aggregate, 3)


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_becomes_a_message_that_keeps_the_rules(event):
    row = ENCODE(event, about())
    fact = (pb.PickupFact if row.topic == PICKUP_TOPIC else pb.ReportFact).FromString(row.value)
    protovalidate.validate(fact)
    assert row.key == str(A) == fact.metadata.aggregate_id
    assert fact.metadata.aggregate_version == 3


def test_no_event_is_forgotten():
    named = {one for one in vars(events).values() if isinstance(one, type) and one.__module__ == events.__name__}
    assert named == {*OF_REPORTS, *OF_PICKUPS, *(named & set(UNTOLD))}
    assert {type(event) for event in EVENTS} == {*OF_REPORTS, *OF_PICKUPS}
    facts = {case.name for fact in (pb.ReportFact, pb.PickupFact) for case in fact.DESCRIPTOR.oneofs[0].fields}
    assert len(facts) == len(EVENTS)


@pytest.mark.parametrize("event", [draft.DraftKept("tempat"), draft.DraftDropped(), events.CollectorStated(A)])
def test_what_concerns_nobody_outside_is_not_published(event):
    assert ENCODE(event, about()) is None


def test_words_and_contract_name_the_same_kinds():
    assert set(CATEGORIES.values()) == set(pb.Category.values()) - {0}


def test_what_people_read_is_sealed():
    reply = alert.Reply(uuid4(), uuid4(), A, alert.Channel.SMS, "Ny. Sulastri di Joho", NOW)
    row = ENCODE(reply, about(None))
    assert b"Sulastri" not in row.value
    fact = AlertFact.FromString(row.value)
    protovalidate.validate(fact)
    assert b"Sulastri" in unseal(bytes(NOTIFIER), fact.alert_raised.sealed_values)
