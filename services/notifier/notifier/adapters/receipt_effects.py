"""What a receipt does to the delivery that it is about: it arrived, was read, or will not arrive this way."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from chassis.postgres.outbox import Written
from chassis.postgres.pool import Connection
from notifier.adapters.lining_up import move
from notifier.adapters.receipt_matching import Match, Said
from notifier.adapters.tried import BIT, BOTH, CHANNELS
from notifier.adapters.twins import Whose, words_of
from notifier.application.carrier_errors import NeedsTemplate
from notifier.application.incoming import ReceiptState
from notifier.domain.channel import Channel, other, reachable_by
from notifier.domain.delivery import Next, State, after_delay, after_failure
from notifier.domain.lane import channel_of, lane_of, queue_of
from notifier.domain.twins import COPY

ARRIVED = {ReceiptState.DELIVERED: State.DELIVERED, ReceiptState.READ: State.READ}
LOST = frozenset({ReceiptState.FAILED})

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

_Best = dict[tuple[UUID, UUID], tuple[State, Match]]


async def arrive(connection: Connection, arrived: Sequence[tuple[Said, Match]], now: datetime) -> list[Written]:
    """Store that messages arrived or were read; what is to be told."""
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


async def fail(connection: Connection, said: Said, match: Match, now: datetime, queues: set[int]) -> list[Written]:
    """It will not arrive this way: the other way, or later again, or never: always where the alert is over."""
    row = await connection.fetchrow(_FAILED_ONE, match.alert, match.contact, now, COPY[match.channel])
    if row is None or row["state"] not in {State.SENT, State.UNCLEAR} or channel_of(row["queue"]) != match.channel:
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


def _rounds(arrived: Sequence[tuple[Said, Match]]) -> list[_Best]:
    """The best word for each person, and after it what the other channel says of the same person."""
    best: dict[tuple[UUID, UUID, Channel], tuple[State, Match]] = {}
    for one, match in arrived:
        state, key = ARRIVED[one.state], (match.alert, match.contact, match.channel)
        if key not in best or state > best[key][0]:
            best[key] = (state, match)
    first, second = _Best(), _Best()
    for (alert, contact, _), said in sorted(best.items(), key=lambda item: -item[1][0]):
        (second if (alert, contact) in first else first)[alert, contact] = said
    return [each for each in (first, second) if each]


def _next(said: Said, channel: Channel, tried: int, tries: int, reachable: frozenset[Channel]) -> Next:
    if said.again and (later := after_delay(said.reason, tries)) is not None:
        return later
    return after_failure(said.reason, channel, CHANNELS[tried], reachable)


def _arrival(match: Match, state: State) -> Written:
    tell = match.facts.read if state is State.READ else match.facts.arrived
    return tell(match.contact, match.channel)
