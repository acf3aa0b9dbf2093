"""Processes of a bench: whole services as the stack runs them, on the bench's own servers."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import grpc
import psutil

from chassis.auth.grants import Grant
from chassis.auth.tokens import Signer
from stack import contents, processes, readiness
from stack.home import Home
from stack.processes import Service

READY_WITHIN = 60.0  # seconds; much longer than needed, for machines that do something else
SERVICES = {service.name: service for service in processes.SERVICES}


async def prepare(home: Home) -> None:
    """Make databases, tables, topics and rights, as `make up` does."""
    await asyncio.to_thread(contents.ensure_contents, home)


@asynccontextmanager
async def launched(
    home: Home, service: Service, command: Iterable[str] = (), **environment: str
) -> AsyncIterator[psutil.Process]:
    """Run one service, or `command` in its environment, until the block ends. Raises RuntimeError with its log."""
    line = [sys.executable, *(command or ("-m", service.module))]
    log = home.log / f"bench-{service.name}-{os.getpid()}.log"
    told: Mapping[str, str] = {**processes.environment(home, service), **environment}
    paths = {"PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    with log.open("wb") as said:
        process = subprocess.Popen(line, stdout=said, stderr=said, env={**told, **paths})  # noqa: ASYNC220, S603 - ourselves, in a millisecond
    try:
        give_up = time.monotonic() + READY_WITHIN
        while not await asyncio.to_thread(readiness.is_ready, _at(home, service, environment), service):
            if process.poll() is not None or time.monotonic() > give_up:
                raise RuntimeError(f"{service.name} is not ready: {log.read_text()[-2000:]}")
            await asyncio.sleep(0.05)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 10)


def _at(home: Home, service: Service, environment: Mapping[str, str]) -> Home:
    """The home by whose ports the service is reached: another base where it was given other addresses."""
    address = environment.get("KENTONGAN_HTTP_ADDRESS")
    if address is None:
        return home
    moved = int(address.rpartition(":")[2]) - home.port(service.listener)
    return Home(home.root, home.base + moved)


@asynccontextmanager
async def channel(home: Home, address: str) -> AsyncIterator[grpc.aio.Channel]:
    """Connect to a service with TLS."""
    credentials = grpc.ssl_channel_credentials((home.secrets / "ca.pem").read_bytes())
    async with grpc.aio.secure_channel(address, credentials) as opened:
        yield opened


def token(home: Home, contact: UUID, *grants: str) -> list[tuple[str, str]]:
    """Metadata of calls by somebody with these roles, for an hour."""
    signer = Signer.from_pem((home.secrets / "jwt.key").read_bytes())
    issued = signer.issue(contact, [Grant.parse(grant) for grant in grants], timedelta(hours=1))
    return [("authorization", f"Bearer {issued}")]
