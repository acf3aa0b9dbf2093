"""What comes in from carriers, kept until it is whole, and kept where it cannot be understood."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.kernel.errors import Transient
from chassis.kernel.ids import derived_id, new_id
from chassis.postgres.pool import Pool
from notifier.adapters.departures import Departures
from notifier.adapters.templates import Templates
from notifier.adapters.vault import Vault
from notifier.application.incoming import EXPECTED, IncomingSms, Notice, Quarantined
from notifier.application.ports import LongMessage
from notifier.domain import words
from notifier.domain.text.coding import Coding
from notifier.domain.text.fragment import Fragment
from notifier.domain.text.reassembly import is_whole, join

SETTLED_WITHIN = 15.0  # seconds until a carrier is told "not now"; it brings the same again
SEEN_FOR = timedelta(days=3)
"""How long a repeat is known: carriers keep an SMS for some days at most, and the inbox remembers longer."""

GIVEN_UP = timedelta(seconds=5)
"""A carrier may have given up an answer that took longer, and bring the message again; it may have done so already
when the answer comes, for what waited for Kafka is answered all at once."""
IN_DOUBT = timedelta(seconds=60)
"""A message that came so shortly before this process began may have been answered by one that was killed before the
answer left: the links of a dead process cannot tell."""
BROUGHT_AGAIN = timedelta(minutes=10)
"""Until so long after the begin: a carrier brings again at the next bind what it thinks unanswered."""

_PART = (
    "insert into message_part(source_hash, reference, total, number, coding, sealed, source_sealed, at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8)"
    " on conflict (source_hash, reference, total, number) do update set coding = excluded.coding,"
    " sealed = excluded.sealed"
)
_PARTS = (
    "select source_hash, reference, total, number, coding, sealed, source_sealed, at from message_part"
    " where source_hash = $1 and reference = $2 and total = $3 order by number"
)
_OLD = (
    "select source_hash, reference, total from message_part group by source_hash, reference, total"
    " having max(at) <= $1 limit 100"
)
_REPEATS = (  # $2 to $6: `Mailroom._repeats`
    "(seen.at > $2 and (not seen.answered or $3 or seen.at between $4 and $5 or seen.slow and seen.at > $6))"
)
# A repeat gets the id of the message it repeats, everything else the new one that is offered.
_TICKET = (
    "insert into sms_seen as seen (digest, message, at) values ($1, $7, $8) on conflict (digest) do update set"  # noqa: S608 - the constant above
    f" message = case when {_REPEATS} then seen.message else excluded.message end,"
    " answered = false, slow = false, at = excluded.at returning message"
)
# Where the same came again meanwhile, the answer to that one counts.
_ANSWERED = "update sms_seen set answered = true, slow = $3 where digest = $1 and at = $2"
_DONE = (
    f"select exists(select from sms_seen seen where digest = $1 and {_REPEATS})"  # noqa: S608 - the constant above
    " and not exists(select from message_part where source_hash = $7 and reference = $8 and total = $9)"
)
_ERASE = (
    "update conversation set version = version + 1, kept_sealed = null, kept_service = '', kept_at = null"
    " where kept_at < $1"
)
_REPLIED = (
    "select m.alert, a.template, d.id is not null from carrier_message m join alert a on a.id = m.alert"
    " left join desk_message d on d.id = m.alert"
    " where m.carrier = $1 and m.carrier_id = $2 limit 1"
)


class Mailroom:
    """Tables of what is on its way in."""

    def __init__(self, pool: Pool, vault: Vault, templates: Templates, began: datetime) -> None:
        self._pool, self._vault, self._templates = pool, vault, templates
        self._began, self._departures = began, Departures(pool)

    async def ticket(self, sms: IncomingSms, now: datetime) -> UUID:
        """The message's id: the one it got before where it is the carrier's repeat, else a new one."""
        digest = self._vault.digest(sms.fingerprint)
        ticket: UUID = await self._pool.fetchval(_TICKET, digest, *self._repeats(sms, now), new_id(), now)
        return ticket

    def _repeats(self, sms: IncomingSms, now: datetime) -> tuple[datetime, bool, datetime, datetime, datetime]:
        """When the same bytes must have come to be repeated now: at all, doubted, from and to, slowly answered."""
        return now - SEEN_FOR, sms.may_repeat, *self._doubted(now), now - EXPECTED

    def _doubted(self, now: datetime) -> tuple[datetime, datetime]:
        """When the messages came whose answers a killed process may not have got out; an empty span later on."""
        if now > self._began + BROUGHT_AGAIN:
            return self._began, self._began - IN_DOUBT
        return self._began - IN_DOUBT, self._began

    async def answered(self, sms: IncomingSms, came: datetime, now: datetime) -> None:
        """The carrier is about to be told that we have it: the same bytes are a new message from now on.

        `came` is the `now` of its ticket.
        """
        await self._pool.execute(_ANSWERED, self._vault.digest(sms.fingerprint), came, now - came > GIVEN_UP)

    async def add_part(self, sms: IncomingSms, now: datetime) -> LongMessage | None:
        """Store a part; the whole message when it was the last one missing. A repeat of a whole one's is left out."""
        fragment = sms.fragment
        if fragment is None:
            raise ValueError("not a part of anything")
        key = self._vault.digest(f"{sms.source}\x1f{sms.destination}")
        seen = (self._vault.digest(sms.fingerprint), *self._repeats(sms, now))
        if await self._pool.fetchval(_DONE, *seen, key, fragment.reference, fragment.total):
            await self.ticket(sms, now)
            return None
        about = derived_id("part", key.hex())
        sealed = self._vault.cipher.encrypt(fragment.data, about.bytes)
        source = self._vault.cipher.encrypt(sms.source.encode(), about.bytes)
        given = (fragment.reference, fragment.total, fragment.number, fragment.coding.value)
        await self._pool.execute(_PART, key, *given, sealed, source, now)
        await self.ticket(sms, now)
        return await self._joined((key, fragment.reference, fragment.total), only_whole=True)

    async def overdue(self, now: datetime, limit: timedelta) -> list[LongMessage]:
        """Messages whose missing parts are given up: as far as they came, with gaps marked."""
        rows = await self._pool.fetch(_OLD, now - limit)
        found = [await self._joined(tuple(row), only_whole=False) for row in rows]
        return [one for one in found if one is not None]

    async def forget(self, whole: LongMessage) -> None:
        """Its parts are not needed any more."""
        await self._pool.execute(
            "delete from message_part where source_hash = $1 and reference = $2 and total = $3", *whole.key
        )

    async def erase(self, before: datetime, now: datetime) -> None:
        """Erase places and photos whose word did not come, and what is too old to be repeated."""
        await self._pool.execute(_ERASE, before)
        await self._pool.execute("delete from sms_seen where at <= $1", now - SEEN_FOR)

    async def _joined(self, key: tuple[Any, ...], *, only_whole: bool) -> LongMessage | None:
        rows = await self._pool.fetch(_PARTS, *key)
        about = derived_id("part", key[0].hex()).bytes
        fragments = [
            Fragment(r["reference"], r["total"], r["number"], Coding(r["coding"]), self._open(r["sealed"], about))
            for r in rows
        ]
        if not fragments or (only_whole and not is_whole(fragments)):
            return None
        source = self._open(rows[0]["source_sealed"], about).decode()
        began = min(row["at"] for row in rows).isoformat()
        return LongMessage(
            derived_id("sms", key[0].hex(), str(key[1]), str(key[2]), began), source, join(fragments), key
        )

    def _open(self, sealed: bytes, about: bytes) -> bytes:
        return self._vault.cipher.decrypt(sealed, about)

    async def replied(self, carrier: str, carrier_id: str) -> tuple[UUID, str | None] | None:
        """The alert of ours that a message answers, and the service, or the desk, that sent it."""
        row = await self._pool.fetchrow(_REPLIED, carrier, carrier_id)
        if row is None:
            return None
        alert, template, of_desk = row
        return alert, words.DESK if of_desk else self._templates.service_of(template)

    async def quarantine(self, spoiled: Quarantined, now: datetime) -> None:
        """Keep what cannot be understood, for the operator."""
        about = new_id()
        sealed = self._vault.cipher.encrypt(spoiled.raw, about.bytes)
        await self._pool.execute(
            "insert into quarantine(id, carrier, reason, detail, sealed, at) values ($1, $2, $3, $4, $5, $6)",
            about,
            spoiled.carrier,
            spoiled.reason,
            spoiled.detail,
            sealed,
            now,
        )

    async def note(self, notice: Notice, now: datetime) -> None:
        """Keep news about an account."""
        about = new_id()
        sealed = self._vault.cipher.encrypt(notice.body.encode(), about.bytes)
        await self._pool.execute(
            "insert into notice(id, carrier, kind, sealed, at) values ($1, $2, $3, $4, $5)",
            about,
            notice.carrier,
            notice.kind,
            sealed,
            now,
        )

    async def settled(self) -> None:
        """Return when Kafka has everything that was committed until now. Raises Transient after a while."""
        try:
            async with asyncio.timeout(SETTLED_WITHIN):
                await self._departures.all()
        except TimeoutError as error:
            raise Transient("Kafka does not take what came in") from error
