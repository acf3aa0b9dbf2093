"""A referral from the first offer to the last: who is asked, who is told, when."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.kernel.alert import Alert, CancelAlert, Group, Lane
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
    for template in ("referral_expired", "offer_closed"):  # the last one too: the notifier refuses an id it knows
        assert len({alert.id for alert in village.alerts(template)}) == 5
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


async def test_who_cannot_be_reached_is_not_waited_for(village: Any) -> None:
    await village.registers("# DARAH")
    (offer,) = village.alerts("referral_offer")
    for _ in range(2):  # the second time changes nothing: the offer is over
        await village.reaches_nobody(offer)
    (referral,) = village.referrals
    assert [one.outcome for one in referral.offers] == [Outcome.UNREACHED, Outcome.OPEN]
    assert [alert.groups[0].place for alert in village.alerts("referral_offer")] == [BY_DISTANCE[0], BY_DISTANCE[2]]
    (told,) = village.alerts("referral_unreached")
    assert told.values["next"] == "ditawarkan ke Puskesmas Pamotan"
    assert [timer.due for timer in village.memory.timers.values()] == [village.clock.now() + 5 * MINUTES]
    assert (await village.says(village.midwife, f"STATUS {referral.code}")).endswith(
        "; Puskesmas Kragan I tidak bisa dihubungi"
    )


async def test_nobody_can_be_reached_at_all(village: Any) -> None:
    await village.registers("# DARAH")
    for _ in BY_DISTANCE:
        await village.reaches_nobody(village.alerts("referral_offer")[-1])
    assert village.referrals[0].state is State.UNANSWERED
    assert len(village.alerts("referral_unanswered")) == 1
    assert village.memory.timers == {}


async def test_an_alert_that_was_answered_is_not_skipped(village: Any) -> None:
    await village.registers("# DARAH")
    (offer,) = village.alerts("referral_offer")
    await village.says(village.duty(village.referrals[0]), "TERIMA")
    await village.reaches_nobody(offer)
    assert village.referrals[0].state is State.ACCEPTED


async def test_offers_that_are_over_are_called_off(village: Any) -> None:
    await village.registers("# DARAH")
    await village.says(village.duty(village.referrals[0]), "TOLAK PENUH")
    await village.passes(5 * MINUTES)
    await village.says(village.duty(village.referrals[0]), "TERIMA")
    offers = village.alerts("referral_offer")
    cancelled = village.memory.events_of(CancelAlert)
    assert [one.alert for one in cancelled] == [offer.id for offer in offers[:2]]
    assert [one.reason for one in cancelled] == ["declined", "expired"]
    assert {(one.subject, one.lane) for one in cancelled} == {(offer.subject, offer.lane) for offer in offers}


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
