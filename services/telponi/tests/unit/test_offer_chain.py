"""A referral from the first offer to the last: who is asked, who is told, when."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.kernel.alert import Alert, Group, Lane
from telponi.domain.referral import Outcome, State

MINUTES = timedelta(minutes=1)
VILLAGE = "33.17.12.2002"
BY_DISTANCE = ["P3317120101", "P3317140101", "P3317070101", "RS-ARAFAH", "RS-SOETRASNO"]


def audience(alert: Alert) -> set[tuple[str, str]]:
    return {(group.role, group.place) for group in alert.groups}


async def test_an_offer_goes_to_the_facility_and_the_doctor_hears_of_it(village: Any) -> None:
    await village.registers("# DARAH")
    (offer,) = village.alerts("referral_offer")
    (doctor,) = village.alerts("referral_doctor")
    assert offer.groups == (Group("facility_duty", "P3317120101"),)
    assert offer.acknowledge_by == village.clock.now() + 5 * MINUTES
    assert doctor.groups == (Group("doctor", VILLAGE),)
    assert {offer.lane, doctor.lane} == {Lane.LIFE_SAFETY}
    assert {offer.subject, doctor.subject} == {village.mothers[0].id}


async def test_nobody_answers(village: Any) -> None:
    await village.registers("# DARAH")
    for _ in BY_DISTANCE:
        await village.passes(5 * MINUTES)
    (referral,) = village.referrals
    assert sorted(offer.facility for offer in referral.offers) == sorted(BY_DISTANCE)
    assert referral.offers[0].facility == BY_DISTANCE[0]
    assert referral.state is State.UNANSWERED
    assert [offer.outcome for offer in referral.offers] == [Outcome.EXPIRED] * 5
    (help_wanted,) = village.alerts("referral_unanswered")
    assert audience(help_wanted) == {("puskesmas_head", VILLAGE), ("district_health_office", VILLAGE)}
    (told,) = village.alerts("referral_help_called")
    assert told.contacts == (village.midwife.contact,)
    assert len(village.alerts("referral_expired")) == len(village.alerts("offer_closed")) == 5
    assert village.memory.timers == {}


async def test_a_refusal_a_silence_and_an_acceptance(village: Any) -> None:
    await village.registers("# DARAH")
    (referral,) = village.referrals
    first = village.duty(referral)
    await village.passes(2 * MINUTES)
    await village.says(first, "TOLAK PENUH")
    await village.passes(4 * MINUTES)
    second = village.duty(village.referrals[0])
    assert len(village.referrals[0].offers) == 2
    await village.passes(1 * MINUTES)
    third = village.duty(village.referrals[0])
    assert "diterima" in await village.says(third, "TERIMA")
    await village.passes(60 * MINUTES)
    assert village.referrals[0].state is State.ACCEPTED
    assert [alert.template.partition(".")[2] for alert in midwife_news(village)] == [
        "referral_declined",
        "referral_expired",
        "referral_accepted",
    ]
    for late in (first, second):
        assert "sudah ditutup" in await village.says(late, f"TERIMA {referral.code}")
    assert village.memory.timers == {}


async def test_the_last_refusal_calls_for_help(village: Any) -> None:
    await village.registers("# DARAH")
    for _ in BY_DISTANCE:
        answer = await village.says(village.duty(village.referrals[0]), "TOLAK ALAT")
    assert answer.endswith("Dinkes dipanggil. Terima kasih.")
    assert len(village.alerts("referral_unanswered")) == 1
    assert village.alerts("referral_declined")[-1].values["next"] == "tidak ada RS/puskesmas lain"


async def test_after_help_was_called_a_new_report_begins_anew(village: Any) -> None:
    code = await village.registers("# DARAH")
    for _ in BY_DISTANCE:
        await village.says(village.duty(village.referrals[0]), "TOLAK ALAT")
    await village.says(village.midwife, f"BAHAYA {code} DARAH")
    assert len(village.referrals) == 2


async def test_a_mother_at_very_high_risk_goes_to_a_hospital_first(village: Any) -> None:
    await village.registers("# DARAH SESAR")
    assert village.referrals[0].facility in {"RS-ARAFAH", "RS-SOETRASNO"}


@pytest.mark.parametrize(("role", "told"), [("kader", 1), ("doctor", 1), ("midwife", 0)])
async def test_the_midwife_hears_of_what_others_report(village: Any, role: str, told: int) -> None:
    who = village.phone(f"{role}@{VILLAGE}")
    await village.says(who, "BAHAYA Tini # 20 # DARAH # DESA Sendangmulyo Kragan")
    assert len(village.alerts("referral_started")) == told


def midwife_news(village: Any) -> list[Alert]:
    return [alert for alert in village.memory.events_of(Alert) if ("midwife", VILLAGE) in audience(alert)]
