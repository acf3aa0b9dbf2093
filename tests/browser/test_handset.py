"""The handset's page in a real browser: what a person sees and does."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from browser.chromium import ARGUMENTS, CHROMIUM
from playwright.async_api import Browser, Page, async_playwright, expect

from handset.client import Handset
from handset.config import read
from handset.process import HandsetProcess
from handset.testing import Esme, Receiver

SRI, AINI = "6281200000001", "6281200000002"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)

TOO_LOW = """() => [...document.querySelectorAll("button, select, .switch label, label.file")]
  .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 40).map((one) => one.outerHTML)"""

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no Chromium at {CHROMIUM}"),
]


class Scene:
    """A handset, its page, and the service's side of it."""

    def __init__(self, process: HandsetProcess, receiver: Receiver, page: Page) -> None:
        self.process, self.receiver, self.page = process, receiver, page
        self.url = f"http://127.0.0.1:{process.http_port}"

    async def open(self, *phones: str) -> None:
        await self.page.goto(f"{self.url}/#{','.join(phones)}")

    def card(self, phone: str) -> Any:
        return self.page.locator(f".card[data-phone='{phone}']")


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def scene(tmp_path: Path, browser: Browser) -> AsyncIterator[Scene]:
    people, places = tmp_path / "people.csv", tmp_path / "places.csv"
    people.write_text(
        "phone,name,role,place,channel\n"
        "0812-0000-0001,Bidan Sri,midwife,33.17.12.2002,sms\n"
        "0812-0000-0002,Bidan Aini,midwife,33.17.09.2004,whatsapp\n"
    )
    places.write_text("code,name,latitude,longitude\n33.17.12.2002,Sendangmulyo,-6.66,111.62\n")
    receiver = Receiver()
    await receiver.start()
    told = {"http": "127.0.0.1:0", "smpp": "127.0.0.1:0", "webhook-url": receiver.url, "people": str(people)}
    told |= {
        "smpp2": "127.0.0.1:0",
        "twilio-inbound-url": receiver.url,
        "places": str(places),
        "whatsapp-app-secret": "a-secret-of-the-app",
        "state": str(tmp_path / "state"),
    }
    process = HandsetProcess(read([f"--{name}={value}" for name, value in told.items()], {}))
    await process.start()
    page = await browser.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    yield Scene(process, receiver, page)
    await page.close()
    await process.stop()
    await receiver.stop()
    assert problems == []


async def test_a_typed_message_reaches_the_service_and_its_answer_is_seen_live(scene: Scene) -> None:
    await scene.open(SRI)
    esme = await Esme.connect(scene.process.smpp_port)
    await esme.bind()
    card = scene.card(SRI)
    await card.get_by_label("Pesan dari Bidan Sri").fill("STATUS M7K2P")
    await expect(card.locator(".length")).to_have_text("12/160 · 1 SMS")
    await card.get_by_label("Pesan dari Bidan Sri").press("Enter")
    assert (await esme.delivered())["message"] == b"STATUS M7K2P"
    await expect(card.get_by_role("img", name="sudah diambil layanan")).to_be_visible()
    text = "Rujukan sudah diterima — tetap dampingi ibu"
    for number, half in enumerate((text[:20], text[20:]), start=1):
        await esme.submit(SRI, bytes((5, 0, 3, 7, 2, number)) + half.encode("utf-16-be"), esm=0x40, coding=8)
    await expect(card.locator(".bubble.received")).to_contain_text(text)
    await expect(card.locator(".bubble.received .via")).to_have_text("2 SMS · UCS-2")
    esme.close()


async def test_a_button_is_pressed_on_whatsapp(scene: Scene) -> None:
    await scene.open(AINI)
    button = {
        "type": "button",
        "sub_type": "quick_reply",
        "index": "0",
        "parameters": [{"type": "payload", "payload": "TERIMA R2K7P"}],
    }
    body = {"type": "body", "parameters": [{"type": "text", "text": "RUJUKAN R2K7P"}]}
    request = scene.page.request
    answer = await request.post(
        f"{scene.url}/v23.0/100000000000001/messages",
        headers={"Authorization": "Bearer token"},
        data={
            "messaging_product": "whatsapp",
            "to": AINI,
            "type": "template",
            "template": {"name": "offer", "language": {"code": "id"}, "components": [body, button]},
        },
    )
    assert answer.ok
    await scene.card(AINI).get_by_role("button", name="Terima", exact=True).click()
    await expect(scene.card(AINI).locator(".bubble.sent .quote")).to_have_text("RUJUKAN R2K7P")
    pressed = [value for value in await scene.receiver.wait(4) if "messages" in value]
    assert pressed[0]["messages"][0]["button"]["payload"] == "TERIMA R2K7P"


async def test_a_location_and_a_photo_are_sent_from_a_phone(scene: Scene) -> None:
    await scene.open(AINI)
    card = scene.card(AINI)
    await card.get_by_role("button", name="Kirim lokasi").click()
    await scene.page.get_by_role("dialog").get_by_role("button", name="Sendangmulyo").click()
    await scene.page.get_by_role("dialog").get_by_role("button", name="Kirim lokasi").click()
    await expect(card.locator(".pin")).to_contain_text("Sendangmulyo")
    await card.get_by_label("Kirim foto").set_input_files(
        {"name": "foto.png", "mimeType": "image/png", "buffer": PIXEL}
    )
    await expect(card.locator(".bubble img")).to_be_visible()
    kinds = [value["messages"][0]["type"] for value in await scene.receiver.wait(2)]
    assert kinds == ["location", "image"]


async def test_unread_marks_search_and_faults(scene: Scene) -> None:
    await scene.open(SRI)
    esme = await Esme.connect(scene.process.smpp_port)
    await esme.bind()
    await expect(scene.page.locator("#links")).to_contain_text("Operator 1 tersambung")
    await esme.submit(AINI, b"untuk Aini")
    entry = scene.page.get_by_role("button", name="Bidan Aini")
    await expect(entry.locator(".unread")).to_have_text("1")
    await entry.click()
    await expect(scene.card(AINI).locator(".bubble")).to_contain_text("untuk Aini")
    await expect(entry.locator(".unread")).to_have_count(0)
    await scene.page.get_by_label("Cari ponsel").fill("sri")
    await expect(scene.page.locator("#list .entry")).to_have_count(1)
    await scene.page.get_by_role("button", name="Gangguan", exact=True).click()
    await scene.page.get_by_role("switch", name="Laporan kirim hilang").check()
    await expect(scene.page.locator("#faults-count")).to_have_text("1")
    assert scene.process.faults.sms.lose_receipts
    esme.close()


async def test_the_story_of_a_message_is_opened_by_a_click_and_goes_on_live(scene: Scene) -> None:
    await scene.open(AINI)
    sms = scene.card(AINI).locator(".bubble.received")
    first, second = await Esme.connect(scene.process.smpp_port), await Esme.connect(scene.process.smpp2_port)
    await first.bind()
    await second.bind(system_id="kentongan2")
    await expect(scene.page.locator("#links")).to_contain_text("Operator 1 tersambungOperator 2 tersambung")
    async with Handset(scene.url) as phones:
        await phones.faults(sms={"throttle": 2})
        for _ in range(2):
            await first.submit(AINI, b"Awas banjir")
        strip = scene.card(AINI).locator(".refused").first
        await expect(strip).to_contain_text(re.compile("Operator 1 gagal 2.: terlalu cepat"))
        await second.submit(AINI, b"Awas banjir", receipt=1)
    await expect(strip).to_be_hidden()
    await expect(sms.locator(".via")).to_have_text("SMS · Operator 2")
    await expect(sms.get_by_role("list")).to_be_hidden()
    await sms.locator("summary").click()
    story = sms.get_by_role("list", name="Perjalanan pesan")
    await expect(story).to_be_in_viewport(ratio=1)
    await expect(story).to_contain_text("Lewat Operator 2")
    for words in ("Operator 1 gagal: terlalu cepat 2", "diserahkan layanan", "tampil di ponsel", "dijawab"):
        await expect(story).to_contain_text(words)
    await expect(story).not_to_contain_text("laporan")
    await second.delivered()
    await expect(story).to_contain_text("laporan “sampai” diambil layanan")
    first.close()
    second.close()


async def test_an_sms_goes_to_the_number_that_was_chosen(scene: Scene) -> None:
    await scene.open(SRI)
    second = await Esme.connect(scene.process.smpp2_port)
    await second.bind(system_id="kentongan2")
    number = scene.card(SRI).get_by_label("Nomor tujuan SMS")
    await expect(number.locator("option")).to_have_text(["Operator 1", "Operator 2", "Twilio"])
    await number.select_option("Operator 2")
    await scene.card(SRI).get_by_label("Pesan dari Bidan Sri").fill("SIAP")
    await scene.card(SRI).get_by_label("Pesan dari Bidan Sri").press("Enter")
    assert (await second.delivered())["destination"] == "2626"
    await scene.card(SRI).get_by_text("WhatsApp", exact=True).click()
    await expect(number).to_be_hidden()
    second.close()


async def test_each_carrier_is_broken_on_a_tab_of_its_own(scene: Scene) -> None:
    await scene.open(SRI)
    await scene.page.get_by_role("button", name="Gangguan", exact=True).click()
    await scene.page.get_by_role("tab", name="Twilio").click()
    await scene.page.get_by_role("spinbutton", name="Terlalu cepat").fill("3")
    await scene.page.get_by_role("spinbutton", name="Terlalu cepat").press("Enter")
    await expect(scene.page.get_by_role("tab", name="Twilio")).to_have_text("Twilio1")
    await scene.page.get_by_role("tab", name="Operator 2").click()
    await scene.page.get_by_role("button", name="Putuskan").click()
    await expect(scene.page.get_by_role("tab", name="Operator 2")).to_have_text("Operator 21")
    assert scene.process.faults.twilio.throttle == 3
    assert scene.process.faults.sms2.down_until > 0
    assert scene.process.faults.sms.throttle == 0
    await scene.page.get_by_role("button", name="Pulihkan semuanya").click()
    await expect(scene.page.locator("#faults-count")).to_be_hidden()


async def test_nothing_a_service_writes_becomes_markup(scene: Scene) -> None:
    await scene.open(SRI)
    esme = await Esme.connect(scene.process.smpp_port)
    await esme.bind()
    await esme.submit(SRI, b"<img src=x onerror=alert(1)>")
    await expect(scene.card(SRI).locator(".bubble p")).to_have_text("<img src=x onerror=alert(1)>")
    esme.close()


async def test_it_works_on_a_narrow_screen(scene: Scene) -> None:
    await scene.page.set_viewport_size({"width": 360, "height": 700})
    await scene.open()
    await scene.page.get_by_role("button", name="Bidan Sri").click()
    await expect(scene.card(SRI).get_by_label("Pesan dari Bidan Sri")).to_be_visible()
    wide = await scene.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    async with Handset(scene.url) as phones:
        await scene.card(SRI).get_by_label("Pesan dari Bidan Sri").fill("MENU")
        await scene.card(SRI).get_by_role("button", name="Kirim", exact=True).click()
        await expect(scene.card(SRI).locator(".bubble")).to_contain_text("MENU")
        assert [one["text"] for one in await phones.messages(SRI)] == ["MENU"]
    await scene.card(SRI).get_by_role("button", name="Tutup").click()
    await expect(scene.page.get_by_label("Cari ponsel")).to_be_visible()


async def test_whatever_a_thumb_hits_on_a_narrow_screen_is_large_enough_and_opens_in_sight(scene: Scene) -> None:
    await scene.page.set_viewport_size({"width": 360, "height": 560})
    await scene.open(SRI)
    esme = await Esme.connect(scene.process.smpp_port)
    await esme.bind()
    for number in range(6):
        await esme.submit(SRI, f"Kabar {number}: tetap dampingi ibu, kendaraan sedang menuju ke sana".encode())
    card = scene.card(SRI)
    await expect(card.locator(".bubble.received")).to_have_count(6)
    for channel in ("SMS", "WhatsApp"):
        await card.get_by_text(channel, exact=True).last.click()
        assert await scene.page.evaluate(TOO_LOW) == []
    await card.locator("summary").last.click()
    await expect(card.get_by_role("list", name="Perjalanan pesan").last).to_be_in_viewport(ratio=1)
    esme.close()
