"""A planner on a database of its own, without a bus and without carriers: what it stores is what counts."""

import asyncio
from collections.abc import Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import orjson
from outboxes import waiting

from chassis.postgres.pool import open_pool
from chassis.region.pack import Region
from chassis.testing.postgres import Databases
from notifier.adapters.alert_tables import ALERTS
from notifier.adapters.beginnings import PlanningRules
from notifier.adapters.planning import Planning
from notifier.adapters.planning_turn import Page
from notifier.adapters.templates import Templates
from notifier.domain.alert import Alert, AlertState
from notifier.domain.audience import Audience, Group, Reach
from notifier.domain.delivery import State
from notifier.domain.lane import Lane

ROOT = Path(__file__).parents[4]
REGION = Region.load(ROOT / "regions/33.17")
NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)  # ten in the morning
VILLAGE = "33.17.12.2002"
RESIDENTS = Audience((Group("resident", "33.17", Reach.WITHIN),))
PAGE = 40


class CrashError(Exception):
    """The process dies here."""


class _Doomed:
    """A connection that dies before its n-th statement; what its transaction did is gone with it."""

    def __init__(self, connection: Any, doom: SimpleNamespace) -> None:
        self._connection, self._doom = connection, doom

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._connection, name)
        if name not in {"execute", "fetch", "fetchval", "fetchrow", "copy_records_to_table"}:
            return real

        async def said(*arguments: Any, **more: Any) -> Any:
            self._doom.left -= 1
            if self._doom.left < 0:
                backend = self._connection.get_server_pid()
                self._connection.terminate()
                await _end_of(backend, self._doom.pool)
                raise CrashError
            return await real(*arguments, **more)

        return said


async def _end_of(backend: int, pool: Any) -> None:
    """Wait until the dead one's locks are gone: whoever comes sooner is told that the lane is busy."""
    while await pool.fetchval("select exists(select from pg_stat_activity where pid = $1)", backend):  # noqa: ASYNC110 - another process ends
        await asyncio.sleep(0.005)


class DoomedPool:
    """Dies before the n-th statement of all its connections together."""

    def __init__(self, pool: Any, statements: int) -> None:
        self._pool, self.doom = pool, SimpleNamespace(left=statements, pool=pool)

    @asynccontextmanager
    async def acquire(self) -> Any:
        async with self._pool.acquire() as connection:
            yield _Doomed(connection, self.doom)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)


@dataclass
class Desk:
    """A planner and its tables."""

    pool: Any
    rules: PlanningRules = field(default_factory=lambda: PlanningRules(timedelta(hours=24)))
    now: datetime = NOW
    page: int = PAGE
    database: Any = None

    def planning(self, pool: Any = None) -> Planning:
        return Planning(pool or self.pool, Templates.of(REGION), self.rules, self.page)

    async def people(self, count: int, place: str = VILLAGE, preferred: str = "sms", role: str = "resident") -> None:
        await self.pool.execute(
            "insert into contact(id, version, phone_hash, held, inside, preferred, on_duty, opted_out)"
            " select gen_random_uuid(), 1, sha256((n::text || $2 || $4 || $3)::bytea), array[$4 || '@' || $2],"
            " array[$4 || '@33.17', $4 || '@' || $2], $3, true, false from generate_series(1, $1::int) n",
            count,
            place,
            preferred,
            role,
        )

    async def contacts(self, where: str = "true") -> list[UUID]:
        return [row[0] for row in await self.pool.fetch(f"select id from contact where {where} order by id")]  # noqa: S608 - a test's own words

    def alert(self, audience: Audience = RESIDENTS, **more: Any) -> Alert:
        given = {
            "subject": uuid4(),
            "template": "destana.incident",
            "sealed_values": b"sealed",
            "lane": Lane.URGENT,
            "expires_at": self.now + timedelta(hours=6),
            "accepted_at": self.now,
            **more,
        }
        return Alert(given.pop("id", None) or uuid4(), audience=audience, **given)

    async def keep(self, *alerts: Alert) -> None:
        """Store alerts, new or changed, as the boundary would."""
        for alert in alerts:
            columns = ["id", "version", *ALERTS.columns]
            values = [
                alert.id,
                1,
                *(orjson.dumps(v).decode() if isinstance(v, dict) else v for v in ALERTS.to_row(alert)),
            ]
            marks = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
            sets = ", ".join(f"{name} = excluded.{name}" for name in ALERTS.columns)
            await self.pool.execute(
                f"insert into alert({', '.join(columns)}) values ({marks}) on conflict (id) do update set {sets}",  # noqa: S608 - as above
                *values,
            )

    async def stored(self, alert: Alert) -> Alert:
        row = await self.pool.fetchrow(
            f"select id, version, {', '.join(ALERTS.columns)} from alert where id = $1",  # noqa: S608 - as above
            alert.id,
        )
        return ALERTS.hydrate(row)

    async def plan(self, lane: Lane = Lane.URGENT, turns: int = 1000) -> Page:
        """Turn until nothing more waits."""
        for _ in range(turns):
            page = await self.planning().turn(lane, self.now)
            if not page.more:
                break
        return page

    async def raised(self, audience: Audience = RESIDENTS, **more: Any) -> Alert:
        """An alert that is planned."""
        alert = self.alert(audience, **more)
        await self.keep(alert)
        await self.plan(alert.lane)
        assert (await self.stored(alert)).state in {AlertState.PLANNED, AlertState.REJECTED}
        return alert

    async def become(self, alert: Alert, who: Sequence[UUID], state: State, reason: str = "") -> None:
        """What carriers would make of some copies."""
        await self.pool.execute(
            "update delivery set state = $3, reason = $4 where alert = $1 and contact = any($2::uuid[])",
            alert.id,
            list(who),
            int(state),
            reason,
        )

    async def copies(self, alert: Alert | UUID) -> dict[UUID, tuple[State, str]]:
        id_ = alert if isinstance(alert, UUID) else alert.id
        rows = await self.pool.fetch("select contact, state, reason from delivery where alert = $1", id_)
        assert len(rows) == len({row[0] for row in rows})
        return {row[0]: (State(row[1]), row[2]) for row in rows}

    async def facts(self, alert: Alert, kind: str) -> int:
        return len(await waiting(self.pool, kind, alert.id))


async def desk(databases: Databases) -> Desk:
    """Make a desk; close its pool after the test."""
    own = await databases("notifier", ROOT / "services/notifier/migrations")
    pool = await open_pool(own.url, password=own.password, name="test", size=3)
    return Desk(pool, database=own)
