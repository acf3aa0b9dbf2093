"""Receipts, matched to what was sent. Repeats change nothing; those that come too early are kept and tried again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.postgres import outbox
from chassis.postgres.outbox import Outbox, Written
from chassis.postgres.pool import Connection, Pool
from notifier import metrics
from notifier.adapters.alert_news import AlertNews
from notifier.adapters.delivery_facts import Facts
from notifier.adapters.lining_up import move
from notifier.adapters.tried import BIT, BOTH, CHANNELS
from notifier.adapters.twins import Whose, hold, words_of
from notifier.adapters.vault import Vault
from notifier.adapters.wakes import Wakes, queue_word
from notifier.application.carriers import NeedsTemplate, Receipt, ReceiptState, Throttled, TryLater
from notifier.domain.channel import Channel, other, reachable_by
from notifier.domain.delivery import Next, State, after_delay, after_failure
from notifier.domain.lane import Lane, channel_of, lane_of, queue_of
from notifier.domain.twins import COPY

EARLY_FOR = timedelta(minutes=10)
"""How long a receipt for an unknown message is kept: carriers answer late, but not so late."""

_ARRIVED = {ReceiptState.DELIVERED: State.DELIVERED, ReceiptState.READ: State.READ}

_MATCH = (
    "select m.carrier_id, m.alert, m.contact, m.channel, m.at, c.phone_hash, a.subject, a.template, a.traceparent,"
    " a.lane"
    " from carrier_message m join contact c on c.id = m.contact join alert a on a.id = m.alert"
    " where m.carrier = $1 and m.carrier_id = any($2::text[]) order by m.at desc"
)
_PART = (
    "update carrier_message m set delivered = true, arrived_at = $5 from unnest($2::text[], $3::uuid[], $4::uuid[])"
    " as x(carrier_id, alert, contact) where m.carrier = $1 and m.carrier_id = x.carrier_id and m.alert = x.alert"
    " and m.contact = x.contact and not m.delivered"
)
# A long SMS has arrived when every part has. Of twins only the one of the channel has.
_ARRIVE = (
    "update delivery d set state = x.state, due = null, at = $5 from unnest($1::uuid[], $2::uuid[], $3::smallint[],"
    " $4::text[], $6::smallint[]) as x(alert, contact, state, channel, copy)"
    " where d.alert = x.alert and d.contact = x.contact and (d.tried <> 3 or d.copy = x.copy)"
    " and (d.state not in (3, 4, 6) or (d.state = 3 and x.state = 4))"
    " and (x.state = 4 or not exists (select 1 from carrier_message m where m.alert = d.alert"
    " and m.contact = d.contact and m.channel = x.channel and not m.delivered))"
    " returning d.alert, d.contact, x.state, x.channel"
)
_FAILED_ONE = (
    "select d.queue, d.seq, d.state, d.tried, d.tries, c.phone_hash is not null, c.whatsapp_hash is not null,"
    " a.expires_at <= $3 or a.state in ('cancelling', 'cancelled') from delivery d join contact c on c.id = d.contact"
    " join alert a on a.id = d.alert where d.alert = $1 and d.contact = $2"
    " and (d.tried <> 3 or d.copy = $4) for no key update of d"
)
# Free text was refused: the next try is a template, unless the person wrote since then.
_CLOSE = "update conversation set version = version + 1, whatsapp_at = null where id = $1 and whatsapp_at <= $2"
_STORE = "update delivery set state = $3, reason = $4, due = $5, at = $6 where queue = $1 and seq = $2"
_KEEP = (
    "insert into early_receipt(carrier, candidates, recipient_hash, state, reason, again, at)"
    " values ($1, $2, $3, $4, $5, $6, $7)"
)
_EARLY = (
    "select id, carrier, candidates, recipient_hash, state, reason, again, at from early_receipt"
    " order by id limit 500"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A carrier's word, reduced to what is needed. `again`: it failed, but the same channel may be tried again."""

    carrier: str
    candidates: tuple[str, ...]
    recipient_hash: bytes | None
    state: ReceiptState
    reason: str
    again: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class _Match:
    carrier_id: str
    alert: UUID
    contact: UUID
    channel: Channel
    sent_at: datetime
    lane: Lane
    facts: Facts


class Receipts:
    """Takes receipts in, in one transaction for all that came together."""

    def __init__(self, pool: Pool, vault: Vault, relay: Outbox, wakes: Wakes, news: AlertNews) -> None:
        self._pool, self._vault, self._relay, self._wakes, self._news = pool, vault, relay, wakes, news

    async def take(self, receipts: Sequence[Receipt], now: datetime) -> None:
        """Store what they say. Returns when it is committed; the facts are on their way."""
        said = [self._said(receipt, now) for receipt in receipts if receipt.state in _ARRIVED | _LOST]
        if said:
            async with self._pool.acquire() as connection, connection.transaction():
                rows, queues, early = await self._apply(connection, said, now)
                for one in early:
                    await connection.execute(_KEEP, *_kept(one))
            self._tell(rows, queues)

    async def retry_early(self, now: datetime) -> int:
        """Try again what came too early; forget what nobody waits for any more. Gives how many still wait."""
        if not await self._pool.fetchval("select exists(select 1 from early_receipt)"):
            return 0
        async with self._pool.acquire() as connection, connection.transaction():
            stored = [(row["id"], _restored(row)) for row in await connection.fetch(_EARLY)]
            rows, queues, early = await self._apply(connection, [one for _, one in stored], now)
            waiting = {id(one) for one in early if now - one.at < EARLY_FOR}
            done = [number for number, one in stored if id(one) not in waiting]
            await connection.execute("delete from early_receipt where id = any($1::bigint[])", done)
        metrics.RECEIPTS.labels("any", "unknown").inc(len(early) - len(waiting))
        self._tell(rows, queues)
        return len(waiting)

    def _said(self, receipt: Receipt, now: datetime) -> Said:
        failure = receipt.failure
        return Said(
            carrier=receipt.carrier,
            candidates=receipt.candidates,
            recipient_hash=self._vault.digest(receipt.recipient) if receipt.recipient else None,
            state=receipt.state,
            reason=failure.reason if failure else receipt.state.value,
            again=isinstance(failure, Throttled | TryLater | NeedsTemplate),
            at=now,
        )

    async def _apply(
        self, connection: Connection, said: Sequence[Said], now: datetime
    ) -> tuple[list[Written], set[int], list[Said]]:
        """Match and store; gives what is to be told, the queues that got something, and what matched nothing."""
        matches = await self._match(connection, said, now)
        known = [(one, match) for one, match in zip(said, matches, strict=True) if match is not None]
        arrived = [(one, match) for one, match in known if one.state in _ARRIVED]
        if lost := {match.alert for one, match in known if one.state in _LOST and match.lane is Lane.LIFE_SAFETY}:
            await hold(connection, lost)
        written = await self._arrive(connection, arrived, now) if arrived else []
        queues: set[int] = set()
        for one, match in known:
            if one.state not in _ARRIVED:
                written += await self._fail(connection, one, match, now, queues)
        if written:
            await outbox.write(connection, written)
        for one, found in zip(said, matches, strict=True):
            metrics.RECEIPTS.labels(one.state.value, "matched" if found else "early").inc()
        return written, queues, [one for one, match in zip(said, matches, strict=True) if match is None]

    async def _match(self, connection: Connection, said: Sequence[Said], now: datetime) -> list[_Match | None]:
        found: dict[tuple[str, str], list[Any]] = {}
        for carrier in {one.carrier for one in said}:
            ids = [each for one in said if one.carrier == carrier for each in one.candidates]
            for row in await connection.fetch(_MATCH, carrier, ids):
                found.setdefault((carrier, row["carrier_id"]), []).append(row)
        return [_first_fitting(one, found, now) for one in said]

    async def _arrive(
        self, connection: Connection, arrived: Sequence[tuple[Said, _Match]], now: datetime
    ) -> list[Written]:
        for carrier in {one.carrier for one, _ in arrived}:
            parts = [match for one, match in arrived if one.carrier == carrier]
            await connection.execute(
                _PART,
                carrier,
                [part.carrier_id for part in parts],
                [part.alert for part in parts],
                [part.contact for part in parts],
                now,
            )
        written: list[Written] = []
        for best in _rounds(arrived):
            changed = await connection.fetch(
                _ARRIVE,
                [alert for alert, _ in best],
                [contact for _, contact in best],
                [int(state) for state, _ in best.values()],
                [match.channel.value for _, match in best.values()],
                now,
                [COPY[match.channel] for _, match in best.values()],
            )
            written += [_arrival(best[row["alert"], row["contact"]][1], State(row["state"])) for row in changed]
        return written

    async def _fail(
        self, connection: Connection, said: Said, match: _Match, now: datetime, queues: set[int]
    ) -> list[Written]:
        """It will not arrive this way: the other way, or later again, or never: always where the alert is over."""
        row = await connection.fetchrow(_FAILED_ONE, match.alert, match.contact, now, COPY[match.channel])
        if (
            row is None
            or row["state"] not in {State.SENT, State.UNCLEAR}
            or channel_of(row["queue"]) != match.channel
        ):
            return []
        queue, seq, _, tried, tries, has_phone, has_whatsapp, over = row
        if said.reason == NeedsTemplate.default_reason:
            await connection.execute(_CLOSE, match.contact, match.sent_at)
        reachable = reachable_by(phone=has_phone, whatsapp=has_whatsapp)
        what = Next(State.FAILED, said.reason) if over else _next(said, match.channel, tried, tries, reachable)
        if what.reroute:
            target = queue_of(lane_of(queue), other(match.channel))
            bit = BIT[match.channel]
            states = (State.SENT, State.UNCLEAR)
            await move(connection, queue, target, [seq], states=states, at=now, reason=what.reason, tried=bit)
            queues.add(target)
        else:
            due = now + what.wait if what.wait is not None else None
            await connection.execute(_STORE, queue, seq, what.state, what.reason, due, now)
        if tried == BOTH and what.state is State.FAILED:
            whose = Whose(match.alert, match.contact)
            what = (await words_of(connection, {whose: what}, COPY[match.channel]))[whose]
        told = match.facts.tried(match.contact, what, match.channel, turn=f"receipt.{queue}.{seq}.{tries}")
        return [told] if told else []

    def _tell(self, written: Sequence[Written], queues: Iterable[int]) -> None:
        if written:
            self._relay.wake.set()
            self._news.told(written)
        for queue in queues:
            self._wakes.wake(queue_word(queue))


_LOST = {ReceiptState.FAILED: State.FAILED}
_Best = dict[tuple[UUID, UUID], tuple[State, _Match]]


def _rounds(arrived: Sequence[tuple[Said, _Match]]) -> list[_Best]:
    """The best word for each person, and after it what the other channel says of the same person."""
    best: dict[tuple[UUID, UUID, Channel], tuple[State, _Match]] = {}
    for one, match in arrived:
        state, key = _ARRIVED[one.state], (match.alert, match.contact, match.channel)
        if key not in best or state > best[key][0]:
            best[key] = (state, match)
    first, second = _Best(), _Best()
    for (alert, contact, _), said in sorted(best.items(), key=lambda item: -item[1][0]):
        (second if (alert, contact) in first else first)[alert, contact] = said
    return [each for each in (first, second) if each]


def _first_fitting(said: Said, found: dict[tuple[str, str], list[Any]], now: datetime) -> _Match | None:
    """The first candidate that is known and whose recipient is the one the carrier names: ids can collide."""
    for candidate in said.candidates:
        for row in found.get((said.carrier, candidate), ()):
            if said.recipient_hash is None or row["phone_hash"] is None or row["phone_hash"] == said.recipient_hash:
                facts = Facts(row["alert"], row["subject"], row["template"], now, row["traceparent"])
                return _Match(
                    candidate,
                    row["alert"],
                    row["contact"],
                    Channel(row["channel"]),
                    row["at"],
                    Lane(row["lane"]),
                    facts,
                )
    return None


def _next(said: Said, channel: Channel, tried: int, tries: int, reachable: frozenset[Channel]) -> Next:
    if said.again and (later := after_delay(said.reason, tries)) is not None:
        return later
    return after_failure(said.reason, channel, CHANNELS[tried], reachable)


def _arrival(match: _Match, state: State) -> Written:
    tell = match.facts.read if state is State.READ else match.facts.arrived
    return tell(match.contact, match.channel)


def _kept(one: Said) -> tuple[object, ...]:
    return (one.carrier, one.candidates, one.recipient_hash, one.state.value, one.reason, one.again, one.at)


def _restored(row: Any) -> Said:
    return Said(
        row["carrier"],
        tuple(row["candidates"]),
        row["recipient_hash"],
        ReceiptState(row["state"]),
        row["reason"],
        row["again"],
        row["at"],
    )
