"""Kannel as the peer: 1,500 messages into its store, bearerbox killed -9 in the middle; what it loses and doubles."""

import asyncio
import json
import re
import time
from collections import Counter
from pathlib import Path

import aiohttp
import pytest
from rigs import real_kannel as real

from chassis.testing.until import until
from notifier.adapters.smpp.testing import Centre

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(180)]

MESSAGES, WINDOW = 1500, 10  # Kannel's own: max-pending-submits
CONNECTIONS = 16
ANSWER = 0.03  # seconds until the centre answers: about 300 messages a second
QUIET = 15.0  # seconds without a message after which none comes any more
CODE = re.compile(rb"Kode (K\d{4})")


async def test_kannel_is_killed_in_the_middle_of_1500(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    if why := real.missing():
        pytest.skip(why)
    async with Centre() as centre:
        centre.delay = ANSWER
        async with real.RealKannel(tmp_path, ("desa", "rahasia", centre.port), "http://127.0.0.1:9") as kannel:
            filling = asyncio.create_task(fill(kannel._sendsms))
            await until(lambda: len(centre.submits) >= MESSAGES // 4, 60)
            accepted = await filling
            before = len(centre.submits)
            await kannel.end("bearerbox")
            await kannel.begin("bearerbox", kannel._box)
            await quiet(centre)
            copies = Counter(
                found[1] for pdu in centre.submits if (found := CODE.search(pdu.octets("short_message")))
            )
    lost, doubled = len(accepted - set(copies)), sum(copies.values()) - len(copies)
    with capsys.disabled():
        told = {"peer": "kannel", "accepted": len(accepted), "handed over before the kill": before}
        print("\n" + json.dumps(told | {"lost": lost, "doubled": doubled, "window": WINDOW}))
    assert len(accepted) == MESSAGES, "Kannel did not take all: the trial says nothing"
    assert WINDOW < before < MESSAGES - WINDOW, "it was not killed in the middle: the trial says nothing"
    assert len(copies) > before, "it sent nothing after its restart: the trial says nothing"


async def fill(port: int) -> set[bytes]:
    """Ask sendsms for every message; the codes that it took."""
    numbers, accepted = iter(range(MESSAGES)), set[bytes]()
    url = f"http://127.0.0.1:{port}/cgi-bin/sendsms"

    async def one(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            code = f"K{number:04}"
            query = {"username": "desa", "password": "rahasia", "from": "KENTONGAN", "to": f"62811{number:07}"}
            async with session.get(url, params=query | {"text": f"SIAGA banjir. Kode {code}"}) as answer:
                if answer.status in {200, 202}:
                    accepted.add(code.encode())

    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(one(session))
    return accepted


async def quiet(centre: Centre) -> None:
    """Wait until all came, and as long again as it takes for no more to come."""
    seen, since = len(centre.submits), time.monotonic()
    while time.monotonic() - since < (3 if seen >= MESSAGES else QUIET):
        await asyncio.sleep(0.2)
        if len(centre.submits) != seen:
            seen, since = len(centre.submits), time.monotonic()
