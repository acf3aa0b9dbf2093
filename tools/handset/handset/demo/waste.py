"""Story 2: waste is reported, fetched, and the resident is told."""

from handset.client import NothingCameError, Shown
from handset.demo.stage import Actor, Stage, code, found

_JOINED = "digabung"
_KINDS = ("TUMPUKAN", "LIAR", "SELOKAN", "BESAR", "BANGKAI")


async def play(stage: Stage, channel: str) -> None:
    """Report (with a location on WhatsApp), pickup taken and done, the resident told of both."""
    resident = stage.one("resident", channel)
    stage.title(f"2. Sampah dilaporkan dan diangkut ({channel})")
    report = found(await _report(stage, resident), code("S"))
    collectors = stage.all("collector")
    collector, offer = await stage.somebody_hears(collectors, code("J"))
    pickup = found(offer, code("J"))
    await stage.answer(collector, offer, f"TERIMA {pickup}")
    await stage.reply(collector, pickup)
    await stage.hear(resident, rf"{report}.*petugas")
    await stage.say(collector, f"SELESAI {pickup} MOTOR")
    await stage.reply(collector, rf"{pickup}.*selesai")
    await stage.hear(resident, rf"{report}.*diangkut")
    await stage.say(resident, f"STATUS {report}")
    await stage.reply(resident, report)
    stage.done(f"{report} diangkut {collector.name}")


async def _report(stage: Stage, resident: Actor) -> Shown:
    """Report with a kind that nobody has open here: one that joins another report calls no collector."""
    for kind in _KINDS:
        if resident.channel == "whatsapp":
            place = await _spot(stage, resident)
            await stage.locate(resident, *place)
            await stage.say(resident, f"SAMPAH {kind} # MOTOR")
        else:
            await stage.say(resident, f"SAMPAH {kind} # {resident.places[0]} # MOTOR")
        heard = await stage.reply(resident, code("S"))
        if _JOINED not in heard["text"]:
            return heard
    raise NothingCameError("every kind of waste has an open report here already")


async def _spot(stage: Stage, resident: Actor) -> tuple[float, float]:
    place = await stage.phones.place(resident.places[0])
    return place["latitude"], place["longitude"]
