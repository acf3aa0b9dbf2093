"""What a process knows of PostgreSQL's own types: asked once, not by each connection for itself.

asyncpg asks the catalogue for every array type on every connection that meets it, some 15 ms each time: the first
alert after a start waited for that, once a connection. Types with ids below 10000 are the same in every database.
"""

from types import SimpleNamespace
from typing import Any

import asyncpg

FIRST_OF_A_DATABASE = 10_000  # ids below are given by hand in PostgreSQL's sources and never change
_NO_STATEMENT = SimpleNamespace(name="known")  # nothing was asked, so no statement of the connection is lost

_known: dict[frozenset[int], Any] = {}


class KnowingConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg has no types
    """A connection that asks for the built-in types which no connection of this process has met."""

    async def _introspect_types(self, typeoids: Any, timeout: Any) -> Any:  # noqa: ASYNC109 - asyncpg's own
        asked = frozenset(typeoids)
        if max(asked) >= FIRST_OF_A_DATABASE:
            return await super()._introspect_types(typeoids, timeout)
        if asked not in _known:
            _known[asked], _ = await super()._introspect_types(typeoids, timeout)
        return _known[asked], _NO_STATEMENT
