"""How far alerts are: one grouped query a view, nothing locked.

Counted on 100,000 deliveries of one alert beside 300,000 others (two busy cores): by channel or reason 70 ms, by
place 210 ms, by carrier 390 ms; two to three times as long where all 100,000 were asked to acknowledge. No index
holds `state`, so that its changes stay on their page; the rows of one alert lie together and are read whole. An index
that holds the carrier would take a third off the last one, and would cost every message that is sent.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson

from chassis.postgres.pool import Pool
from notifier.adapters.alert_tables import AT_PLACES, audience_from_json
from notifier.application.alert_views import AlertHead, Count, Wanted
from notifier.domain.alert import AlertState
from notifier.domain.audience import chosen_for, keys_of
from notifier.domain.contact import Grant
from notifier.domain.delivery import State
from notifier.domain.funnel import WAITS
from notifier.domain.lane import Lane, channel_of

_HEAD = (
    "select id, template, lane, state, reason, planned, accepted_at, expires_at, acknowledge_by,"
    " in_reply_to is not null from alert a where"
)
_ONE = f"{_HEAD} id = $1"
_RECENT = f"""{_HEAD} accepted_at >= $1 and ($2::smallint is null or lane = $2) and ($3 = '' or state = $3)
  and ($4 = '' or template = $4) and ($5 or in_reply_to is null)
  and ($6::timestamptz is null or (accepted_at, id) < ($6, $7::uuid))
  and ($12::text[] is null or {AT_PLACES.format("$12")})
  and (not $8 or state in ('planning', 'cancelling') or (state = 'planned' and expires_at > $9
    and exists (select from person_delivery d where d.alert = a.id and d.state = any($10::smallint[]))))
order by accepted_at desc, id desc limit $11"""
# Everybody once, or each copy: who is told on both channels has two.
_ASKED = "d left join acknowledgement k on k.alert = d.alert and k.contact = d.contact"
_COUNTS = f"count(*), count(k.at) from person_delivery {_ASKED}"
_COPIES = f"count(*), count(k.at) from delivery {_ASKED}"
_STATES = f"select d.alert, d.state, {_COUNTS} where d.alert = any($1::uuid[]) group by d.alert, d.state"
_CHANNELS = f"select d.queue, d.state, {_COPIES} where d.alert = $1 group by d.queue, d.state"
_REASONS = f"select d.reason, d.state, {_COUNTS} where d.alert = $1 group by d.reason, d.state"
_TWINS = (
    "select t.carrier from carrier_message t where t.alert = d.alert and t.contact = d.contact"
    " and t.channel = case d.copy when 0 then 'sms' else 'whatsapp' end order by t.at desc limit 1"
)
_CARRIERS = (
    f"select coalesce(case when d.tried = 3 then ({_TWINS}) else m.carrier end, ''), d.state, {_COPIES}"  # noqa: S608 - parts of this file
    " left join (select distinct on (contact) contact, carrier"
    " from carrier_message where alert = $1 order by contact, at desc) m on m.contact = d.contact"
    " where d.alert = $1 group by 1, 2"
)
_HELD = (
    f"select c.held, d.state, {_COUNTS} join contact c on c.id = d.contact where d.alert = $1"
    " group by c.held, d.state"
)


class AlertViews:
    """What the operator and BPBD see of alerts: numbers, no people."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def one(self, alert: UUID) -> AlertHead | None:
        """An alert."""
        row = await self._pool.fetchrow(_ONE, alert)
        return _head(row) if row else None

    async def recent(self, wanted: Wanted) -> list[AlertHead]:
        """Alerts, the newest first."""
        rows = await self._pool.fetch(
            _RECENT,
            wanted.since,
            wanted.lane,
            wanted.state,
            wanted.template,
            wanted.replies,
            *(wanted.before or (None, None)),
            wanted.running,
            wanted.now,
            [int(state) for state in WAITS],
            wanted.limit,
            wanted.places,
        )
        return [_head(row) for row in rows]

    async def by_state(self, alerts: Sequence[UUID]) -> list[Count]:
        """Deliveries of several alerts; the key is the alert's id."""
        return _counts((str(alert), *more) for alert, *more in await self._pool.fetch(_STATES, list(alerts)))

    async def by_channel(self, alert: AlertHead) -> list[Count]:
        """Copies by the channel last used or to be used."""
        rows = await self._pool.fetch(_CHANNELS, alert.id)
        return _counts((channel_of(queue).value, *more) for queue, *more in rows)

    async def by_carrier(self, alert: AlertHead) -> list[Count]:
        """Copies by the carrier that took the last message; empty where none did."""
        return _counts(await self._pool.fetch(_CARRIERS, alert.id))

    async def by_reason(self, alert: AlertHead) -> list[Count]:
        """Deliveries by why they failed, were dropped or wait."""
        return _counts(await self._pool.fetch(_REASONS, alert.id))

    async def by_place(self, alert: AlertHead) -> list[Count]:
        """Deliveries by the place for which the person is in the audience, else the person's first one."""
        keys = keys_of(audience_from_json(orjson.loads(await self._audience(alert.id))).groups)
        counts = []
        for held, *more in await self._pool.fetch(_HELD, alert.id):
            grants = sorted(map(Grant.read, held))
            grant = chosen_for(grants, keys) or next(iter(grants), None)
            counts.append((grant.place if grant else "", *more))
        return _counts(counts)

    async def _audience(self, alert: UUID) -> str:
        audience: str = await self._pool.fetchval("select audience from alert where id = $1", alert)
        return audience


def _head(row: Sequence[Any]) -> AlertHead:
    id_, template, lane, state, *more = row
    return AlertHead(id_, template, Lane(lane), AlertState(state), *more)


def _counts(rows: Iterable[Sequence[Any]]) -> list[Count]:
    return [Count(str(key), State(state), *numbers) for key, state, *numbers in rows]
