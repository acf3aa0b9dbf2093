from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.kafka.headers import Envelope
from chassis.kernel.alert import Alert, Lane
from chassis.kernel.errors import NotFound, Reject
from chassis.region.pack import Region
from chassis.region.spots import RegionPlaces
from chassis.testing.clock import MovableClock
from chassis.testing.memory import MemoryWork
from destana.adapters.rules import load_rules
from destana.adapters.tables import TABLES
from destana.application.acknowledge_incident import AcknowledgeIncident, acknowledge_incident
from destana.application.miss_acknowledgements import miss_acknowledgements
from destana.application.note_alerted import NoteAlerted, note_alerted
from destana.application.report_hazard import ReportHazard, report_hazard
from destana.domain import events
from destana.domain.hazard import Hazard
from destana.domain.incident import Incident
from destana.entrypoints.deliveries import to_step
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact

REGION = Region.load(Path(__file__).parents[3] / "regions" / "33.17")
PLACES, RULES = RegionPlaces(REGION), load_rules(REGION)
ROLES = ("resident", "volunteer", "village_head")
SENDANGMULYO, SENDANGWARU, REMBANG = "33.17.12.2002", "33.17.12.2003", "33.17.10.2025"

report = partial(report_hazard, rules=RULES, places=PLACES, clocks=REGION.clocks)
miss = partial(miss_acknowledgements, rules=RULES, places=PLACES)


@pytest.fixture
def clock():
    return MovableClock(datetime(2026, 11, 23, 3, tzinfo=UTC))


@pytest.fixture
def memory(clock):
    return MemoryWork(clock, TABLES)


def flood(reporter=None, village=SENDANGMULYO, roles=("resident",), depth=60, **more):
    return ReportHazard(reporter or uuid4(), roles, Hazard.FLOOD, village, depth, **more)


def alerts(memory, template="destana.incident"):
    return [alert for alert in memory.events_of(Alert) if alert.template == template]


async def test_one_voice_is_recorded_and_alarms_nobody(memory):
    taken = await memory.do(report, flood())
    assert (taken.incident, taken.reporters) == ("", 1)
    assert not alerts(memory)


async def test_independent_voices_become_an_incident(memory):
    await memory.do(report, flood())
    taken = await memory.do(report, flood(roles=("volunteer",), depth=80))
    assert taken.incident.startswith("B")
    (confirmed,) = memory.events_of(events.IncidentConfirmed)
    assert (confirmed.reporters, confirmed.depth_cm, confirmed.villages) == (2, 80, (SENDANGMULYO,))
    (alert,) = alerts(memory)
    assert alert.lane is Lane.LIFE_SAFETY
    assert {(group.role, group.place) for group in alert.groups} == {
        ("bpbd_duty", SENDANGMULYO),
        ("village_head", SENDANGMULYO),
    }


async def test_one_person_repeating_does_not_count_twice(memory):
    somebody = uuid4()
    for _ in range(5):
        taken = await memory.do(report, flood(somebody, roles=("village_head",)))
    assert taken.incident == ""
    await memory.do(report, flood(somebody, village=SENDANGWARU, roles=("village_head",)))
    assert not memory.all(Incident)


async def test_far_away_or_long_ago_is_something_else(memory, clock):
    await memory.do(report, flood(roles=("volunteer",)))
    assert (await memory.do(report, flood(village=REMBANG, roles=("volunteer",)))).incident == ""
    clock.move(RULES.kinds[Hazard.FLOOD].window + timedelta(minutes=1))
    assert (await memory.do(report, flood(roles=("volunteer",)))).incident == ""


async def test_other_kinds_do_not_add_up(memory):
    await memory.do(report, flood(roles=("volunteer",)))
    fire = ReportHazard(uuid4(), ("volunteer",), Hazard.FIRE, SENDANGMULYO)
    assert (await memory.do(report, fire)).incident == ""


async def test_a_new_village_widens_the_incident_and_its_head_is_told(memory):
    await memory.do(report, flood())
    first = await memory.do(report, flood(roles=("volunteer",)))
    third = await memory.do(report, flood(village=SENDANGWARU))
    assert third.incident == first.incident
    assert len(memory.all(Incident)) == 1
    assert ("village_head", SENDANGWARU) in {(group.role, group.place) for group in alerts(memory)[-1].groups}
    await memory.do(report, flood(village=SENDANGWARU))
    assert len(alerts(memory)) == 2


async def confirmed(memory):
    await memory.do(report, flood())
    await memory.do(report, flood(roles=("volunteer",)))
    (incident,) = memory.all(Incident)
    return incident


async def test_who_is_alerted_answers_and_the_silent_are_named(memory, clock):
    incident = await confirmed(memory)
    duty, head = uuid4(), uuid4()
    await memory.do(note_alerted, NoteAlerted(incident.id, duty, "bpbd_duty", "33.17"))
    await memory.do(note_alerted, NoteAlerted(incident.id, head, "village_head", SENDANGMULYO))
    await memory.do(acknowledge_incident, AcknowledgeIncident(duty, None))
    await memory.do(acknowledge_incident, AcknowledgeIncident(duty, incident.code))
    assert len(memory.events_of(events.IncidentAcknowledged)) == 1
    clock.move(REGION.clocks["destana.acknowledge"])
    (timer,) = memory.due()
    await memory.do(miss, timer)
    (missing,) = memory.events_of(events.AcknowledgementsMissing)
    assert missing.contacts == (head,)
    (alert,) = alerts(memory, "destana.incident_silent")
    assert (alert.values["silent"], alert.values["asked"]) == ("1", "2")


async def test_when_all_have_answered_nobody_is_called(memory, clock):
    incident = await confirmed(memory)
    duty = uuid4()
    await memory.do(note_alerted, NoteAlerted(incident.id, duty, "bpbd_duty", "33.17"))
    await memory.do(acknowledge_incident, AcknowledgeIncident(duty, incident.code))
    clock.move(REGION.clocks["destana.acknowledge"])
    (timer,) = memory.due()
    await memory.do(miss, timer)
    assert not alerts(memory, "destana.incident_silent")


async def test_an_answer_that_only_the_notifier_heard_counts_once(memory, clock):
    incident = await confirmed(memory)
    duty, at = uuid4(), clock.now()
    await memory.do(note_alerted, NoteAlerted(incident.id, duty, "bpbd_duty", "33.17"))
    heard = DeliveryFact(template="destana.incident", subject_id=str(incident.id))
    heard.metadata.occurred_at.FromDatetime(at)
    heard.delivery_acknowledged.contact_id = str(duty)
    for _ in range(2):
        envelope = Envelope("", 0, 0, "", uuid4(), "", "", "", None, None, at)
        await memory.command(to_step(heard, envelope))
    await memory.do(acknowledge_incident, AcknowledgeIncident(duty, incident.code))
    (told,) = memory.events_of(events.IncidentAcknowledged)
    assert (told.contact, told.at) == (duty, at)


async def test_an_answer_before_the_list_is_kept(memory):
    incident = await confirmed(memory)
    early = uuid4()
    await memory.do(acknowledge_incident, AcknowledgeIncident(early, incident.code))
    await memory.do(note_alerted, NoteAlerted(incident.id, early, "village_head", SENDANGMULYO))
    (incident,) = memory.all(Incident)
    assert not incident.silent()
    assert incident.asked[0].role == "village_head"


async def test_an_answer_to_nothing_is_refused(memory):
    with pytest.raises(NotFound):
        await memory.do(acknowledge_incident, AcknowledgeIncident(uuid4(), None))
    with pytest.raises(NotFound):
        await memory.do(acknowledge_incident, AcknowledgeIncident(uuid4(), "B2345"))


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (flood(depth=-1), "kedalaman"),
        (flood(depth=1001), "kedalaman"),
        (ReportHazard(uuid4(), (), Hazard.FIRE, SENDANGMULYO, 5), "kedalaman"),
        (flood(village="33.17.99.2001"), "tempat"),
        (flood(point=(111.5, -6.7)), "lokasi"),
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_stored(memory, command, field):
    with pytest.raises(Reject) as refused:
        await memory.do(report, command)
    assert refused.value.field == field
    assert not memory.events


@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["resident", "volunteer", "village_head"])), max_size=12)
)
async def test_an_incident_needs_people_and_weight_whatever_the_order(voices):
    memory = MemoryWork(MovableClock(datetime(2026, 11, 23, 3, tzinfo=UTC)), TABLES)
    people = [uuid4() for _ in range(6)]
    heard = {}
    for person, role in voices:
        taken = await memory.do(report, flood(people[person], roles=(role,)))
        heard[person] = RULES.weight((role,))
        if not taken.incident:
            assert len(heard) < 2 or sum(heard.values()) < 3
    assert len(memory.all(Incident)) <= 1
