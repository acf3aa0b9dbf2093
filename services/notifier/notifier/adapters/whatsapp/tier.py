"""How many people templates may still reach today.

Meta counts unique people to whom a business account begins to speak (by template) in a rolling 24 hours, and refuses
those beyond the account's tier. People with an open 24-hour window are not counted: do not reserve for them.
Source: WhatsApp Business Platform, "Messaging limits".
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

DAY = timedelta(hours=24)
UNLIMITED = 2**31 - 1
"""People; what an account without a limit has."""

_LEFT = (
    "select greatest(tier - counted + (select count(*) from whatsapp_person where at <= $1), 0)::int"
    " from whatsapp_account"
)
_RESERVE = "select whatsapp_reserve($1::uuid[], $2, $3)"
_NOTE = "select whatsapp_note($1::uuid[], $2)"
_ASSUME = "update whatsapp_account set tier = $1 where not tier_told and tier <> $1"
_TOLD = "update whatsapp_account set tier = $1, tier_told = true where tier <> $1 or not tier_told"
_TIER = re.compile(r"(?:TIER_)?(\d{1,9})(K?)")


async def left(connection: Any, now: datetime) -> int:
    """How many more people templates may reach now. `connection`: one of ours, or a pool."""
    found: int = await connection.fetchval(_LEFT, now - DAY)
    return found


async def reserve(connection: Any, contacts: Sequence[UUID], now: datetime, *, spare: int = 0) -> set[UUID]:
    """Take places for contacts; gives those who may be reached by template, in the order given while there is room.

    Who was counted in the last 24 hours is free. `spare` places stay for others (routine leaves some to warnings).
    The account's row is locked until the caller's transaction ends: with a pool it is this statement's own, and what
    is then not sent after all counts for its 24 hours nevertheless.
    """
    if not contacts:
        return set()
    return {row[0] for row in await connection.fetch(_RESERVE, list(contacts), now, spare)}


async def note(connection: Any, contacts: Sequence[UUID], now: datetime) -> None:
    """Count people to whom a template went without a place: they were spoken to, whatever the tier says.

    A try of which nobody knows the end counts as well: the account may have taken it.
    """
    await connection.execute(_NOTE, list(contacts), now)


async def assume(connection: Any, people: int) -> None:
    """Take the setting's tier, while the account has told none."""
    await connection.execute(_ASSUME, people)


async def told(connection: Any, people: int) -> None:
    """Take the tier that the account tells."""
    await connection.execute(_TOLD, people)


def people_of(text: object) -> int | None:
    """Read `TIER_250`, `TIER_2K`, `TIER_UNLIMITED` or a plain number; None for what is no tier."""
    word = str(text).strip().upper() if isinstance(text, str | int) and not isinstance(text, bool) else ""
    if word in {"TIER_UNLIMITED", "UNLIMITED", "-1"}:
        return UNLIMITED
    found = _TIER.fullmatch(word)
    return min(int(found[1]) * (1000 if found[2] else 1), UNLIMITED) if found else None
