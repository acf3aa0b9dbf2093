import aiohttp
import pytest

from chassis.kafka import catalogue
from chassis.process import Process
from chassis.settings import ProcessSettings, load
from chassis.testing.harness import Harness
from stack.home import CHECKOUT

pytestmark = pytest.mark.integration


async def test_a_process_runs_inside_the_test(harness: Harness) -> None:
    await harness.create_topics(catalogue.load(CHECKOUT / "proto/topics"))
    process = Process("telponi", load(ProcessSettings, "telponi", await harness.environment("telponi")))
    async with (
        harness.running(process),
        aiohttp.request("GET", f"http://127.0.0.1:{process.http_port}/readyz") as answer,
    ):
        assert answer.status == 200
    assert process.unready
