"""The midwife's story on real Kafka and PostgreSQL, clocks moved by hand."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from chassis.testing.until import until
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from kentongan.telponi.v1.pregnancy_pb2 import PregnancyFact
from kentongan.telponi.v1.referral_pb2 import ReferralFact

pytestmark = pytest.mark.integration

MIDWIFE = "midwife@33.17.12.2002"
IN = "kentongan.notifier.field-message.telponi.v1"
REPLIES = "kentongan.notifier.alert.urgent.v1"
ALARMS = "kentongan.notifier.alert.life-safety.v1"
PREGNANCIES = "kentongan.telponi.pregnancy.v1"
REFERRALS = "kentongan.telponi.referral.v1"
DEAD = "kentongan.dlq.telponi.v1"
NIK = "3317124107990001"


async def test_from_registration_to_acceptance(telponi: Any) -> None:
    registered = await telponi.answer_to(
        MIDWIFE, text=f"BUMIL Siti Aminah # 27 # UK 12 # G2P1A0 # 155 # NIK {NIK}", number=1
    )
    mother = registered[:5]
    assert registered.startswith(f"{mother} Skor 2 KRR. UK 12+0, HPL 07-06-2027.")

    danger = await telponi.answer_to(MIDWIFE, text=f"BAHAYA {mother} KEJANG", number=2)
    code = danger[:5]
    assert danger.startswith(f"{code} rujukan darurat {mother} ditawarkan ke Puskesmas Kragan I, dijawab dlm 5 mnt.")
    doctor, offer = await telponi.told(ALARMS, 2)
    assert (doctor.template, offer.template) == ("telponi.referral_doctor", "telponi.referral_offer")
    assert offer.groups == [("facility_duty", "P3317120101")]
    assert offer.values == {
        "code": code,
        "initials": "S.A.",
        "village": "Sendangmulyo",
        "gestation": "12+0",
        "signs": "kejang",
        "minutes": "5",
    }

    refused = await telponi.answer_to("facility_duty@P3317120101", text=f"TOLAK {code} PENUH", number=3)
    assert refused.startswith(f"{code} ditolak (penuh)")
    declined, second = (await telponi.told(ALARMS, 4))[2:]
    assert declined.contacts == [str(telponi.contact(MIDWIFE))]
    assert second.groups == [("facility_duty", "P3317070101")]

    telponi.clock.move(timedelta(minutes=5))
    expired, closed, third = (await telponi.told(ALARMS, 7))[4:]
    assert expired.values["next"] == "ditawarkan ke Puskesmas Lasem"
    assert closed.groups == [("facility_duty", "P3317070101")]
    assert third.groups == [("facility_duty", "P3317140101")]

    assert "diterima" in await telponi.answer_to("facility_duty@P3317140101", text="TERIMA", number=4)
    late = await telponi.answer_to("facility_duty@P3317070101", text=f"TERIMA {code}", number=5)
    assert late.startswith(f"{code} sudah ditutup")
    assert (await telponi.told(ALARMS, 8))[7].template == "telponi.referral_accepted"

    facts = [ReferralFact.FromString(record.value) for record in await telponi.kafka.read(REFERRALS, count=7)]
    assert [fact.WhichOneof("fact") for fact in facts] == [
        "referral_requested",
        "referral_offered",
        "offer_declined",
        "referral_offered",
        "offer_expired",
        "referral_offered",
        "referral_accepted",
    ]
    assert len({fact.pregnancy_id for fact in facts}) == 1


async def test_a_facility_that_nobody_answers_for_is_passed_over_at_once(telponi: Any) -> None:
    await telponi.answer_to(MIDWIFE, text="BAHAYA Tini # 20 # KETUBAN", number=1)
    _, offer = await telponi.raised(ALARMS, 2)
    await telponi.reaches_nobody(offer)
    told, second = (await telponi.told(ALARMS, 4))[2:]
    assert (told.template, told.values["next"]) == ("telponi.referral_unreached", "ditawarkan ke Puskesmas Pamotan")
    assert second.groups == [("facility_duty", "P3317070101")]
    facts = [ReferralFact.FromString(record.value) for record in await telponi.kafka.read(REFERRALS, count=4)]
    assert facts[2].offer_unreached.facility == "P3317120101"


async def test_nobody_answers_and_every_clock_fires(telponi: Any) -> None:
    await telponi.answer_to(MIDWIFE, text="BAHAYA Tini # 20 # KETUBAN", number=1)
    for asked in range(5):
        await telponi.told(ALARMS, 2 + 3 * asked)
        telponi.clock.move(timedelta(minutes=5))
    told = await telponi.told(ALARMS, 2 + 3 * 4 + 4)
    assert [one.template for one in told[-2:]] == ["telponi.referral_unanswered", "telponi.referral_help_called"]
    assert {role for role, _ in told[-2].groups} == {"puskesmas_head", "district_health_office"}


async def test_the_same_event_twice_is_answered_once(telponi: Any) -> None:
    await telponi.says(MIDWIFE, text="BANTUAN")
    (record,) = await telponi.kafka.read(IN, count=1)
    fact = FieldMessageFact.FromString(record.value)
    await telponi.sends(record.value, fact.metadata.event_id, record.key.decode())
    assert (await telponi.answer_to(MIDWIFE, text="STATUS", number=2)).startswith("Tidak ada")
    assert len(await telponi.kafka.read(REPLIES)) == 2


async def test_what_was_sealed_for_another_goes_to_the_dead_letters_and_the_rest_flows(telponi: Any) -> None:
    fact = FieldMessageFact()
    fact.metadata.event_id, fact.metadata.aggregate_id = str(uuid4()), str(uuid4())
    fact.metadata.occurred_at.FromDatetime(telponi.clock.now())
    fact.field_message_received.contact_id = str(telponi.contact(MIDWIFE))
    fact.field_message_received.channel = 1
    fact.field_message_received.received_at.FromDatetime(telponi.clock.now())
    fact.field_message_received.sealed_content = bytes(64)
    value = fact.SerializeToString()
    await telponi.sends(value, fact.metadata.event_id, fact.field_message_received.contact_id)
    await telponi.answer_to(MIDWIFE, text="BANTUAN", number=1)
    (dead,) = await telponi.kafka.read(DEAD, count=1)
    assert dead.value == value
    assert dict(dead.headers)["dlq-reason"] == b"cannot_unseal"


async def test_persons_are_stored_encrypted_and_travel_nowhere(telponi: Any) -> None:
    report = f"BUMIL Siti Aminah # 12/05/1999 # UK 12 # G2P1A0 # 155 # NIK {NIK} # HP 081234567890 # DARAH"
    await telponi.answer_to(MIDWIFE, text=report, number=1)
    await telponi.answer_to(MIDWIFE, text="BUMIL Dewi Lestari # 30", number=2)
    await telponi.told(ALARMS, 2)
    secrets = [b"Siti", b"Aminah", b"Dewi", b"Lestari", NIK.encode(), b"81234567890", b"1999-05-12"]
    for topic in (PREGNANCIES, REFERRALS, ALARMS, REPLIES, DEAD):
        for record in await telponi.kafka.read(topic):
            assert not any(secret in record.value for secret in secrets)
    connection = await asyncpg.connect(telponi.database.dsn, ssl=False)
    try:
        tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        rows = [
            str(row).encode()
            for (name,) in tables
            for row in await connection.fetch(f'select * from "{name}"')  # noqa: S608 - names of the catalogue
        ]
        assert len(rows) > 4
        raw = [bytes(value) for row in await connection.fetch("select person from pregnancy") for value in row]
    finally:
        await connection.close()
    assert not any(secret in stored for secret in secrets for stored in (*rows, *raw))


async def test_facts_explain_the_score(telponi: Any) -> None:
    registered = await telponi.answer_to(MIDWIFE, text="BUMIL Tini # 16 # UK 12 # G1P0A0 # 145 # SESAR", number=1)
    facts = [PregnancyFact.FromString(record.value) for record in await telponi.kafka.read(PREGNANCIES, count=2)]
    assert [fact.metadata.aggregate_version for fact in facts] == [1, 1]
    screened = facts[1].pregnancy_screened
    assert [(row.row, row.points) for row in screened.screening.rows] == [("1", 4), ("7", 4), ("10", 8)]
    assert screened.screening.score == 18
    assert (screened.facts.age_years, screened.facts.height_cm, list(screened.facts.ticked_rows)) == (16, 145, ["10"])
    assert facts[0].pregnancy_registered.code == registered[:5]
    assert UUID(facts[0].pregnancy_registered.registered_by) == telponi.contact(MIDWIFE)


async def test_clocks_are_rows(telponi: Any) -> None:
    await telponi.answer_to(MIDWIFE, text="BAHAYA Tini # 20 # KETUBAN", number=1)
    connection = await asyncpg.connect(telponi.database.dsn, ssl=False)
    try:
        assert await connection.fetchval("select count(*) from timer where kind = 'offer'") == 1
        telponi.clock.move(timedelta(minutes=5))

        async def second_offer() -> bool:
            return bool(await connection.fetchval("select jsonb_array_length(offers) = 2 from referral"))

        await until(second_offer, 10, "the second offer")
    finally:
        await connection.close()
