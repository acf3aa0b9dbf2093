"""Story 1 on both channels: a mother in danger, facilities that decline or stay silent, one that takes her."""

import pytest

from handset.demo.stage import Actor, Stage, code, found

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
CHANNELS = ("sms", "whatsapp")


async def registered(stage: Stage, midwife: Actor, name: str) -> str:
    await stage.say(midwife, f"BUMIL {name} # 36 # UK 36 # G3P2A0 # 143 # JARAK 1 # DESA {midwife.places[0]}")
    return found(await stage.reply(midwife, code("M") + r" Skor \d+ KR"), code("M"))


async def in_danger(stage: Stage, midwife: Actor, mother: str) -> str:
    await stage.say(midwife, f"BAHAYA {mother} KEJANG")
    return found(await stage.reply(midwife, code("R") + r".*rujukan darurat"), code("R"))


@pytest.mark.parametrize("channel", CHANNELS)
async def test_declined_then_silent_then_accepted_and_the_midwife_knows_each_step(stage: Stage, channel: str):
    midwife, facilities = stage.one("midwife", channel), stage.all("facility_duty")
    mother = await registered(stage, midwife, f"Lastri {channel.title()} Utami")
    await stage.say(midwife, f"STATUS {mother}")
    await stage.reply(midwife, rf"{mother} L\.\w\.U\. .*Skor 14 KRST, faktor 3\(4\) 6\(4\) 7\(4\)")
    referral = await in_danger(stage, midwife, mother)

    first, offer = await stage.somebody_hears(facilities, referral)
    await stage.answer(first, offer, f"TOLAK {referral} PENUH")
    await stage.reply(first, rf"{referral} ditolak")
    declined = await stage.hear(midwife, rf"{referral}.*menolak \(penuh\), ditawarkan ke")

    second, _ = await stage.somebody_hears([one for one in facilities if one != first], referral)
    silent = await stage.hear(midwife, rf"{referral}.*tidak menjawab")
    assert silent["id"] > declined["id"]
    await stage.hear(second, rf"{referral}.*habis")

    rest = [one for one in facilities if one not in {first, second}]
    third, offer = await stage.somebody_hears(rest, referral)
    await stage.answer(third, offer, f"TERIMA {referral}")
    await stage.reply(third, rf"{referral}.*diterima")
    accepted = await stage.hear(midwife, rf"{referral}.*DITERIMA")
    assert accepted["id"] > silent["id"]
    await stage.say(midwife, f"STATUS {referral}")
    await stage.reply(midwife, rf"{referral}.*diterima.*menolak \(penuh\).*tidak menjawab")


@pytest.mark.parametrize("channel", CHANNELS)
async def test_a_late_answer_takes_nothing_from_the_next(stage: Stage, channel: str):
    midwife, facilities = stage.one("midwife", channel), stage.all("facility_duty")
    mother = await registered(stage, midwife, f"Murni {channel.title()} Sari")
    referral = await in_danger(stage, midwife, mother)
    first, _ = await stage.somebody_hears(facilities, referral)
    await stage.hear(first, rf"{referral}.*habis")
    await stage.say(first, f"TERIMA {referral}")
    late = await stage.reply(first, referral)
    assert "diterima" not in late["text"].lower()
    second, offer = await stage.somebody_hears([one for one in facilities if one != first], referral)
    await stage.answer(second, offer, f"TERIMA {referral}")
    await stage.hear(midwife, rf"{referral}.*DITERIMA")


async def test_a_mother_nobody_registered_is_referred_too(stage: Stage):
    midwife = stage.one("midwife", "whatsapp")
    await stage.say(midwife, f"BAHAYA Painem # 29 # DARAH # DESA {midwife.places[0]}")
    referral = found(await stage.reply(midwife, code("R")), code("R"))
    taker, offer = await stage.somebody_hears(stage.all("facility_duty"), referral)
    await stage.answer(taker, offer, f"TERIMA {referral}")
    await stage.hear(midwife, rf"{referral}.*DITERIMA")
