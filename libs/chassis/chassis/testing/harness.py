"""Runs whole services inside a test's own loop, on the run's broker and database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from chassis.kafka.catalogue import Catalogue
from chassis.process import Process
from chassis.testing.kafka import Kafka
from chassis.testing.postgres import Databases
from chassis.testing.until import until

ANY_PORT = "127.0.0.1:0"
READY_WITHIN = 30.0  # seconds


@dataclass(slots=True)
class Harness:
    """`services` is the folder of services; `stack` gives the environment that the stack gives a service."""

    kafka: Kafka
    databases: Databases
    services: Path
    stack: Callable[[str], dict[str, str]]

    async def environment(self, service: str) -> dict[str, str]:
        """Give the settings of a process of this test: a database of its own, any free ports."""
        folder = self.services / service / "migrations"
        made = await self.databases(service, folder if folder.is_dir() else None)
        return self.stack(service) | {
            "KENTONGAN_POSTGRES_URL": made.url,
            "KENTONGAN_GRPC_ADDRESS": ANY_PORT,
            "KENTONGAN_HTTP_ADDRESS": ANY_PORT,
            "KENTONGAN_WEBHOOK_ADDRESS": ANY_PORT,
        }

    async def create_topics(self, catalogue: Catalogue) -> None:
        """Make every topic of the catalogue for this test, open to its producers and consumers."""
        await self.kafka.create_all(catalogue)

    @asynccontextmanager
    async def running(self, *processes: Process) -> AsyncIterator[None]:
        """Run the processes for a block of a test: all ready at its begin, stopped in reverse at its end."""
        async with AsyncExitStack() as stack:
            for process in processes:
                process.access = replace(process.access, prefix=self.kafka.prefix)
                stack.push_async_callback(process.stop)
                await process.start()
            await asyncio.gather(*(_until_ready(process) for process in processes))
            yield


async def _until_ready(process: Process) -> None:
    try:
        await until(lambda: not process.unready, READY_WITHIN)
    except TimeoutError:
        raise TimeoutError(f"{process.name} is not ready after {READY_WITHIN} s: {process.unready}") from None
