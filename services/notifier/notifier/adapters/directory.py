"""Reads for the operator: what people wrote, what became of alerts. Nothing is locked."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import orjson

from chassis.postgres.pool import Pool
from notifier.adapters.alert_tables import audience_from_json
from notifier.adapters.audiences import anybody
from notifier.adapters.delivery_facts import delivery_id
from notifier.domain.audience import Audience, keys_of
from notifier.domain.channel import Channel
from notifier.domain.delivery import State
from notifier.domain.lane import Lane, channel_of


class AlertView(NamedTuple):
    """An alert as it stands."""

    state: str
    reason: str
    template: str
    lane: Lane
    planned: int
    accepted_at: datetime
    expires_at: datetime


class DeliveryView(NamedTuple):
    """A delivery as it stands."""

    id: UUID
    contact: UUID
    state: State
    channel: Channel
    tries: int
    reason: str
    at: datetime


class MessageView(NamedTuple):
    """A message that came in."""

    id: UUID
    channel: Channel
    service: str
    route: str
    received_at: datetime


# How an alert stands for people: a newer text took its place, its time is over, all its copies reached their end.
_SHOWN_STATE = (
    "case when successor is not null then 'updated' when state <> 'planned' then state"
    " when completed_at < expires_at then 'completed' when settled then 'expired' else state end"
)
_HERE = (  # whether the person holds something at one of the places
    "exists (select from contact c, unnest(c.held) h"
    " where c.id = person_delivery.contact and split_part(h, '@', 2) = any({}::text[]))"
)
_DELIVERIES = (
    "select contact, state, queue, tries, reason, at from person_delivery"  # noqa: S608 - the constant above
    f" where alert = $1 and ($2::uuid is null or contact > $2) and ($4::text[] is null or {_HERE.format('$4')})"
    " order by contact limit $3"
)
_HIDDEN = f"select count(*) from person_delivery where alert = $1 and not {_HERE.format('$2')}"  # noqa: S608 - as above
_MESSAGES = (
    "select id, channel, service, route, received_at from message where contact = $1"
    " order by received_at desc limit $2"
)


class Directory:
    """What operators ask."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def anybody(self, audience: Audience, *, routine: bool) -> bool:
        """Whether somebody is in an audience."""
        async with self._pool.acquire() as connection, connection.transaction():
            return await anybody(connection, audience, keys_of(audience.groups), routine=routine)

    async def held(self, contact: UUID) -> frozenset[str] | None:
        """What a contact holds, as in a token; None for somebody who is no contact."""
        held = await self._pool.fetchval("select held from contact where id = $1", contact)
        return None if held is None else frozenset(held)

    async def alert(self, alert: UUID) -> AlertView | None:
        """An alert."""
        row = await self._pool.fetchrow(
            f"select {_SHOWN_STATE}, reason, template, lane, planned, accepted_at, expires_at from alert"  # noqa: S608 - the constant above
            " where id = $1",
            alert,
        )
        if row is None:
            return None
        state, reason, template, lane, planned, accepted_at, expires_at = row
        return AlertView(state, reason, template, Lane(lane), planned, accepted_at, expires_at)

    async def audience(self, alert: UUID) -> Audience | None:
        """Whom an alert is for."""
        stored = await self._pool.fetchval("select audience from alert where id = $1", alert)
        return audience_from_json(orjson.loads(stored)) if stored else None

    async def counts(self, alert: UUID) -> list[tuple[State, Channel, int]]:
        """How many copies of an alert stand so on a channel: who is told on both is counted on each."""
        rows = await self._pool.fetch(
            "select state, queue, count(*) from delivery where alert = $1 group by state, queue", alert
        )
        return [(State(state), channel_of(queue), count) for state, queue, count in rows]

    async def deliveries(
        self, alert: UUID, after: UUID | None, limit: int, places: Collection[str] | None = None
    ) -> list[DeliveryView]:
        """An alert's deliveries in the order of contacts' ids; `places`: to people who hold something there."""
        rows = await self._pool.fetch(_DELIVERIES, alert, after, limit, places and list(places))
        return [
            DeliveryView(delivery_id(alert, contact), contact, State(state), channel_of(queue), *more)
            for contact, state, queue, *more in rows
        ]

    async def hidden(self, alert: UUID, places: Collection[str]) -> int:
        """How many people an alert goes to who hold nothing at the places."""
        count: int = await self._pool.fetchval(_HIDDEN, alert, list(places))
        return count

    async def messages(self, contact: UUID, limit: int) -> list[MessageView]:
        """What a contact sent, the newest first."""
        rows = await self._pool.fetch(_MESSAGES, contact, limit)
        return [MessageView(row[0], Channel(row[1]), *row[2:]) for row in rows]
