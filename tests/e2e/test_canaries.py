"""Names, NIKs and numbers of the people of a story are nowhere in clear but on their phones."""

import os
import re
import subprocess
from pathlib import Path

import aiohttp
import pytest

from chassis.testing.kafka import Kafka
from e2e.running import Running
from handset.demo.stage import Actor, Stage, code, found
from stack import database
from stack.secret_files import SERVICES, Secrets

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

NAMES = ("Zumaroh Kanarianti", "Wagimin Kanarijo", "Painah Kanarisih")
NIK = "3317125505950003"
MOTHERS_PHONE = "081377665544"
STRANGER = Actor("0813-5511-2233", NAMES[1], "", (), "whatsapp")


async def play(stage: Stage, channel: str) -> str:
    """A story in which everything personal is said; gives the referral's code, which may be seen anywhere."""
    midwife = stage.one("midwife", channel)
    said = f"BUMIL {NAMES[0]} {channel} # 36 # UK 36 # G3P2A0 # 143 # JARAK 1 # NIK {NIK} # HP {MOTHERS_PHONE}"
    await stage.say(midwife, f"{said} # DESA {midwife.places[0]}")
    await stage.reply(midwife, code("M") + ".*Skor")
    await stage.say(midwife, f"BAHAYA {NAMES[2]} # 31 # DARAH # DESA {midwife.places[0]}")
    referral = found(await stage.reply(midwife, code("R")), code("R"))
    taker, offer = await stage.somebody_hears(stage.all("facility_duty"), referral)
    await stage.answer(taker, offer, f"TERIMA {referral}")
    await stage.hear(midwife, rf"{referral}.*DITERIMA")
    await stage.say(midwife, f"BUMIL {NAMES[0]} # 99 # entah # {NIK}")  # errors are logged as well
    await stage.reply(midwife, ".")
    await stage.say(STRANGER, f"DAFTAR {NAMES[1]} # KADER # 33.17.12.2002")
    await stage.reply(STRANGER, "(?i)pendaftaran")
    await stage.say(STRANGER, f"ADMIN saya {NAMES[1]}, nomor {MOTHERS_PHONE}")
    await stage.reply(STRANGER, "diteruskan ke petugas")
    await stage.say(STRANGER, "MENU")
    await stage.reply(STRANGER, "Kentongan: BUMIL")
    return referral


def canaries(stage: Stage) -> list[str]:
    people = [one for role in ("midwife", "resident", "volunteer", "collector") for one in stage.all(role)]
    numbers = [re.sub(r"\D", "", one.phone).removeprefix("62").removeprefix("0") for one in [*people, STRANGER]]
    tails = [text for number in numbers for text in (number, f"{number[:3]}-{number[3:7]}-{number[7:]}")]
    return [*NAMES, NIK, MOTHERS_PHONE[1:], *(one.name for one in people), *tails]


def leaks(place: str, octets: bytes, wanted: list[str]) -> list[str]:
    """What of it is there, as text or as the hex digits of a dump."""
    low = octets.lower()
    forms = {text: (text.lower().encode(), text.encode().hex().encode()) for text in wanted}
    return [f"{text!r} in {place}" for text, shapes in forms.items() if any(shape in low for shape in shapes)]


async def test_nobody_is_named_outside(running: Running, stage: Stage, bus: Kafka):
    codes = [await play(stage, channel) for channel in ("sms", "whatsapp")]
    wanted = canaries(stage)
    topics, files, numbers, dumps = (
        await on_topics(bus),
        in_files(running),
        await in_metrics(running),
        in_dumps(running),
    )
    for where in (topics, dumps):  # what may be seen is seen: the search itself works
        assert any(codes[0].encode() in octets for octets in where.values())
    assert {"telponi.jsonl", "notifier.jsonl", "kafka.log", "traces.jsonl"} <= {Path(name).name for name in files}
    found_anywhere = [
        leak
        for place in (topics, files, numbers, dumps)
        for name, octets in place.items()
        for leak in leaks(name, octets, wanted)
    ]
    assert not found_anywhere


async def on_topics(bus: Kafka) -> dict[str, bytes]:
    found_topics = {}
    for topic in bus.admin.list_topics():
        if topic.startswith("kentongan."):
            records = await bus.read(topic)
            found_topics[f"topic {topic}"] = b"\n".join(
                b"\n".join([one.key or b"", one.value or b"", *(value for _, value in one.headers)])
                for one in records
            )
    return found_topics


def in_files(running: Running) -> dict[str, bytes]:
    places = [*running.home.log.iterdir(), running.traces, *running.home.run.iterdir()]
    return {str(path): path.read_bytes() for path in places if path.is_file()}


async def in_metrics(running: Running) -> dict[str, bytes]:
    told = {}
    async with aiohttp.ClientSession() as session:
        for service in SERVICES:
            async with session.get(f"http://{running.home.address(f'{service}.http')}/metrics") as answer:
                told[f"metrics of {service}"] = await answer.read()
                assert answer.status == 200
    return told


def in_dumps(running: Running) -> dict[str, bytes]:
    home = running.home
    password = Secrets(home.secrets).get(f"postgres-{database.ADMIN}.password")
    tool = database.binaries(home) / "pg_dump"
    dumps = {}
    for service in SERVICES:
        line = [str(tool), "-h", "127.0.0.1", "-p", str(home.port("postgres")), "-U", database.ADMIN, service]
        answer = subprocess.run(line, env=os.environ | {"PGPASSWORD": password}, capture_output=True, check=True)
        dumps[f"database {service}"] = answer.stdout
    return dumps
