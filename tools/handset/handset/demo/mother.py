"""Story 1: a mother in danger, and the facility that takes her."""

import secrets

from handset.demo.stage import Actor, Stage, code, found

_FIRST = ("Siti", "Dewi", "Sri", "Tri", "Eka", "Nur", "Endah", "Yuli", "Ratna", "Wahyu", "Puji", "Rini")
_MIDDLE = ("Ayu", "Kartika", "Wulan", "Sekar", "Retno", "Murni", "Indah", "Laras", "Mega", "Intan", "Kusuma", "Tri")
_LAST = ("Lestari", "Ningsih", "Utami", "Rahayu", "Wati", "Astuti", "Handayani", "Setyowati", "Purwanti", "Hastuti")


async def play(stage: Stage, channel: str) -> None:
    """Register, score, danger sign, an offer declined, the next one accepted; the midwife knows at every step."""
    midwife = stage.one("midwife", channel)
    mother = " ".join(secrets.choice(names) for names in (_FIRST, _MIDDLE, _LAST))
    stage.title(f"1. Ibu hamil dalam bahaya ({channel})")
    await stage.say(midwife, f"BUMIL {mother} # 36 # UK 36 # G3P2A0 # 143 # JARAK 1 # DESA {midwife.places[0]}")
    registered = await stage.reply(midwife, code("M") + r".*Skor \d+.*KR(R|T|ST)")
    pregnancy = found(registered, code("M"))
    await stage.say(midwife, f"BAHAYA {pregnancy} DARAH")
    referral = found(await stage.reply(midwife, code("R")), code("R"))
    taker = await _decline_then_accept(stage, midwife, referral)
    await stage.say(midwife, f"STATUS {referral}")
    await stage.reply(midwife, rf"{referral}.*(terima|{taker.name.split()[-1]})")
    stage.done(f"{referral} diterima {taker.name}")


async def _decline_then_accept(stage: Stage, midwife: Actor, referral: str) -> Actor:
    facilities = stage.all("facility_duty")
    first, offer = await stage.somebody_hears(facilities, referral)
    await stage.answer(first, offer, f"TOLAK {referral} PENUH")
    await stage.reply(first, rf"{referral}.*ditolak")
    await stage.hear(midwife, rf"{referral}.*(menolak|penuh)")
    others = [actor for actor in facilities if actor != first]
    taker, offer = await stage.somebody_hears(others, referral)
    await stage.answer(taker, offer, f"TERIMA {referral}")
    await stage.reply(taker, rf"{referral}.*diterima")
    await stage.hear(midwife, rf"{referral}.*DITERIMA")
    return taker
