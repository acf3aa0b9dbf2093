"""What was shown or owed survives a sudden death; the API serves the rest."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from handset.client import Handset, NothingCameError, RefusedError
from handset.process import HandsetProcess
from handset.testing import Esme, Graph, Receiver

SRI, AINI = "6281200000001", "6281200000002"


async def test_conversations_debts_and_parts_survive(tmp_path: Path, start: Any, receiver: Receiver) -> None:
    state = tmp_path / "state"
    first = await start(state=str(state), **{"webhook-url": "http://127.0.0.1:9/nobody"})
    esme = await Esme.connect(first.smpp_port)
    await esme.bind(command=2)
    async with Handset(f"http://127.0.0.1:{first.http_port}") as phones:
        await esme.submit(SRI, b"tetap ada")
        await esme.submit(SRI, b"\x05\0\x03\x07\x02\x01awal ", esm=0x40)
        await phones.say(SRI, "belum diambil")
        await phones.say(AINI, "belum juga", channel="whatsapp")
    torn = (state / "journal.jsonl").read_bytes() + b'["message",{"id"'
    await first.stop()
    (state / "journal.jsonl").write_bytes(torn)
    second = await start(state=str(state))
    esme = await Esme.connect(second.smpp_port)
    await esme.bind()
    assert (await esme.delivered())["message"] == b"belum diambil"
    assert (await receiver.wait(1))[0]["messages"][0]["text"]["body"] == "belum juga"
    await esme.submit(SRI, b"\x05\0\x03\x07\x02\x02akhir", esm=0x40)
    async with Handset(f"http://127.0.0.1:{second.http_port}") as phones:
        texts = [one["text"] for one in await phones.messages(SRI)]
        assert texts == ["tetap ada", "belum diambil", "awal akhir"]
        ids = [one["id"] for phone in (SRI, AINI) for one in await phones.messages(phone)]
        assert len(set(ids)) == 4
    esme.close()


async def test_a_journal_that_cannot_be_written_refuses_the_message(
    handset: HandsetProcess, esme: Esme, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_kind: str, _data: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(handset.conversations._journal, "write", full)
    assert (await esme.submit(SRI, b"a"))[0] == 8


async def test_expect_takes_each_message_once_and_says_what_came(esme: Esme, phones: Handset) -> None:
    for text in (b"kode R1", b"kode R2"):
        await esme.submit(SRI, text)
    assert [(await phones.expect(SRI, "kode"))["text"] for _ in range(2)] == ["kode R1", "kode R2"]
    with pytest.raises(NothingCameError, match="kode R2"):
        await phones.expect(SRI, "kode", timeout=0.1)
    waiting = asyncio.ensure_future(phones.expect(SRI, "^nanti", channel="sms"))
    await asyncio.sleep(0.1)
    await esme.submit(SRI, b"nanti")
    assert (await waiting)["text"] == "nanti"


async def test_people_are_found_and_reset_keeps_the_cursor(esme: Esme, phones: Handset) -> None:
    found = await phones.phones("sri")
    assert (found[0]["name"], found[0]["shown"]) == ("Bidan Sri", "0812-0000-0001")
    assert found[0]["places"] == ["33.17.12.2002", "33.17.12.2003"]
    await esme.submit(SRI, b"a")
    await phones.reset()
    assert await phones.messages(SRI) == []
    await esme.submit(SRI, b"b")
    assert (await phones.messages(SRI))[0]["id"] == 2


async def test_the_stream_tells_what_happens(graph: Graph, phones: Handset) -> None:
    async with graph.session.get(graph.base + "/api/stream") as stream:
        await phones.say(SRI, "Halo")
        kinds: list[str] = []
        data: dict[str, Any] = {}
        async with asyncio.timeout(5):
            while "message" not in kinds:
                line = (await stream.content.readline()).decode()
                if line.startswith("event: "):
                    kinds.append(line[7:].strip())
                    data = json.loads((await stream.content.readline())[6:])
    assert kinds == ["hello", "message"]
    assert data["text"] == "Halo"


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        (f"/api/phones/{SRI}/messages", {"text": " "}, "empty"),
        (f"/api/phones/{SRI}/messages", {"text": "a", "channel": "fax"}, "channel"),
        (f"/api/phones/{SRI}/location", {"latitude": 91, "longitude": 0}, "latitude"),
        (f"/api/phones/{SRI}/location", {"latitude": 1}, "longitude"),
        (f"/api/phones/{SRI}/press", {}, "button"),
        ("/api/phones/abc/messages", {"text": "a"}, "phone"),
        ("/api/faults/drop", {"seconds": -1}, "seconds"),
    ],
)
async def test_bad_requests_say_what_is_wrong(phones: Handset, path: str, body: dict[str, object], word: str) -> None:
    with pytest.raises(RefusedError, match=word):
        await phones._call("POST", path, json=body)


async def test_the_page_may_run_only_its_own_scripts(handset: HandsetProcess) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{handset.http_port}/") as page,
    ):
        assert page.headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert "<script>" not in await page.text()
