"""docs/handset.png, made anew: `PYTHONPATH=tests python -m browser.picture http://localhost:8800 docs/handset.png`.

Wants a stack on which `make demo` has just been played. The midwife's last answer comes by the second operator, as
the first one refuses it, and its story is open.
"""

import asyncio
import re
import sys

from browser.chromium import ARGUMENTS, CHROMIUM
from playwright.async_api import async_playwright

from handset.client import Handset

MIDWIFE, HOSPITAL, RESIDENT = "6281200000001", "6281200000008", "6281200000034"


async def play(url: str) -> None:
    """Ask once more how the referral stands, while the first operator is too busy."""
    async with Handset(url) as phones:
        codes = [re.search(r"\bR[2-9A-Z]{4}\b", one["text"]) for one in await phones.messages(MIDWIFE)]
        code = [found[0] for found in codes if found][-1]
        await phones.faults(sms={"throttle": 1})
        await phones.say(MIDWIFE, f"STATUS {code}")
        await phones.expect(MIDWIFE, code, timeout=30)
        await phones.clear_faults()


async def take(url: str, file: str) -> None:
    """The page as a person at a desk sees it, at the hour of Rembang."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        page = await browser.new_page(
            viewport={"width": 1360, "height": 800}, locale="id-ID", timezone_id="Asia/Jakarta"
        )
        await page.goto(f"{url}/#{MIDWIFE},{HOSPITAL},{RESIDENT}")
        await page.locator(f".card[data-phone='{MIDWIFE}'] summary").last.click()
        await page.locator(".entry").first.hover()
        await page.wait_for_timeout(1500)  # until all is read and the list has settled
        await page.screenshot(path=file)
        await browser.close()


async def main(url: str, file: str) -> None:
    await play(url)
    await take(url, file)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
