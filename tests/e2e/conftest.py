"""One whole stack for the stories, with short clocks, on a home and ports of its own.

KENTONGAN_E2E_HOME names a running stack to use instead (KENTONGAN_PORT_BASE its ports): it is left as it was.
"""

import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chassis.testing.kafka import Broker, Kafka
from handset.client import Handset
from handset.demo.stage import Stage
from stack import for_tests, jars
from stack.errors import StackError
from stack.home import Home

CLOCKS = "telponi.emergency_offer=8s,gareng_mesem.pickup_offer=8s,destana.acknowledge=10s"
"""Long enough to answer in, short enough to be silent through."""


@dataclass(frozen=True, slots=True)
class Running:
    """A stack that runs. `traces` is the file to which all its processes write their spans."""

    home: Home
    traces: Path

    @property
    def handset(self) -> str:
        return f"http://{self.home.address('handset')}"

    def environment(self) -> dict[str, str]:
        """What every process of this stack is told besides its own."""
        own = {"KENTONGAN_HOME": str(self.home.root), "KENTONGAN_PORT_BASE": str(self.home.base)}
        return own | {"KENTONGAN_CLOCKS": CLOCKS, "KENTONGAN_TRACES": str(self.traces)}

    def command(self, verb: str) -> "subprocess.CompletedProcess[str]":
        plain = {name: text for name, text in os.environ.items() if not name.startswith("KENTONGAN_")}
        line = [sys.executable, "-m", "stack", verb]
        told = plain | self.environment()
        return subprocess.run(line, env=told, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The stack of this run. Skips with the reason where Java or Maven are absent."""
    if given := os.environ.get("KENTONGAN_E2E_HOME"):
        home = Home(Path(given), int(os.environ["KENTONGAN_PORT_BASE"]))
        yield Running(home, home.root / "traces.jsonl")
        return
    try:
        jars.java()
        jars.jars()
    except StackError as problem:
        pytest.skip(str(problem))
    home = Home(tmp_path_factory.mktemp("stories") / "home", for_tests.free_hundred())
    one = Running(home, home.root / "traces.jsonl")
    try:
        answer = one.command("up")
        assert answer.returncode == 0, answer.stderr
        yield one
    finally:
        one.command("clean")


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
