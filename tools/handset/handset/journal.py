"""An append-only file of what happened, so that a kill -9 loses no message that was shown.

One write() to the operating system per record: safe against the death of the process, not of the machine.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import orjson


class Journal(Protocol):
    """Where records go, and where they come from after a restart."""

    def write(self, kind: str, data: Any) -> None:
        """Keep a record. Raises OSError: it could not be kept."""

    def read(self) -> Iterator[tuple[str, Any]]:
        """Give the records kept so far."""

    def clear(self) -> None:
        """Forget all records."""


class FileJournal:
    """Keeps records as lines of JSON in a file."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._cut_torn_line()

    def _cut_torn_line(self) -> None:
        """Take away half a line that a killed process left behind."""
        content = self._path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole != len(content):
            os.ftruncate(self._file, whole)

    def write(self, kind: str, data: Any) -> None:
        """Append one line. Raises OSError: the disk is full."""
        line = orjson.dumps([kind, data]) + b"\n"
        length = os.fstat(self._file).st_size
        if os.write(self._file, line) != len(line):
            os.ftruncate(self._file, length)
            raise OSError("the journal's disk is full")

    def read(self) -> Iterator[tuple[str, Any]]:
        """Give the records in order."""
        with self._path.open("rb") as lines:
            for line in lines:
                kind, data = orjson.loads(line)
                yield kind, data

    def clear(self) -> None:
        """Empty the file."""
        os.ftruncate(self._file, 0)


class NoJournal:
    """Keeps nothing: for tests that need no restart."""

    def write(self, kind: str, data: Any) -> None:
        """Forget it."""

    def read(self) -> Iterator[tuple[str, Any]]:
        """Give nothing."""
        return iter(())

    def clear(self) -> None:
        """Do nothing."""
