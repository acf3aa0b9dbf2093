"""A person asks for a human, an officer answers by the command line, an emergency meanwhile goes its own way."""

import subprocess
import sys
from pathlib import Path

import pytest

from e2e.running import Running
from handset.demo.stage import Actor, Stage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
OFFICER = "0812-0000-0039"


def desk(running: Running, *arguments: str) -> "subprocess.CompletedProcess[str]":
    line = [str(Path(sys.executable).parent / "kentongan"), "desk", *arguments, "--as", OFFICER]
    told = {"KENTONGAN_HOME": str(running.home.root)}
    return subprocess.run(line, env=told, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_a_human_answers_and_an_emergency_does_not_wait_for_them(running: Running, stage: Stage, channel: str):
    number = "0812-9999-0011" if channel == "sms" else "0812-9999-0012"
    person = Actor(number, "Orang Bertanya", "", (), channel)
    await stage.say(person, "halo")
    await stage.reply(person, "BANTUAN kata")
    await stage.say(person, "ada orang di sana")
    await stage.reply(person, "Balas ADMIN untuk bicara dengan petugas")
    await stage.say(person, f"ADMIN jadwal posyandu {channel}?")
    await stage.reply(person, "Pesan Anda diteruskan ke petugas")

    assert desk(running, "claim", number).stdout == "dipegang Operator Meja Layanan\n"
    await stage.say(person, "INI BUKAN LAPORAN")
    await stage.say(person, "BANJIR Sendangmulyo Kragan 60")
    await stage.reply(person, r"(?i)B[2-9A-Z]{4}|tercatat|dicatat")
    assert desk(running, "reply", number, f"Besok pukul 9, {channel}.").returncode == 0
    await stage.reply(person, f"Besok pukul 9, {channel}")
    read = desk(running, "read", number).stdout
    assert f"ADMIN jadwal posyandu {channel}?" in read
    assert "INI BUKAN LAPORAN" in read
    assert "BANJIR" not in read

    assert desk(running, "back", number).stdout == "otomatis\n"
    refused = desk(running, "reply", number, "Masih ada?")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    await stage.say(person, "MENU")
    await stage.reply(person, "Kentongan: BUMIL")
