"""Does what a deletion asks for outside of the contact's own rows: what is on its way, what was kept of messages.

Each person is one transaction that ends with the mark that it is done, so that a process killed in the middle leaves
the whole of it to the next. Rows that only count (deliveries, alerts) stay.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import phonenumbers

from chassis.auth.cipher import CannotDecryptError
from chassis.kernel.ids import derived_id
from chassis.postgres import outbox
from chassis.postgres.outbox import Outbox, Written
from chassis.postgres.pool import Pool
from notifier.adapters.contact_tables import erasures
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.tried import BOTH
from notifier.adapters.twins import Whose, hold, unreached
from notifier.adapters.vault import Vault
from notifier.domain.delivery import UNSENT, State
from notifier.domain.erasure import Erasure

PATIENCE = 300.0  # seconds: deliveries have no index by contact, and a deletion is rare and hurries nobody
REASON = "deleted"

_TO_DO = "select id from erasure where done_at is null order by asked_at limit 1 for update skip locked"
_TWINS = "select alert from delivery where contact = $1 and tried = $2 and state = any($3::smallint[])"
_DROP = (
    "with gone as (update delivery set state = $2, reason = $3, due = null, at = $4"
    " where contact = $1 and state = any($5::smallint[]) returning alert, tried)"
    " select distinct a.id, a.subject, a.template, a.traceparent, gone.tried"
    " from gone join alert a on a.id = gone.alert"
)
_SETTLE = "update delivery set due = null where contact = $1 and due is not null"
# What was said to this person alone; a group's alert holds nobody's words. One that is being sent is read once more.
_WORDS = (
    "update alert set version = version + 1, sealed_values = '' where audience = $2::jsonb and sealed_values <> ''"
    " and not exists (select from delivery d where d.alert = alert.id and d.contact = $1 and d.state = $3)"
)
_TRACES = (
    "delete from carrier_message m using delivery d where d.contact = $1 and m.contact = $1 and m.alert = d.alert",
    "delete from desk_message where contact = $1",
    "update audit_read set asked_sealed = null where about @> array[$1::uuid]",
    "update message set version = version + 1, carrier_id = '' where contact = $1",
)
_DONE = "update erasure set version = version + 1, numbers_sealed = null, done_at = $2 where id = $1"


class Erasures:
    """Deletions that wait, one at a time. The connection is asyncpg's own, for its time-outs and its cursor."""

    def __init__(self, pool: Pool, vault: Vault, relay: Outbox) -> None:
        self._pool, self._vault, self._relay = pool, vault, relay
        self._table = erasures(vault)

    async def turn(self, now: datetime) -> bool:
        """Finish one deletion; False when none waits, or another process has it."""
        async with self._pool.acquire() as connection, connection.transaction():
            id_ = await connection.fetchval(_TO_DO)
            if id_ is None:
                return False
            [row] = await connection.fetch(self._table.peek_sql, [id_])
            await self._erase(connection, self._table.hydrate(row), now)
        self._relay.wake.set()
        return True

    async def sweep(self) -> None:
        """Forget numbers that were taken away."""
        await self._pool.execute("delete from further_phone where contact is null")

    async def _erase(self, connection: Any, erasure: Erasure, now: datetime) -> None:
        who = erasure.id
        alone = f'{{"groups": [], "contacts": ["{who}"]}}'
        await connection.execute(_WORDS, who, alone, State.SENDING, timeout=PATIENCE)
        if dropped := await self._drop(connection, who, now):
            await outbox.write(connection, dropped)
        await connection.execute(_SETTLE, who, timeout=PATIENCE)
        for statement in _TRACES:
            await connection.execute(statement, who, timeout=PATIENCE)
        await self._forget_kept(connection, erasure.numbers)
        await connection.execute(_DONE, who, now)

    async def _drop(self, connection: Any, who: UUID, now: datetime) -> list[Written]:
        """What is unsent, told once for each alert of which nothing was or is sent."""
        twins = await connection.fetch(_TWINS, who, BOTH, UNSENT, timeout=PATIENCE)
        await hold(connection, {row[0] for row in twins})
        gone = await connection.fetch(_DROP, who, State.DROPPED, REASON, now, UNSENT, timeout=PATIENCE)
        over = await unreached(connection, {Whose(row["id"], who) for row in gone if row["tried"] == BOTH})
        return [
            Facts(id_, subject, of, now, trace).dropped(who, REASON)
            for id_, subject, of, trace, tried in gone
            if tried != BOTH or Whose(id_, who) in over
        ]

    async def _forget_kept(self, connection: Any, numbers: tuple[str, ...]) -> None:
        """Messages that were not understood and parts of unfinished ones, where one of the numbers stands in them."""
        marks = [_mark(number).encode() for number in numbers]
        await self._delete(connection, "quarantine", "id, id, sealed", marks, lambda id_: id_)
        await self._delete(
            connection,
            "message_part",
            "source_hash, source_hash, source_sealed",
            marks,
            lambda source: derived_id("part", source.hex()),
        )
        digests = [self._vault.digest(number) for number in numbers]
        await connection.execute("delete from early_receipt where recipient_hash = any($1::bytea[])", digests)

    async def _delete(
        self, connection: Any, table: str, columns: str, marks: list[bytes], about: Callable[[Any], UUID]
    ) -> None:
        """Open every row of a table, a few at a time, and delete those that hold a mark."""
        key = columns.partition(",")[0]
        rows = connection.cursor(f"select {columns} from {table}", prefetch=200)  # noqa: S608 - names of this file
        found = [row[0] async for row in rows if self._holds(row[2], about(row[1]).bytes, marks)]
        if found:
            kind = "uuid" if key == "id" else "bytea"
            await connection.execute(f"delete from {table} where {key} = any($1::{kind}[])", found)  # noqa: S608 - as above

    def _holds(self, sealed: bytes, about: bytes, marks: list[bytes]) -> bool:
        try:
            plain = self._vault.cipher.decrypt(sealed, about)
        except CannotDecryptError:
            return False
        return any(mark in plain for mark in marks)


def _mark(number: str) -> str:
    """What stands in everything that a carrier brought from a number: +62812…, 62812… and 0812… end alike."""
    return str(phonenumbers.parse(number).national_number) if number.startswith("+") else number
