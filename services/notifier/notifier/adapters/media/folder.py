"""A media store in a folder of this machine: for one box, and for trying things out."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from chassis.kernel.errors import NotFound, Transient

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


class FolderStore:
    """A file for each name. A name holds letters, digits and hyphens: it comes from us."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def start(self) -> None:
        """Nothing to connect to."""

    async def stop(self) -> None:
        """Nothing to give back."""

    async def put(self, name: str, content: bytes) -> None:
        """Write beside, then rename: a crash leaves no half."""
        await self._do(lambda: _write(self._path(name), content))

    async def get(self, name: str) -> bytes:
        """Read the file."""
        try:
            content: bytes = await asyncio.to_thread(self._path(name).read_bytes)
        except FileNotFoundError:
            raise NotFound("reference") from None
        except OSError as error:
            raise Transient(f"media folder: {error.strerror}") from error
        return content

    async def delete(self, name: str) -> None:
        """Remove the file."""
        await self._do(lambda: self._path(name).unlink(missing_ok=True))

    async def _do(self, work: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(work)
        except OSError as error:
            raise Transient(f"media folder: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    beside = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
