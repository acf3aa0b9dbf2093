"""The broker and the database without a supervisor, for a test run: started together, ended by record."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import asyncpg

from stack import broker, database, records
from stack.certificates import make_certificates
from stack.errors import StackError
from stack.home import Home, is_listening
from stack.logs import why
from stack.secret_files import SERVICES, make_secrets

PATIENCE = 110.0  # seconds; usual are 4, many when the machine is busy with something else


def prepare(home: Home) -> None:
    """Make what a first start needs: folders, secrets, keys, the broker's storage, the database's files."""
    home.make_folders()
    make_secrets(home.secrets)
    make_certificates(home)
    with ThreadPoolExecutor(2) as pool:
        for made in [pool.submit(broker.prepare, home), pool.submit(database.prepare, home)]:
            made.result()


def start(home: Home) -> None:
    """Start both and wait until they answer. Raises StackError with what one said that does not."""
    prepare(home)
    for name in ("kafka", "postgres"):
        _spawn(home, name)
    wait_for(home, lambda: _check_running(home))
    asyncio.run(database.ensure_databases(home, SERVICES))


def stop(home: Home) -> None:
    """End both by record."""
    records.end([home.run / "postgres.pid"], signal.SIGINT)
    records.end([home.run / "kafka.pid"])


def wait_for(home: Home, check: Callable[[], None]) -> None:
    """Wait until both answer. `check` is asked all the while and raises when waiting makes no sense."""
    give_up = time.monotonic() + PATIENCE
    for name, ready in (("kafka", _kafka_listens), ("postgres", _postgres_lets_in)):
        while not ready(home):
            check()
            if time.monotonic() > give_up:
                raise StackError(f"{name} does not answer after {PATIENCE:.0f} s: {why(home, name)}")
            time.sleep(0.05)


def _check_running(home: Home) -> None:
    for name in ("kafka", "postgres"):
        if records.running(home.run / f"{name}.pid") is None:
            raise StackError(f"{name} cannot start: {why(home, name)}")


def _kafka_listens(home: Home) -> bool:
    return is_listening(home.port("kafka"))


def _postgres_lets_in(home: Home) -> bool:
    async def come_and_go() -> None:
        await (await database.connect(home)).close()

    try:
        asyncio.run(come_and_go())
    except (OSError, asyncpg.PostgresError):
        return False
    return True


def _spawn(home: Home, name: str) -> None:
    told = {"KENTONGAN_HOME": str(home.root), "KENTONGAN_PORT_BASE": str(home.base)}
    with (home.log / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "stack.launch", name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=os.environ | told,
            start_new_session=True,  # Ctrl-C in the tests is not for the servers
        )
    records.write(home.run / f"{name}.pid", process.pid)
