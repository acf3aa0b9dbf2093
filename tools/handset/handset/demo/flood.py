"""Story 3: people report a hazard; together they are believed; those on duty acknowledge."""

import re

from handset.client import NothingCameError, Shown
from handset.demo.stage import Actor, Stage, code, found

_KINDS = ("BANJIR", "ROB", "LONGSOR", "ANGIN", "API", "ASAP")
_WITH_DEPTH = {"BANJIR", "ROB"}


async def play(stage: Stage, channel: str) -> None:
    """Reports of independent people become an incident; duty officer and village head are alerted and answer."""
    head = stage.one("village_head", channel)
    duty = stage.one("bpbd_duty", channel)
    stage.title(f"3. Bencana dilaporkan warga ({channel})")
    incident = await _reported(stage, head.places[0], channel)
    for actor in (duty, head):
        alert = await stage.hear(actor, incident)
        await stage.answer(actor, alert, f"SIAP {incident}")
        await stage.reply(actor, rf"{incident}|terima kasih|tercatat")
    await stage.say(duty, f"STATUS {incident}")
    await stage.reply(duty, incident)
    stage.done(f"{incident} diketahui {duty.name} dan {head.name}")


async def _reported(stage: Stage, village: str, channel: str) -> str:
    """Report the first kind that is not an incident here yet, until an answer carries the incident's code."""
    people = _reporters(stage, channel)
    for kind in _KINDS:
        first = await _report(stage, people[0], kind, village)
        if re.search(code("B"), first["text"]):
            continue  # one of an earlier demo that is still open: nobody would be alerted again
        for actor in people[1:]:
            heard = await _report(stage, actor, kind, village)
            if re.search(code("B"), heard["text"]):
                return found(heard, code("B"))
    raise NothingCameError(f"{len(people)} reports from {village} are not believed, or every kind is open there")


def _reporters(stage: Stage, channel: str) -> list[Actor]:
    """Residents and volunteers in turn, those who prefer the channel first."""
    people = [actor for pair in zip(stage.all("resident"), stage.all("volunteer"), strict=False) for actor in pair]
    return sorted(people, key=lambda actor: actor.channel != channel)


async def _report(stage: Stage, actor: Actor, kind: str, village: str) -> Shown:
    depth = " 60" if kind in _WITH_DEPTH else ""
    await stage.say(actor, f"{kind} {village}{depth}")
    return await stage.reply(actor, rf"tercatat|{code('B')}")
