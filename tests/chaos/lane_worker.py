"""A worker of the lane trial: `python lane_worker.py NAME SETTINGS`. Writes a line per record once it is done."""

import asyncio
import json
import random
import signal
import sys
from pathlib import Path

import uvloop

from chassis.kafka.lane import Lane
from chassis.kafka.security import Access
from chassis.kafka.transport import Batch


async def main(name: str, settings: dict[str, str]) -> None:
    """Read until SIGTERM, taking between 0 and 50 ms for a batch."""
    access = Access(settings["bootstrap"], settings["user"], Path(settings["ca"]), settings["password"])
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    with Path(settings["log"]).open("a", buffering=1) as log:  # noqa: ASYNC230 - a line per batch, in one write

        async def handle(batch: Batch) -> None:
            await asyncio.sleep(random.random() * 0.05)
            log.write("".join(f"{name} {batch.partition} {one.offset}\n" for one in batch.records))

        lane = Lane(access, settings["group"], [settings["topic"]], handle, max_batch=100)
        await lane.start()
        await told.wait()
        await lane.drain(2)
        await lane.stop()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1], json.loads(Path(sys.argv[2]).read_text())))
