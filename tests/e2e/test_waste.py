"""Story 2 on both channels: waste reported, refused by one, fetched by the next, disputed, fetched again."""

import pytest

from handset.client import Shown
from handset.demo.stage import Actor, Stage, code, found

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def report(stage: Stage, resident: Actor, kind: str) -> str:
    if resident.channel == "whatsapp":
        place = await stage.phones.place(resident.places[0])
        await stage.locate(resident, place["latitude"], place["longitude"])
        await stage.say(resident, f"SAMPAH {kind} # PICKUP")
    else:
        await stage.say(resident, f"SAMPAH {kind} # {resident.places[0]} # PICKUP")
    return found(await stage.reply(resident, code("S") + ".*Petugas dipanggil"), code("S"))


async def taken(stage: Stage, collector: Actor, offer: Shown) -> str:
    pickup = found(offer, code("J"))
    await stage.answer(collector, offer, f"TERIMA {pickup}")
    await stage.reply(collector, rf"{pickup}.*tugas Anda")
    return pickup


async def done(stage: Stage, collector: Actor, pickup: str) -> None:
    await stage.say(collector, f"SELESAI {pickup} 1,5 m3")
    await stage.reply(collector, rf"{pickup}.*selesai, 1,5 m3")


@pytest.mark.parametrize(("channel", "kind"), [("sms", "BESAR"), ("whatsapp", "SELOKAN")])
async def test_refused_fetched_disputed_and_fetched_again(stage: Stage, channel: str, kind: str):
    resident, collectors = stage.one("resident", channel), stage.all("collector")
    waste = await report(stage, resident, kind)
    first, offer = await stage.somebody_hears(collectors, "JEMPUT|" + code("J"))
    pickup = found(offer, code("J"))
    await stage.say(first, f"TOLAK {pickup} armada rusak")
    await stage.reply(first, rf"{pickup} ditolak, ditawarkan ke petugas lain")

    second, offer = await stage.somebody_hears([one for one in collectors if one != first], pickup)
    assert await taken(stage, second, offer) == pickup
    await stage.hear(resident, rf"{waste}.*petugas menerima")
    await done(stage, second, pickup)
    fetched = await stage.hear(resident, rf"{waste}.*(sudah diangkut|\n)")

    await stage.answer(resident, fetched, f"BELUM {waste}")
    await stage.reply(resident, "dibuka lagi")
    await stage.somebody_hears(stage.all("field_supervisor"), waste)
    third, offer = await stage.somebody_hears(collectors, code("J"))
    again = await taken(stage, third, offer)
    await done(stage, third, again)
    await stage.hear(resident, rf"{waste}.*(sudah diangkut|\n)")
    await stage.say(resident, f"STATUS {waste}")
    await stage.reply(resident, rf"{waste}.*sudah diangkut")


async def test_a_silent_collector_is_passed_over(stage: Stage):
    resident, collectors = stage.one("resident", "sms"), stage.all("collector")
    waste = await report(stage, resident, "B3")
    first, offer = await stage.somebody_hears(collectors, code("J"))
    pickup = found(offer, code("J"))
    second, offer = await stage.somebody_hears([one for one in collectors if one != first], pickup)
    assert await taken(stage, second, offer) == pickup
    await stage.hear(resident, rf"{waste}.*petugas menerima")
    await done(stage, second, pickup)
