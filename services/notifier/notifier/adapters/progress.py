"""Reads about acknowledgements: who was asked, who has answered, how long it took. Nothing is locked."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Self
from uuid import UUID

from chassis.postgres.pool import Pool
from notifier.adapters.alert_tables import AT_PLACES
from notifier.domain.acknowledgement import Via
from notifier.domain.channel import Channel
from notifier.domain.delivery import State
from notifier.domain.lane import channel_of

_ASKED = (
    "select k.contact, k.role, k.place, d.state, d.queue, k.asked_at, k.at, k.via, k.step,"
    " case when $5::text[] is null then k.stands_for else array(select s.contact from acknowledgement s"
    " where s.alert = k.alert and s.contact = any(k.stands_for) and s.place = any($5)) end"
    " from acknowledgement k left join person_delivery d on d.alert = k.alert and d.contact = k.contact"
    " where k.alert = $1 and ($2::boolean is null or (k.at is not null) = $2)"
    " and ($3::uuid is null or k.contact > $3) and ($5::text[] is null or k.place = any($5))"
    " order by k.contact limit $4"
)
_HIDDEN = (
    "select count(*) from acknowledgement where alert = $1 and ($2::boolean is null or (at is not null) = $2)"
    " and not place = any($3::text[])"
)
_STANDING = (
    "select a.state, (select count(*) from acknowledgement k where k.alert = a.id),"
    " (select count(k.at) from acknowledgement k where k.alert = a.id), coalesce(e.taken, 0)"
    " from alert a left join escalation e on e.alert = a.id where a.id = $1"
)
_HERE = AT_PLACES.format("$5")
_TIMES = (
    "select template, count(*), count(waited),"  # noqa: S608 - the constant above
    " percentile_cont(array[0.5, 0.9, 0.95]) within group (order by waited), max(waited) from (select template,"
    " case when at is not null then greatest(extract(epoch from at - asked_at), 0)::float8 end as waited"
    " from acknowledgement k where ($1::uuid is null or alert = $1) and ($2 = '' or template = $2)"
    " and ($3::timestamptz is null or asked_at >= $3) and ($4::timestamptz is null or asked_at < $4)"
    f" and ($5::text[] is null or exists (select from alert a where a.id = k.alert and {_HERE}))) asked"
    " group by template order by template"
)


class AskedView(NamedTuple):
    """One person asked, as it stands. State and channel are None where the delivery is not kept any more."""

    contact: UUID
    role: str
    place: str
    state: State | None
    channel: Channel | None
    asked_at: datetime
    at: datetime | None
    via: Via | None
    step: int
    stands_for: tuple[UUID, ...]

    def told_to(self, shown: Callable[[UUID], bool]) -> Self:
        """The same for somebody to whom not everybody is shown."""
        return self._replace(stands_for=tuple(filter(shown, self.stands_for)))


class Standing(NamedTuple):
    """How far an alert is acknowledged."""

    state: str
    asked: int
    acknowledged: int
    steps: int


class Times(NamedTuple):
    """How long people took, of those asked by one template; the lengths are None where nobody answered."""

    template: str
    asked: int
    acknowledged: int
    p50: timedelta | None
    p90: timedelta | None
    p95: timedelta | None
    longest: timedelta | None


class Progress:
    """What operators ask about acknowledgements."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def standing(self, alert: UUID) -> Standing | None:
        """How far an alert is; None for one that is not known."""
        row = await self._pool.fetchrow(_STANDING, alert)
        return Standing(*row) if row else None

    async def asked(
        self,
        alert: UUID,
        *,
        acknowledged: bool | None,
        after: UUID | None,
        limit: int,
        places: Collection[str] | None = None,
    ) -> list[AskedView]:
        """Those asked, in the order of their ids: all of them where `acknowledged` is None; `places`: asked there."""
        given = (alert, acknowledged, after, limit, places and list(places))
        return [_view(row) for row in await self._pool.fetch(_ASKED, *given)]

    async def hidden(self, alert: UUID, *, acknowledged: bool | None, places: Collection[str]) -> int:
        """How many were asked elsewhere."""
        count: int = await self._pool.fetchval(_HIDDEN, alert, acknowledged, list(places))
        return count

    async def times(
        self,
        alert: UUID | None,
        template: str,
        since: datetime | None,
        until: datetime | None,
        places: Sequence[str] | None = None,
    ) -> list[Times]:
        """How long people took who were asked in `since <= t < until`, a row for each template.

        `places`: only of alerts to groups there.
        """
        return [_times(row) for row in await self._pool.fetch(_TIMES, alert, template, since, until, places)]


def _view(row: Any) -> AskedView:
    contact, role, place, state, queue, asked_at, at, via, step, stands_for = row
    return AskedView(
        contact,
        role,
        place,
        None if state is None else State(state),
        None if queue is None else channel_of(queue),
        asked_at,
        at,
        Via(via) if via else None,
        step,
        tuple(stands_for),
    )


def _times(row: Any) -> Times:
    template, asked, acknowledged, percentiles, longest = row
    lengths: Sequence[float | None] = [*(percentiles or (None, None, None)), longest]
    return Times(template, asked, acknowledged, *(None if s is None else timedelta(seconds=s) for s in lengths))
