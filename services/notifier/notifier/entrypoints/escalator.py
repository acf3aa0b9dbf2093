"""Walks the chains of those who are silent: a look twice a second, and on while something is due."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

LOOK = 0.5  # seconds
_log = logging.getLogger(__name__)


async def escalate(turn: Callable[[], Awaitable[bool]]) -> None:
    """Take turns until cancelled. `turn` says whether more may be due; one that fails is tried again later."""
    while True:
        try:
            more = await turn()
        except Exception:  # noqa: BLE001 - told in the log with its trace; what was not committed is due again
            _log.exception("an escalation failed; it is tried again")
            more = False
        if not more:
            await asyncio.sleep(LOOK)
