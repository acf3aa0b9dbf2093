"""A lane's turn: outcomes are stored with what is told of them and what carriers call them, the next are claimed.

One statement (docs/decisions/0031, 0032).
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from chassis.kernel.ids import new_id
from chassis.postgres.as_text import BETWEEN, one_text
from notifier.adapters.contracts import DELIVERY_TOPIC
from notifier.adapters.delivery_facts import Facts, event_of
from notifier.application.ports import Outcome
from notifier.domain.delivery import Next, State
from notifier.domain.lane import channel_of

_PART = "\x1e"  # between the ids of one message's parts
_RANDOM = 28  # characters of an event's id where any will do: the others are its delivery's number
_NO_PLACE = re.compile(f"[\0{BETWEEN}{_PART}]")
# What is told and what carriers call it is stored only with the outcome itself: a turn that comes again adds nothing.
# `between`: planned while the queue is empty, the join would read it whole, and filter.
TURN = """
with done as (
  update delivery d set state = x.state, reason = coalesce(x.reason, ''), due = x.due, at = $5,
    tries = d.tries + (x.state <> 0)::int, accepted = string_to_array(x.accepted, $7)
  from unnest(string_to_array($8, $6)::bigint[], string_to_array($9, $6)::smallint[], string_to_array($10, $6, ''),
      string_to_array($11, $6, '')::timestamptz[], string_to_array($12, $6, ''), string_to_array($13, $6, ''),
      string_to_array($14, $6, ''), string_to_array($15, $6, '')::int[], string_to_array($16, $6)::uuid[],
      string_to_array($17, $6, '')::uuid[])
    as x(seq, state, reason, due, accepted, carrier, ids, fact, delivery, event)
  where d.queue = $1 and d.seq = x.seq and d.seq between $21 and $22 and d.state = 1
  returning d.seq, d.alert, d.contact, x.carrier, x.ids, x.fact, x.delivery, x.event),
told as (
  insert into outbox(topic, key, type, value, event_ids, subjects, occurred_at, traceparent)
  select $18, convert_to(alert::text, 'UTF8'), type, decode(value, 'hex'),
    array_agg(coalesce(event, ($23 || lpad(to_hex(seq & 4294967295), 8, '0'))::uuid) order by seq),
    array_agg(delivery order by seq), $5,
    (select nullif(a.traceparent, '') from alert a where a.id = done.alert)
  from done join unnest(string_to_array($19, $6), string_to_array($20, $6)) with ordinality
    as f(type, value, fact) using (fact)
  group by alert, fact, type, value),
ids as (
  insert into carrier_message(carrier, carrier_id, alert, contact, channel, at)
  select carrier, unnest(case ids when $7 then array[''] else string_to_array(substr(ids, 2), $7) end), alert,
    contact, $2, $5
  from done where ids is not null),
mine as (
  update delivery set state = 1, at = $5 where queue = $1 and seq between $3 and $4 and state = 0
  returning seq, alert, contact, tried, tries, accepted, reason)
select m.seq, m.alert, m.contact, m.tried, m.tries, m.accepted, m.reason, c.phone_sealed, c.whatsapp_sealed,
  case when $2 = 'whatsapp' then (select v.whatsapp_at from conversation v where v.id = m.contact) end,
  a.state in ('cancelling', 'cancelled'), c.language, a.successor is not null
from mine m join contact c on c.id = m.contact join alert a on a.id = m.alert
order by m.seq
"""
SETTINGS = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
"""Of the pool: every turn looks for the same few rows by their keys; to plan it anew took longer than to do it. What
is planned while the tables are empty, on a new system, must not read them whole when a warning has filled them.
"""


class _ToldOf(NamedTuple):
    """What is told in a turn: each kind once with the value that its deliveries share; and of each outcome the number
    of what is told and the event's id, empty where nothing is, or where any id will do.
    """

    kinds: list[str]
    values: list[bytes]
    numbers: list[int | str]
    events: list[str]

    def add(self, kind: str, value: bytes) -> int:
        """One more; its number, from 1."""
        self.kinds.append(kind)
        self.values.append(value)
        return len(self.kinds)


def arguments(queue: int, span: range, stored: Sequence[Outcome], said: Sequence[Next], now: datetime) -> list[Any]:
    """Of the statement, for outcomes and what is said of them, and the numbers to claim."""
    shared, seqs = _told_of(queue, stored, said, now), [o.claimed.seq for o in stored]
    return [
        queue,
        channel_of(queue).value,
        *between(span),
        now,
        BETWEEN,
        _PART,
        one_text(seqs),
        one_text([o.next.state for o in stored]),
        one_text([_plain(o.next.reason) for o in stored]),
        one_text([o.due or "" for o in stored]),
        one_text([_parts(o.claimed.accepted) for o in stored]),
        one_text([_plain(o.carrier) for o in stored]),
        # Begun with a mark: a message that has no name at its carrier is a message too.
        one_text([_PART + _parts(o.carrier_ids) if o.carrier_ids else "" for o in stored]),
        one_text(shared.numbers),
        one_text([o.claimed.id for o in stored]),
        one_text(shared.events),
        DELIVERY_TOPIC,
        one_text(shared.kinds),
        one_text([value.hex() for value in shared.values]),
        min(seqs, default=0),
        max(seqs, default=0),
        str(new_id())[:_RANDOM],
    ]


def between(span: range) -> tuple[int, int]:
    """The first and the last of the numbers, as PostgreSQL's `between` takes them; of none the first is behind."""
    return span.start, span.stop - 1


def turn_of(queue: int, outcome: Outcome) -> str:
    """What tells a try from others of its delivery."""
    return f"{queue}.{outcome.claimed.seq}.{outcome.claimed.tries}"


def _told_of(queue: int, stored: Sequence[Outcome], said: Sequence[Next], now: datetime) -> _ToldOf:
    """What is told of outcomes: of some people something else than became of this copy, for their other one."""
    channel, told = channel_of(queue), _ToldOf([], [], [], [])
    known: dict[tuple[int, Next, str], int | str] = {}
    for o, what in zip(stored, said, strict=True):
        key = id(o.told), what, o.carrier
        if key not in known:
            fact = Facts.of(o.told, now).shared(what, channel, o.carrier)
            known[key] = told.add(*fact) if fact else ""
        told.numbers.append(known[key])
        taken = what.state is State.SENT
        told.events.append("" if taken else event_of(o.claimed.id, what, turn_of(queue, o)))
    return told


def _parts(ids: Sequence[str]) -> str:
    """Several ids as one value."""
    return _PART.join(map(_plain, ids))


def _plain(word: str) -> str:
    """Without what stands between values: a carrier may have written anything."""
    return word if word.isprintable() else _NO_PLACE.sub("", word)
