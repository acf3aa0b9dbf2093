"""The notifier's lanes in processes of their own beside a stack, each brought back when it dies."""

import asyncio
import contextlib
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Self

from e2e.running import Running

from notifier.config import LANES, ROLES
from stack import processes
from stack.home import Home

REST_OF_IT = ",".join(sorted(ROLES - set(LANES)))
FIRST_PORT = 90  # of the stack's hundred; a lane takes three
PATIENCE = 120.0
NOTIFIER = next(one for one in processes.SERVICES if one.name == "notifier")


class Apart(Running):
    """A stack whose notifier leaves the lanes to others, at any hour of the day."""

    def environment(self) -> dict[str, str]:
        told = {
            "KENTONGAN_NOTIFIER_ROLES": REST_OF_IT,
            "KENTONGAN_QUIET_HOURS": "off",
            "KENTONGAN_ROUTINE_PER_DAY": "off",
        }
        return Running.environment(self) | told


@dataclass(slots=True)
class LaneProcess:
    """One lane: started, watched, started again."""

    role: str
    told: dict[str, str]
    log: str
    now: asyncio.subprocess.Process | None = None
    keeper: "asyncio.Task[None] | None" = None

    async def keep(self) -> None:
        while True:
            with open(self.log, "ab") as log:  # noqa: ASYNC230, PTH123 - handed to the process
                line = (sys.executable, "-m", "notifier")
                self.now = await asyncio.create_subprocess_exec(*line, env=self.told, stdout=log, stderr=log)
            await self.now.wait()
            await asyncio.sleep(0.2)

    def kill(self) -> None:
        """kill -9."""
        assert self.now is not None, f"{self.role} was never started"
        self.now.kill()

    async def back(self, unlike: int | None) -> None:
        """Wait until it works, in another process than `unlike`."""
        give_up = time.monotonic() + PATIENCE
        url = f"http://{self.told['KENTONGAN_HTTP_ADDRESS']}/readyz"
        while self.now is None or self.now.pid == unlike or not await asyncio.to_thread(_ready, url):
            assert time.monotonic() < give_up, f"{self.role} is not back after {PATIENCE:.0f} s: {self.log}"
            await asyncio.sleep(0.1)


@dataclass(slots=True)
class LaneProcesses:
    """All lanes, as `async with LaneProcesses(running)`."""

    running: Running
    of: dict[str, LaneProcess] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        for number, role in enumerate(LANES):
            lane = LaneProcess(role, _told(self.running, role, number), str(self.running.home.log / f"{role}.log"))
            lane.keeper = asyncio.create_task(lane.keep())
            self.of[role] = lane
        for lane in self.of.values():
            await lane.back(None)
        return self

    async def __aexit__(self, *exc: object) -> None:
        for lane in self.of.values():
            if lane.keeper is not None:
                lane.keeper.cancel()
            if lane.now is not None and lane.now.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    lane.now.kill()
                await lane.now.wait()


def _told(running: Running, role: str, number: int) -> dict[str, str]:
    """The notifier's environment of this stack, with work and ports of its own."""
    home: Home = running.home
    first = home.base + FIRST_PORT + 3 * number
    names = ("KENTONGAN_HTTP_ADDRESS", "KENTONGAN_GRPC_ADDRESS", "KENTONGAN_WEBHOOK_ADDRESS")
    ports = {name: f"127.0.0.1:{first + offset}" for offset, name in enumerate(names)}
    given = {name: text for name, text in processes.environment(home, NOTIFIER).items() if name not in ports}
    return given | running.environment() | ports | {"KENTONGAN_NOTIFIER_ROLES": role}


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except OSError:
        return False
