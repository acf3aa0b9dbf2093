"""A connection of its own, outside any pool, for what lives with the session: a lane's ownership, listening."""

from typing import Any

import asyncpg

from chassis.postgres.known_types import KnowingConnection
from chassis.postgres.pool import COMMAND_TIMEOUT


async def open_session(url: str, *, password: str, name: str) -> Any:
    """Connect to the server that takes writes; `name` shows in pg_stat_activity."""
    return await asyncpg.connect(
        url,
        password=password,
        timeout=COMMAND_TIMEOUT,
        command_timeout=COMMAND_TIMEOUT,
        target_session_attrs="read-write",
        connection_class=KnowingConnection,
        server_settings={"application_name": name},
    )
