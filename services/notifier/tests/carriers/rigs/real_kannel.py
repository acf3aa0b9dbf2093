"""A real Kannel on this machine, for tests: bearerbox and smsbox in a folder, bound to an SMPP centre on loopback."""

import asyncio
import contextlib
import shutil
from pathlib import Path
from typing import Self

from chassis.testing.ports import free_port
from notifier.adapters.kannel.settings import KannelSettings, parse
from notifier.adapters.kannel.testing import SECRET

_PATIENCE = 20.0  # seconds until it must listen
_CONF = """
group = core
admin-port = {admin}
admin-interface = 127.0.0.1
admin-password = {secret}
smsbox-port = {box}
smsbox-interface = 127.0.0.1
store-type = file
store-location = {folder}/store
dlr-storage = internal

group = smsc
smsc = smpp
smsc-id = centre
host = 127.0.0.1
port = {centre}
transceiver-mode = true
smsc-username = {user}
smsc-password = {password}
system-type = ""
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {sendsms}
sendsms-interface = 127.0.0.1
http-request-retry = 100000
http-queue-delay = 1

group = sendsms-user
username = desa
password = rahasia
concatenation = true
max-messages = 10

group = sms-service
keyword = default
catch-all = true
max-messages = 0
omit-empty = true
get-url = "{hook}?secret={secret}&id=%I&from=%p&to=%P&text=%b&coding=%c&charset=%C"
"""


def missing() -> str:
    """Why there is none; empty: it is here."""
    absent = [name for name in ("bearerbox", "smsbox") if _program(name) is None]
    return f"no {' and no '.join(absent)} on this machine: Debian's package is kannel" if absent else ""


def _program(name: str) -> str | None:
    return shutil.which(name) or shutil.which(name, path="/usr/sbin")


class RealKannel:
    """Start it and point a carrier at `settings()`."""

    def __init__(self, folder: Path, centre: tuple[str, str, int], callback: str) -> None:
        self._folder, self._callback = folder, callback
        self._sendsms, self._box = free_port(), free_port()
        hook = f"{callback}/webhooks/kannel/kannel"
        user, password, port = centre
        ports = {"admin": free_port(), "box": self._box, "sendsms": self._sendsms, "centre": port}
        told = {"folder": folder, "secret": SECRET, "user": user, "password": password, "hook": hook}
        (folder / "kannel.conf").write_text(_CONF.format(**ports, **told))
        self._running: dict[str, asyncio.subprocess.Process] = {}

    async def __aenter__(self) -> Self:
        """Start both boxes and wait until they listen."""
        await self.begin("bearerbox", self._box)
        await self.mend()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """End both."""
        for name in ("smsbox", "bearerbox"):
            await self.end(name)

    def settings(self) -> KannelSettings:
        """Where a client finds it."""
        query = f"from=KENTONGAN&secret={SECRET}&callback={self._callback}"
        return parse(f"kannel://desa:rahasia@127.0.0.1:{self._sendsms}?{query}")

    async def cut(self) -> None:
        """Let sendsms be gone."""
        await self.end("smsbox")

    async def mend(self) -> None:
        """Let it be there again."""
        await self.begin("smsbox", self._sendsms)

    async def begin(self, name: str, port: int) -> None:
        """Start a box and wait until it listens. Raises TimeoutError."""
        log = (self._folder / f"{name}.log").open("ab")
        program, conf = _program(name) or name, str(self._folder / "kannel.conf")
        self._running[name] = await asyncio.create_subprocess_exec(program, conf, stdout=log, stderr=log)
        log.close()
        async with asyncio.timeout(_PATIENCE):
            while not await _listens(port):  # noqa: ASYNC110 - another program's port
                await asyncio.sleep(0.05)

    async def end(self, name: str) -> None:
        """Kill a box."""
        running = self._running.pop(name, None)
        if running is not None:
            with contextlib.suppress(ProcessLookupError):
                running.kill()
            await running.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
