"""Nothing that can happen is without a message, no message without a reader, no template without its values."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import orjson
import protovalidate
import pytest
import yaml
from google.protobuf import text_format
from nacl.public import PrivateKey

from chassis.auth.sealing import unseal
from chassis.kernel.alert import Alert, CancelAlert, Lane, Reply
from chassis.kernel.errors import Poison
from chassis.postgres.outbox import Recorded
from kentongan.notifier.v1.alert_pb2 import AlertFact
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from kentongan.telponi.v1.pregnancy_pb2 import PregnancyFact
from kentongan.telponi.v1.referral_pb2 import DeclineReason as DeclineReasonMessage
from kentongan.telponi.v1.referral_pb2 import ReferralFact, ReferralState
from kentongan.telponi.v1.risk_pb2 import DangerSign as DangerSignMessage
from kentongan.telponi.v1.risk_pb2 import RiskClass as RiskClassMessage
from telponi.adapters.contracts import OF_PREGNANCIES, OF_REFERRALS, UNTOLD, encoder
from telponi.domain.danger_signs import NAMES, PHRASES, DangerSign
from telponi.domain.kspr import RiskClass
from telponi.domain.referral import DeclineReason, State
from telponi.entrypoints import deliveries
from wire.dialogue.listening import HANDLED, step_of

ROOT = Path(__file__).parents[4]
TEMPLATES = yaml.safe_load((ROOT / "regions/33.17/templates/telponi.yaml").read_text())
NOTIFIER = PrivateKey.generate()
ENCODE = encoder(bytes(NOTIFIER.public_key))
MESSAGE_OF = {
    "kentongan.telponi.pregnancy.v1": PregnancyFact,
    "kentongan.telponi.referral.v1": ReferralFact,
    **{f"kentongan.notifier.alert.{lane}.v1": AlertFact for lane in ("life-safety", "urgent", "routine")},
}


def cases(message: Any) -> set[str]:
    return {field.name for field in message.DESCRIPTOR.oneofs_by_name["fact"].fields}


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def test_every_fact_of_the_contract_is_told_by_an_event() -> None:
    assert {snake(kind.__name__) for kind in OF_PREGNANCIES} == cases(PregnancyFact)
    assert {snake(kind.__name__) for kind in OF_REFERRALS} == cases(ReferralFact)


def test_every_fact_that_is_read_leads_somewhere() -> None:
    assert cases(FieldMessageFact) == HANDLED


def test_every_delivery_fact_is_handled_or_ignored() -> None:
    assert cases(DeliveryFact) == deliveries.HANDLED | deliveries.IGNORED
    assert not deliveries.HANDLED & deliveries.IGNORED


@pytest.mark.parametrize(
    ("template", "fact", "led"),
    [
        ("telponi.referral_offer", {"alert_rejected": {"reason": "nobody"}}, True),
        ("telponi.referral_offer", {"alert_planned": {"deliveries": 1}}, False),
        ("telponi.referral_doctor", {"alert_rejected": {"reason": "nobody"}}, False),
        ("destana.incident", {"alert_rejected": {"reason": "nobody"}}, False),
    ],
)
def test_an_offer_that_reaches_nobody_leads_on(village: Any, template: str, fact: Any, led: bool) -> None:  # noqa: FBT001
    said = DeliveryFact(alert_id=str(uuid4()), subject_id=str(uuid4()), template=template, **fact)
    envelope: Any = SimpleNamespace(event_id=uuid4(), key="", traceparent=None)
    assert bool(deliveries.to_step(said, envelope, village.world)) == led


def test_an_alert_called_off_follows_it() -> None:
    cancel = CancelAlert(uuid4(), uuid4(), Lane.LIFE_SAFETY, "declined")
    row = ENCODE(cancel, Recorded(uuid4(), datetime.now(UTC), None, None, 0))
    assert row
    fact = AlertFact.FromString(row.value)
    protovalidate.validate(fact)
    assert (row.topic, row.key) == ("kentongan.notifier.alert.life-safety.v1", str(cancel.subject))
    assert (fact.metadata.aggregate_id, fact.alert_cancelled.reason) == (str(cancel.alert), "declined")


def test_what_was_sealed_for_another_is_poison(village: Any) -> None:
    fact = FieldMessageFact()
    fact.field_message_received.sealed_content = bytes(64)
    with pytest.raises(Poison):
        step_of(village.dialogue, bytes(NOTIFIER))(fact, None)  # type: ignore[arg-type]  # unread


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [(DangerSign, DangerSignMessage), (DeclineReason, DeclineReasonMessage), (State, ReferralState)],
)
def test_values_are_those_of_the_contract(ours: Any, theirs: Any) -> None:
    prefix = theirs.keys()[0].removesuffix("UNSPECIFIED")
    assert {one.name: int(one) for one in ours} == {
        name.removeprefix(prefix): number for name, number in theirs.items() if number
    }


def test_classes_are_those_of_the_contract() -> None:
    assert [RiskClassMessage.Name(one.value) for one in RiskClass] == [
        "RISK_CLASS_LOW",
        "RISK_CLASS_HIGH",
        "RISK_CLASS_VERY_HIGH",
    ]


def test_every_sign_has_a_name_and_a_word() -> None:
    assert set(NAMES) == set(PHRASES.values()) == set(DangerSign)


async def test_everything_that_is_said_keeps_the_contract_and_the_templates(village: Any) -> None:
    await everything_happens(village)
    told, said = set(), set()
    for event in village.memory.events:
        row = ENCODE(event, Recorded(uuid4(), datetime.now(UTC), uuid4(), uuid4(), 1))
        assert (row is None) == isinstance(event, UNTOLD)
        if row is not None:
            protovalidate.validate(MESSAGE_OF[row.topic].FromString(row.value))
        told.add(type(event))
        if isinstance(event, Alert):
            said.add(event.template)
            rendered(event)
    assert told >= {*OF_PREGNANCIES, *OF_REFERRALS, Alert, CancelAlert, Reply}
    assert said == {f"telponi.{name}" for name in TEMPLATES}


async def everything_happens(village: Any) -> None:
    """A story with every event and every alert."""
    code = await village.registers("# DARAH")
    first = village.referrals[0]
    await village.says(village.midwife, f"BAHAYA {code} DEMAM")
    await village.says(village.phone("kader@33.17.12.2002"), "BAHAYA Tini # 20 # NANAH")
    await village.says(village.duty(first), f"TOLAK {first.code} listrik padam")
    for _ in range(3):
        await village.passes(timedelta(minutes=5))
    await village.says(village.midwife, "BUMIL Dewi # 30 # UK 20 # G1P0A0 # 160 # KEJANG")
    newest = max(village.referrals, key=lambda one: one.requested_at)
    await village.says(village.duty(newest), f"TERIMA {newest.code}")
    for _ in range(6):
        await village.passes(timedelta(minutes=5))
    await village.says(village.midwife, "BUMIL Rina # 30 # UK 20 # G1P0A0 # 160 # KEJANG")
    await village.reaches_nobody(village.alerts("referral_offer")[-1])


async def test_only_the_notifier_reads_what_people_will_read(village: Any) -> None:
    await village.registers()
    reply = village.memory.events_of(Reply)[-1]
    row = ENCODE(reply, Recorded(uuid4(), datetime.now(UTC), None, None, 0))
    assert row
    sealed = AlertFact.FromString(row.value).alert_raised.sealed_values
    assert reply.text.encode() not in row.value
    assert orjson.loads(unseal(bytes(NOTIFIER), sealed)) == {"text": reply.text}


def rendered(alert: Alert) -> None:
    template = TEMPLATES[alert.template.partition(".")[2]]
    assert set(alert.values) == set(template["values"])
    text = template["text"].format(**alert.values)
    assert len(text) <= 160
    assert text.isascii()
    longest = {"code": 5, "short": 20, "int": 6, "place": 60, "text": 160}
    assert all(len(value) <= longest[template["values"][name]] for name, value in alert.values.items())


@pytest.mark.parametrize(("topic", "message"), [(t, m) for t, m in MESSAGE_OF.items() if ".telponi." in t])
def test_every_case_has_an_example(topic: str, message: Any) -> None:
    found = sorted((ROOT / "proto/examples" / topic).glob("*.txtpb"))
    facts = [text_format.Parse(path.read_text(), message()) for path in found]
    for fact in facts:
        protovalidate.validate(fact)
    assert {fact.WhichOneof("fact") for fact in facts} == cases(message)
    assert {path.stem for path in found} == cases(message)
