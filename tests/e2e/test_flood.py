"""Story 3 on both channels: reports become an incident; those on duty are alerted; who is silent is known."""

import pytest

from handset.demo.stage import Actor, Stage, code, found

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def believed(stage: Stage, kind: str, village: str, reporters: list[Actor]) -> str:
    """The first report alone is only recorded; the one that makes it enough is told the incident's code."""
    await stage.say(reporters[0], f"{kind} {village}")
    await stage.reply(reporters[0], "Tercatat")
    await stage.say(reporters[0], f"{kind} {village} ")
    for reporter in reporters[1:]:
        await stage.say(reporter, f"{kind} {village}")
    heard = await stage.reply(reporters[-1], code("B"))
    return found(heard, code("B"))


@pytest.mark.parametrize(("channel", "kind"), [("sms", "ROB"), ("whatsapp", "LONGSOR")])
async def test_corroborated_alerted_acknowledged(stage: Stage, channel: str, kind: str):
    head, duty = stage.one("village_head", channel), stage.one("bpbd_duty", channel)
    reporters = [stage.one("resident", channel), stage.one("volunteer", channel)]
    incident = await believed(stage, kind, head.places[0], reporters)
    for official in (duty, head):
        alert = await stage.hear(official, incident)
        await stage.answer(official, alert, f"SIAP {incident}")
        await stage.reply(official, rf"{incident}.*SIAP Anda diterima")
    await stage.say(duty, f"STATUS {incident}")
    await stage.reply(duty, rf"{incident}.*2 pelapor.*SIAP \d dari \d")


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_one_person_twice_is_not_two(stage: Stage, channel: str):
    resident = stage.one("resident", channel)
    village = "33.17.10.2025" if channel == "sms" else "33.17.14.2006"
    for text in (f"ASAP {village}", f"ASAP # {village}"):
        await stage.say(resident, text)
        said = await stage.reply(resident, "asap")
        assert "Tercatat" in said["text"]


async def test_the_commander_hears_who_is_silent(stage: Stage):
    head, duty = stage.one("village_head", "sms"), stage.one("bpbd_duty", "sms")
    reporters = [stage.one("resident", "sms"), stage.one("volunteer", "sms")]
    incident = await believed(stage, "API", head.places[0], reporters)
    await stage.hear(duty, incident)
    await stage.say(duty, f"SIAP {incident}")
    await stage.reply(duty, rf"{incident}.*SIAP Anda diterima")
    commander, told = await stage.somebody_hears(stage.all("bpbd_commander"), rf"{incident}")
    assert commander.role == "bpbd_commander"
    assert "Sendangmulyo" in told["text"]  # whose head has not answered
    await stage.say(duty, f"STATUS {incident}")
    status = await stage.reply(duty, rf"{incident}.*SIAP \d dari \d")
    answered, asked = found(status, r"SIAP (\d) dari"), found(status, r"dari (\d)")
    assert int(answered) < int(asked)
