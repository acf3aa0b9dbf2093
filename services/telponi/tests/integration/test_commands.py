"""gRPC: the same use cases, for those who may."""

from typing import Any
from uuid import uuid4

import asyncpg
import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from kentongan.telponi.v1 import pregnancy_service_pb2 as mothers
from kentongan.telponi.v1 import referral_pb2, risk_pb2
from kentongan.telponi.v1 import referral_service_pb2 as referrals
from kentongan.telponi.v1.pregnancy_service_pb2_grpc import PregnancyServiceStub
from kentongan.telponi.v1.referral_service_pb2_grpc import ReferralServiceStub

pytestmark = pytest.mark.integration

MIDWIFE = "midwife@33.17.12.2002"
ALARMS = "kentongan.notifier.alert.life-safety.v1"
CARERS = {"midwife", "kader", "doctor"}
KNOWERS = CARERS | {"facility_duty", "puskesmas_head", "district_health_office"}
EVERYBODY = KNOWERS | {"resident", "collector", "bpbd_duty", "village_head", "volunteer", "operator"}
PLACES = {"facility_duty": "P3317120101", "district_health_office": "33.17", "puskesmas_head": "33.17.12"}


def registration(**changes: Any) -> mothers.RegisterPregnancyRequest:
    said: dict[str, Any] = {
        "idempotency_key": str(uuid4()),
        "name": "Siti Aminah",
        "age_years": 27,
        "gestation_weeks": 12,
        "gpa": risk_pb2.Gpa(gravida=2, para=1),
        "height_cm": 155,
        "village": "33.17.12.2002",
    }
    return mothers.RegisterPregnancyRequest(**(said | changes))


async def refusal(call: Any) -> tuple[grpc.StatusCode, list[str]]:
    """The status, and the fields that were named."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    fields: list[str] = []
    for key, value in refused.value.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for detail in status_pb2.Status.FromString(value).details:
                bad = error_details_pb2.BadRequest()
                if detail.Unpack(bad):
                    fields += [violation.field for violation in bad.field_violations]
    return refused.value.code(), fields


async def test_a_referral_from_end_to_end(telponi: Any, channel: grpc.aio.Channel) -> None:
    pregnancy, referral = PregnancyServiceStub(channel), ReferralServiceStub(channel)
    midwife, duty = telponi.token(MIDWIFE), telponi.token("facility_duty@P3317120101")
    known = await pregnancy.RegisterPregnancy(registration(rows=["13"]), metadata=midwife)
    assert (known.screening.score, known.screening.risk_class) == (6, risk_pb2.RISK_CLASS_HIGH)
    assert (known.gestation_days, known.due_date, known.next_visit) == (84, "2027-06-07", "2026-11-23")

    more = mothers.AddFactorsRequest(idempotency_key=str(uuid4()), code=known.code, rows=["12"])
    added = await pregnancy.AddFactors(more, metadata=midwife)
    assert (added.score_before, added.screening.score) == (6, 10)

    danger = mothers.ReportDangerSignsRequest(idempotency_key=str(uuid4()), code=known.code, signs=[4])
    reported = await pregnancy.ReportDangerSigns(danger, metadata=midwife)
    assert reported.referral.state == referral_pb2.REFERRAL_STATE_OFFERED
    assert not reported.already_open

    listed = await referral.ListOpenReferrals(referrals.ListOpenReferralsRequest(), metadata=duty)
    assert [one.code for one in listed.referrals] == [reported.referral.code]
    answer = referrals.AnswerOfferRequest(idempotency_key=str(uuid4()), code=reported.referral.code, accept=True)
    assert (await referral.AnswerOffer(answer, metadata=duty)).state == referral_pb2.REFERRAL_STATE_ACCEPTED
    assert (await referral.AnswerOffer(answer, metadata=duty)).state == referral_pb2.REFERRAL_STATE_ACCEPTED
    again = referrals.AnswerOfferRequest(idempotency_key=str(uuid4()), code=reported.referral.code, accept=True)
    assert await refusal(referral.AnswerOffer(again, metadata=duty)) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        ["kode"],
    )
    told = await referral.GetReferral(
        referrals.GetReferralRequest(code=reported.referral.code),
        metadata=telponi.token("district_health_office@33.17"),
    )
    assert [offer.outcome for offer in told.referral.offers] == ["accepted"]
    assert told.referral.pregnancy_code == known.code


async def test_one_key_is_one_pregnancy_and_one_set_of_messages(telponi: Any, channel: grpc.aio.Channel) -> None:
    stub, midwife = PregnancyServiceStub(channel), telponi.token(MIDWIFE)
    request = registration(rows=["19"])
    first = await stub.RegisterPregnancy(request, metadata=midwife)
    assert await stub.RegisterPregnancy(request, metadata=midwife) == first
    changed = registration(idempotency_key=request.idempotency_key, height_cm=156)
    code, _ = await refusal(stub.RegisterPregnancy(changed, metadata=midwife))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    typed = f"BUMIL Siti Aminah # 27 # UK 12 # G2P1A0 # 155 # DARAH # KUNCI {request.idempotency_key}"
    assert (await telponi.answer_to(MIDWIFE, text=typed, number=1)).startswith(f"{first.code} ")
    await telponi.told(ALARMS, 2)
    assert len(await telponi.kafka.read(ALARMS)) == 2


async def test_a_record_that_is_read_leaves_a_trace(telponi: Any, channel: grpc.aio.Channel) -> None:
    stub, midwife = PregnancyServiceStub(channel), telponi.token(MIDWIFE)
    known = await stub.RegisterPregnancy(registration(), metadata=midwife)
    record = await stub.GetPregnancy(mothers.GetPregnancyRequest(code=known.code), metadata=midwife)
    assert (record.name, record.gestation_days, record.gpa.gravida) == ("Siti Aminah", 84, 2)
    connection = await asyncpg.connect(telponi.database.dsn, ssl=False)
    try:
        rows = await connection.fetch("select pregnancy, reader, means from record_read")
    finally:
        await connection.close()
    assert [tuple(map(str, row)) for row in rows] == [(known.id, str(telponi.contact(MIDWIFE)), "GetPregnancy")]


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"idempotency_key": ""}, ["idempotency_key"]),
        ({"village": "Sendangmulyo"}, ["village"]),
        ({"village": "33.17.09.2004"}, ["DESA"]),
        ({"height_cm": 99}, ["height_cm"]),
        ({"national_id": "123"}, ["national_id"]),
        ({"national_id": "3317120107990001"}, ["NIK"]),
        ({"gpa": risk_pb2.Gpa(gravida=3, para=1)}, ["GPA"]),
        ({"rows": ["7"]}, ["rows"]),
        ({"age_years": 9}, ["umur"]),
        ({"age_years": 0, "birth_date": "2027-01-01"}, ["tanggal lahir"]),
        ({"age_years": 0, "birth_date": "1999-02-30"}, ["birth_date"]),
        ({"gestation_weeks": None, "last_period": "2026-11-24"}, ["HPHT"]),
        ({"gestation_weeks": None, "last_period": "2026-01-01"}, ["HPHT"]),
        ({"birth_date": "1999-05-12"}, [""]),
        ({"gestation_weeks": None}, [""]),
    ],
)
async def test_bad_registrations_name_the_field_and_store_nothing(
    telponi: Any, channel: grpc.aio.Channel, changes: dict[str, Any], fields: list[str]
) -> None:
    call = PregnancyServiceStub(channel).RegisterPregnancy(registration(**changes), metadata=telponi.token(MIDWIFE))
    assert await refusal(call) == (grpc.StatusCode.INVALID_ARGUMENT, fields)
    connection = await asyncpg.connect(telponi.database.dsn, ssl=False)
    try:
        assert await connection.fetchval("select count(*) from pregnancy") == 0
    finally:
        await connection.close()


async def test_the_role_matrix(telponi: Any, channel: grpc.aio.Channel) -> None:
    pregnancy, referral = PregnancyServiceStub(channel), ReferralServiceStub(channel)
    key, mother, code = str(uuid4()), "M2222", "R2222"
    methods: list[tuple[Any, Any, set[str]]] = [
        (pregnancy.RegisterPregnancy, registration(village="33.17.01.2001"), CARERS),
        (pregnancy.AddFactors, mothers.AddFactorsRequest(idempotency_key=key, code=mother, rows=["13"]), CARERS),
        (
            pregnancy.ReportDangerSigns,
            mothers.ReportDangerSignsRequest(idempotency_key=key, code=mother, signs=[1]),
            CARERS,
        ),
        (pregnancy.GetPregnancy, mothers.GetPregnancyRequest(code=mother), CARERS),
        (
            referral.AnswerOffer,
            referrals.AnswerOfferRequest(idempotency_key=key, code=code, accept=True),
            {"facility_duty"},
        ),
        (referral.GetReferral, referrals.GetReferralRequest(code=code), KNOWERS),
        (referral.ListOpenReferrals, referrals.ListOpenReferralsRequest(), KNOWERS),
    ]
    for method, request, allowed in methods:
        for role in sorted(EVERYBODY):
            token = telponi.token(f"{role}@{PLACES.get(role, '33.17.12.2002')}")
            assert (await status(method(request, metadata=token)) is not grpc.StatusCode.PERMISSION_DENIED) == (
                role in allowed
            ), (method, role)
        assert await status(method(request)) is grpc.StatusCode.UNAUTHENTICATED


async def test_places_are_checked(telponi: Any, channel: grpc.aio.Channel) -> None:
    pregnancy, referral = PregnancyServiceStub(channel), ReferralServiceStub(channel)
    known = await pregnancy.RegisterPregnancy(registration(rows=["19"]), metadata=telponi.token(MIDWIFE))
    elsewhere = telponi.token("midwife@33.17.09.2004")
    another = telponi.token("facility_duty@RS-ARAFAH")
    record = mothers.GetPregnancyRequest(code=known.code)
    asked = referrals.GetReferralRequest(code=known.referral.code)
    answer = referrals.AnswerOfferRequest(idempotency_key=str(uuid4()), code=known.referral.code, accept=True)
    for call in (
        pregnancy.GetPregnancy(record, metadata=elsewhere),
        referral.GetReferral(asked, metadata=elsewhere),
        referral.GetReferral(asked, metadata=another),
        referral.AnswerOffer(answer, metadata=another),
    ):
        assert await status(call) is grpc.StatusCode.NOT_FOUND
    nothing = await referral.ListOpenReferrals(referrals.ListOpenReferralsRequest(), metadata=elsewhere)
    assert not nothing.referrals


async def status(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as refused:
        return refused.code()
    return grpc.StatusCode.OK
