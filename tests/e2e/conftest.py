"""One whole stack for the stories, with short clocks, on a home and ports of its own.

KENTONGAN_E2E_HOME names a running stack to use instead (KENTONGAN_PORT_BASE its ports): it is left as it was.
"""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chassis.testing.kafka import Broker, Kafka
from e2e.running import Running, or_skip, up
from handset.client import Handset
from handset.demo.stage import Stage
from stack import for_tests, jars
from stack.home import Home


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The stack of the stories, gone when they are told. Skips with the reason where Java or Maven are absent."""
    if given := os.environ.get("KENTONGAN_E2E_HOME"):
        home = Home(Path(given), int(os.environ["KENTONGAN_PORT_BASE"]))
        yield Running(home, home.root / "traces.jsonl")
        return
    or_skip(jars.java)
    or_skip(jars.jars)
    home = Home(tmp_path_factory.mktemp("stories") / "home", for_tests.free_hundred())
    with up(Running(home, home.root / "traces.jsonl")) as one:
        yield one


@pytest.fixture
async def stage(running: Running) -> AsyncIterator[Stage]:
    """The people of the demo region with their phones."""
    async with Handset(running.handset) as phones:
        await phones.clear_faults()
        yield Stage(phones, await phones.phones())
        await phones.clear_faults()


@pytest.fixture
async def bus(running: Running) -> AsyncIterator[Kafka]:
    """The stack's broker, as its administrator sees it."""
    home = running.home
    broker = Broker(home.address("kafka"), home.secrets / "ca.pem", home.secrets)
    admin = broker.admin()
    corner = Kafka(broker, admin, prefix="")
    yield corner
    await corner.close()
    admin.close()
