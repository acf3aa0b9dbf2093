"""How a process runs from `__main__`."""

import asyncio
import gc
import signal

import asyncpg
import structlog
import uvloop

from chassis.process.process import Process
from chassis.telemetry import set_up_logs, set_up_traces, shut_down_traces

_log = structlog.get_logger(__name__)


def run(process: Process) -> None:
    """Run until SIGTERM or SIGINT on a uvloop, drain, return. Exits with status 1 when it cannot start."""
    telemetry = process.settings.telemetry
    set_up_logs(process.name, telemetry.log_level)
    set_up_traces(process.name, telemetry.traces, telemetry.trace_share)
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_until_told(process))
    except (OSError, asyncpg.PostgresError) as error:
        _log.error("cannot start", reason=f"{type(error).__name__}: {error}")
        raise SystemExit(1) from None
    finally:
        shut_down_traces()


def spare_collecting() -> None:
    """Let Python's garbage collector leave alone what was made so far, and come less often.

    What was made until the start is done lives as long as the process; what a batch makes dies by its reference
    counts. Looking through both again and again was a fifth of the CPU of an event.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


async def _until_told(process: Process) -> None:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    starting = asyncio.create_task(process.start())
    waiting = asyncio.create_task(told.wait())
    try:
        await asyncio.wait([starting, waiting], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            spare_collecting()
            await waiting
    finally:
        for task in (starting, waiting):
            task.cancel()
        await asyncio.wait([starting, waiting])
        await process.stop()
