"""What a batch writes, collected and sent as one statement: a round trip costs more than most of what it carries."""

import re
from collections.abc import Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import Any

from chassis.postgres.pool import Connection

_PARAMETER = re.compile(r"\$(\d+)")


class Stale(Exception):  # noqa: N818 - the state of a row, told to the boundary
    """A row changed under a lock that should have kept it: somebody wrote past the boundary."""


class _Kind(Enum):
    HOLD = auto()  # locks rows and tells whether all stand as they were read
    CHANGE = auto()  # must find as many rows as it was given
    ADD = auto()


class Writing:
    """Parts of one statement. Each sees the database as it was before all of them.

    Rows that are held are locked in the order in which they were given to `hold`, before anything is written.
    """

    __slots__ = ("_arguments", "_expected", "_parts")

    def __init__(self) -> None:
        self._parts: list[tuple[_Kind, str, int]] = []
        self._arguments: list[Any] = []
        self._expected: list[tuple[str, int]] = []

    def hold(self, sql: str, *arguments: object) -> None:
        """Write nothing unless `sql` gives true (column `stands`)."""
        self._take(_Kind.HOLD, sql, arguments)

    def change(self, name: str, rows: int, sql: str, *arguments: object) -> None:
        """Change exactly so many rows of the table `name`."""
        self._expected.append((name, rows))
        self._take(_Kind.CHANGE, sql, arguments)

    def add(self, sql: str, *arguments: object) -> str:
        """Do what finds any number of rows. Gives the part's name: parts that follow may read what it returns."""
        self._take(_Kind.ADD, sql, arguments)
        return f"part{len(self._parts) - 1}"

    async def send(self, connection: Connection) -> None:
        """Do it all, or nothing. Raises Stale; asyncpg's SerializationError where what is held has changed."""
        if not self._parts:
            return
        row = await connection.fetchrow(_joined(tuple(self._parts)), *self._arguments)
        for (name, expected), found in zip(self._expected, (row or ())[1:], strict=True):
            if found != expected:
                raise Stale(name)

    def _take(self, kind: _Kind, sql: str, arguments: Sequence[object]) -> None:
        self._parts.append((kind, sql, len(arguments)))
        self._arguments += arguments


@lru_cache(maxsize=1000)
def _joined(parts: tuple[tuple[_Kind, str, int], ...]) -> str:
    """One statement of several: a service has a few dozens of such, prepared once a connection."""
    named, stands, counts, before = [], [], [], 0
    for place, (kind, sql, arguments) in enumerate(parts):
        text = _shifted(sql, before)
        before += arguments
        if kind is _Kind.HOLD:
            stands.append(f"(select stands from part{place})")  # noqa: S608 - numbers
        elif kind is _Kind.CHANGE:
            text += " returning 1"
            counts.append(f"(select count(*) from part{place})")  # noqa: S608 - as above
        named.append(f"part{place} as ({text})")
    # PostgreSQL works out what is selected from left to right, and does the parts that nothing asks for at the end.
    sure = f"case when {' and '.join(stands)} then 0 else read_is_stale() end" if stands else "0"
    return f"with {', '.join(named)} select {', '.join([sure, *counts])}"


def _shifted(sql: str, by: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + by}", sql)
