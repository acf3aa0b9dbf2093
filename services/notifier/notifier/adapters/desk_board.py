"""Reads for the service desk: who waits, who has whom, what was said. Nothing is locked."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres.pool import Pool
from notifier.adapters.desk_tables import read_desk_message
from notifier.adapters.vault import Vault
from notifier.application.desk_views import Said, Standing
from notifier.domain.alert import AlertState
from notifier.domain.channel import Channel
from notifier.domain.delivery import State
from notifier.domain.desk import DeskState

_STANDING = (
    "select v.id, v.desk_state, v.desk_officer, o.name_sealed, v.desk_since, v.desk_word_at, v.desk_answered,"
    " v.last_channel, v.whatsapp_at from conversation v left join contact o on o.id = v.desk_officer"
)
_OPEN = (
    f"{_STANDING} where v.desk_state <> 'bot' and v.desk_state = any($1::text[])"
    " and ($2::timestamptz is null or (v.desk_since, v.id) > ($2, $3::uuid)) order by v.desk_since, v.id limit $4"
)
_SAID = (
    "select m.seq, m.id, m.version, m.contact, m.channel, m.sealed, m.at, m.officer, d.state, d.reason,"
    " a.state as raised, a.reason as refused from desk_message m"
    " left join alert a on m.officer is not null and a.id = m.id"
    " left join person_delivery d on d.alert = a.id and d.contact = m.contact"
    " where m.contact = $1 and ($2::bigint is null or m.seq < $2) order by m.seq desc limit $3"
)


class DeskBoard:
    """What officers ask."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault

    async def open(
        self, states: Collection[DeskState], after: tuple[datetime, UUID] | None = None, limit: int | None = None
    ) -> list[Standing]:
        """Conversations that the bot has not, those who wait longest first; `after` is the last one's place."""
        since, contact = after or (None, None)
        rows = await self._pool.fetch(_OPEN, [state.value for state in states], since, contact, limit)
        return [self._standing(row) for row in rows]

    async def standing(self, contact: UUID) -> Standing | None:
        """One conversation, whoever has it."""
        row = await self._pool.fetchrow(f"{_STANDING} where v.id = $1", contact)
        return self._standing(row) if row else None

    async def said(self, contact: UUID, before: int | None, limit: int) -> list[Said]:
        """What was said, the newest first."""
        return [self._said(row) for row in await self._pool.fetch(_SAID, contact, before, limit)]

    async def erase(self, before: datetime) -> None:
        """Erase what was said before."""
        await self._pool.execute("delete from desk_message where at < $1", before)

    def _standing(self, row: Any) -> Standing:
        contact, state, officer, name, since, word_at, answered, channel, whatsapp_at = row
        return Standing(
            contact,
            DeskState(state),
            officer,
            self._vault.show(name, officer),
            since,
            word_at,
            answered,
            Channel(channel) if channel else None,
            whatsapp_at,
        )

    def _said(self, row: Any) -> Said:
        seq, *stored, state, reason, raised, refused = row
        message = read_desk_message(self._vault, *stored)
        if state is not None:
            return Said(seq, message, State(state), reason)
        if raised in {AlertState.PLANNED, AlertState.REJECTED}:  # planned, and no way to reach the person was found
            return Said(seq, message, State.FAILED, refused or "no_address")
        return Said(seq, message, None, "")
