"""What is done to the stack, and how long it takes until all is well again."""

import asyncio
import time
from dataclasses import dataclass, field

import asyncpg
import psutil
from e2e.running import Running

from handset.client import Handset
from stack import database, processes, readiness, records
from stack.home import is_listening

PATIENCE = 240.0  # a broker that starts on a machine with other work to do has taken 100


@dataclass(slots=True)
class Faults:
    """Only recorded processes are signalled. `windows` are [begin, end] of each fault, in seconds of the epoch."""

    running: Running
    windows: list[list[float]] = field(default_factory=list)
    told: list[tuple[str, float]] = field(default_factory=list)

    async def kill(self, name: str) -> None:
        """kill -9 a recorded process; its supervisor brings it back."""
        begin, process = time.time(), self._process(name)
        process.kill()
        await self._healed(f"kill -9 {name}", begin, unlike=(name, process.pid))

    async def kill_backend(self, user: str) -> None:
        """kill -9 one server process of PostgreSQL, at which all of them begin anew."""
        begin = time.time()
        workers = (one for one in self._process("postgres").children() if f"postgres: {user}" in _title(one))
        next(workers).kill()
        await asyncio.sleep(0.5)
        await self._healed(f"kill -9 a backend of {user}", begin)

    async def kill_supervisor(self) -> None:
        """kill -9 the supervisor; its orphans go on until `up` takes over."""
        begin = time.time()
        self._process("supervisor").kill()
        await asyncio.sleep(2)
        answer = await asyncio.to_thread(self.running.command, "up")
        assert answer.returncode == 0, answer.stderr
        await self._healed("kill -9 the supervisor, up", begin)

    async def drop(self, channel: str, seconds: float) -> None:
        """Stop a carrier: its links are cut and new ones refused."""
        begin = time.time()
        async with Handset(self.running.handset) as phones:
            await phones.drop(channel, seconds)
        await asyncio.sleep(seconds)
        await self._healed(f"{channel} away for {seconds:.0f} s", begin)

    async def throttle(self, requests: int) -> None:
        """Let the carriers refuse so many messages for now."""
        begin = time.time()
        async with Handset(self.running.handset) as phones:
            await phones.faults(sms={"throttle": requests}, whatsapp={"throttle": requests})
        await asyncio.sleep(4)
        async with Handset(self.running.handset) as phones:
            await phones.clear_faults()
        await self._healed(f"both carriers throttle {requests}", begin)

    def _process(self, name: str) -> psutil.Process:
        found = records.running(self.running.home.run / f"{name}.pid")
        assert found is not None, f"{name} does not run"
        return found

    async def _healed(self, what: str, begin: float, unlike: tuple[str, int] | None = None) -> None:
        give_up = time.monotonic() + PATIENCE
        while ill := await self._ill(unlike):
            assert time.monotonic() < give_up, f"not well {PATIENCE:.0f} s after: {what}: {ill}"
            await asyncio.sleep(0.2)
        self.windows.append([begin, time.time()])
        self.told.append((what, time.time() - begin))

    async def _ill(self, unlike: tuple[str, int] | None) -> str:
        """What is not well yet."""
        home = self.running.home
        if unlike:
            now = records.running(home.run / f"{unlike[0]}.pid")
            if now is None or now.pid == unlike[1]:
                return f"no new {unlike[0]}"
        if not is_listening(home.port("kafka")):
            return "no broker listens"
        try:
            await (await database.connect(home)).close()
        except (OSError, asyncpg.PostgresError) as error:
            return f"the database: {error!r}"
        ready = [(one.name, await asyncio.to_thread(readiness.is_ready, home, one)) for one in processes.written()]
        return ", ".join(f"{name} is not ready" for name, well in ready if not well)


def _title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # it ended while we looked: a worker that cleans tables lives for a moment
        return ""
