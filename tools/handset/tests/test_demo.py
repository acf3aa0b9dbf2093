"""The demo plays against a village of three rules, and fails where an answer is missing."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from handset.config import read
from handset.demo.__main__ import play
from handset.process import HandsetProcess
from handset.testing import SECRET, Esme, Graph, Receiver

PEOPLE = """phone,name,role,place,channel
081200000001,Bidan Sri,midwife,33.17.12.2002,sms
081200000002,Bidan Aini,midwife,33.17.09.2004,whatsapp
081200000008,RSUD,facility_duty,RS,whatsapp
081200000011,Kragan,facility_duty,P1,sms
081200000016,Slamet,collector,33.17.10,sms
081200000023,Piket 1,bpbd_duty,33.17,sms
081200000024,Piket 2,bpbd_duty,33.17,whatsapp
081200000027,Kades S,village_head,33.17.12.2002,sms
081200000028,Kades W,village_head,33.17.09.2004,whatsapp
081200000030,Budi,volunteer,33.17.12.2002,whatsapp
081200000033,Darmi,resident,33.17.12.2002,sms
081200000034,Eko,resident,33.17.12.2002,whatsapp
"""
WHATSAPP = {"02", "08", "24", "28", "30", "34"}


class Village:
    """Stands in for all services: answers each word as the demo needs, by the phone's channel."""

    def __init__(self, process: HandsetProcess, graph: Graph) -> None:
        self.process, self.graph = process, graph
        self.outgoing: Esme | None = None
        self.reports: dict[str, int] = {}
        self.asker = ""
        self.mute = ""
        self.one_at_a_time = asyncio.Lock()

    async def listen(self, receiver: Receiver) -> None:
        self.outgoing, incoming = [await Esme.connect(self.process.smpp_port) for _ in range(2)]
        await self.outgoing.bind(command=2)
        await incoming.bind(command=1)
        await asyncio.gather(self._sms(incoming), self._whatsapp(receiver))

    async def _sms(self, esme: Esme) -> None:
        while True:
            try:
                came = await esme.delivered()
            except TimeoutError:
                continue
            await self.hear(came["source"], came["message"].decode())

    async def _whatsapp(self, receiver: Receiver) -> None:
        seen = 0
        while True:
            values = await receiver.wait(seen + 1, within=60)
            for value in values[seen:]:
                seen += 1
                for message in value.get("messages", ()):
                    text = message.get("text", {}).get("body") or message.get("button", {}).get("payload", "")
                    await self.hear(message["from"], text)

    async def tell(self, phone: str, text: str, *payloads: str) -> None:
        if phone[-2:] not in WHATSAPP:
            assert self.outgoing is not None
            async with self.one_at_a_time:
                await self.outgoing.submit(phone, text.encode())
            return
        buttons: list[dict[str, Any]] = [
            {"type": "button", "sub_type": "quick_reply", "index": n, "parameters": [{"payload": payload}]}
            for n, payload in enumerate(payloads)
        ]
        body = {"type": "body", "parameters": [{"type": "text", "text": text}]}
        content = {"name": "any", "language": {"code": "id"}, "components": [body, *buttons]}
        await self.graph.send(phone, "template", content)

    async def hear(self, phone: str, text: str) -> None:
        word = text.partition(" ")[0]
        if word and word != self.mute:
            await getattr(self, f"on_{word.lower()}", self.on_hazard)(phone, text)

    async def on_bumil(self, phone: str, _text: str) -> None:
        await self.tell(phone, "M7K2P Skor 10 KRT")

    async def on_bahaya(self, phone: str, _text: str) -> None:
        self.asker = phone
        await self.tell(phone, "rujukan R7K2P ditawarkan ke RSUD")
        await self.tell("6281200000008", "R7K2P S.A.", "TERIMA R7K2P", "TOLAK R7K2P PENUH")

    async def on_tolak(self, phone: str, _text: str) -> None:
        await self.tell(phone, "R7K2P ditolak (penuh)")
        await self.tell(self.asker, "R7K2P RSUD menolak (penuh)")
        await self.tell("6281200000011", "R7K2P S.A.")

    async def on_terima(self, phone: str, text: str) -> None:
        await self.tell(phone, f"{text[7:]} diterima")
        pickup = text.startswith("TERIMA J")
        await self.tell(self.asker, "S7K2P: petugas menerima" if pickup else "R7K2P: DITERIMA Kragan")

    async def on_sampah(self, phone: str, _text: str) -> None:
        self.asker = phone
        await self.tell(phone, "S7K2P tumpukan")
        await self.tell("6281200000016", "JEMPUT J7K2P: tumpukan")

    async def on_selesai(self, phone: str, _text: str) -> None:
        await self.tell(phone, "J7K2P selesai")
        await self.tell(self.asker, "S7K2P sudah diangkut")

    async def on_siap(self, phone: str, text: str) -> None:
        await self.tell(phone, f"{text[5:]} dicatat, terima kasih")

    async def on_status(self, phone: str, text: str) -> None:
        await self.tell(phone, f"{text[7:]}: diterima")

    async def on_hazard(self, phone: str, text: str) -> None:
        kind = text.partition(" ")[0] + re.sub(r"\D", "", text)
        self.reports[kind] = self.reports.get(kind, 0) + 1
        believed = self.reports[kind] > 1
        await self.tell(phone, "Kode B7K2P" if believed else "Tercatat")
        for end in ("23", "24", "27", "28") if self.reports[kind] == 2 else ():
            await self.tell(f"62812000000{end}", "BANJIR B7K2P", "SIAP B7K2P")


@pytest.fixture
async def village(tmp_path: Path) -> AsyncIterator[Village]:
    people, places = tmp_path / "people.csv", tmp_path / "places.csv"
    people.write_text(PEOPLE)
    places.write_text("code,name,latitude,longitude\n33.17.12.2002,Sendangmulyo,-6.71,111.56\n")
    receiver = Receiver()
    await receiver.start()
    told = {"http": "127.0.0.1:0", "smpp": "127.0.0.1:0", "webhook-url": receiver.url, "people": str(people)}
    told |= {"places": str(places), "whatsapp-app-secret": SECRET}
    process = HandsetProcess(read([f"--{name}={value}" for name, value in told.items()], {}))
    await process.start()
    async with aiohttp.ClientSession() as session:
        village = Village(process, Graph(session, f"http://127.0.0.1:{process.http_port}"))
        listening = asyncio.create_task(village.listen(receiver))
        yield village
        listening.cancel()
    await process.stop()
    await receiver.stop()


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
async def test_all_stories_come_to_their_end(
    village: Village, channel: str, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = await play(village.graph.base, ["mother", "waste", "flood"], [channel])
    printed = capsys.readouterr().out
    assert (failed, printed.count("selesai: ")) == (0, 3), printed
    assert "[TOLAK R7K2P PENUH]" in printed


async def test_a_missing_answer_fails_the_story_and_is_told(
    village: Village, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("handset.demo.stage.PATIENCE", 0.5)
    village.mute = "SELESAI"
    assert await play(village.graph.base, ["waste", "mother"], ["sms"]) == 1
    assert "GAGAL: 6281200000016: nothing like 'J7K2P.*selesai'" in capsys.readouterr().out
