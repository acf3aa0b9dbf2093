"""The broker and the database without a supervisor, for a test run: started together, ended by record."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg

from stack import broker, database, records
from stack.certificates import make_certificates
from stack.errors import StackError
from stack.home import Home, is_listening
from stack.secret_files import SERVICES, make_secrets

PATIENCE = 60.0


def prepare(home: Home) -> None:
    """Make what a first start needs: folders, secrets, keys, the broker's storage, the database's files."""
    home.make_folders()
    make_secrets(home.secrets)
    make_certificates(home)
    with ThreadPoolExecutor(2) as pool:
        for made in [pool.submit(broker.prepare, home), pool.submit(database.prepare, home)]:
            made.result()


def start(home: Home) -> None:
    """Start both and wait until they answer. Raises StackError with the last line of the log of one that does not."""
    prepare(home)
    for name in ("kafka", "postgres"):
        _spawn(home, name)
    wait_for_kafka(home)
    asyncio.run(wait_for_postgres(home))
    asyncio.run(database.ensure_databases(home, SERVICES))


def stop(home: Home) -> None:
    """End both by record."""
    records.end([home.run / "postgres.pid"], signal.SIGINT)
    records.end([home.run / "kafka.pid"])


def wait_for_kafka(home: Home) -> None:
    """Wait until the broker takes connections."""
    _wait(home, "kafka", lambda: is_listening(home.port("kafka")))


async def wait_for_postgres(home: Home) -> None:
    """Wait until the database lets its administrator in."""
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            await (await database.connect(home)).close()
        except (OSError, asyncpg.PostgresError) as problem:
            if time.monotonic() > give_up:
                raise StackError(f"postgres does not answer: {_last_line(home.log / 'postgres.log')}") from problem
            await asyncio.sleep(0.05)
        else:
            return


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


def _wait(home: Home, name: str, ready: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not ready():
        gone = records.running(home.run / f"{name}.pid") is None
        if gone or time.monotonic() > give_up:
            raise StackError(f"{name} did not start: {_last_line(home.log / f'{name}.log')}")
        time.sleep(0.05)


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][:300] if lines else "its log is empty"
