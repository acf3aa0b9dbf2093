"""Keeps what is known of the WhatsApp account: its templates, its tier, and whether it wants to be left alone.

The table is what all processes share; each has it in memory, reads it again when another says so, and now and then.
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from chassis.kernel.clock import Clock
from chassis.kernel.hearing import heard
from chassis.postgres.pool import Pool
from notifier import metrics
from notifier.adapters.wakes import CHANNEL, Wakes
from notifier.adapters.whatsapp import tier
from notifier.adapters.whatsapp.account_template import news_of
from notifier.adapters.whatsapp.graph import Graph, GraphError
from notifier.adapters.whatsapp.registry import Registry
from notifier.adapters.whatsapp.template_table import TemplateTable
from notifier.application.carrier_errors import CarrierError, Scope, Throttled
from notifier.application.incoming import Notice
from notifier.application.outgoing import TemplateMessage

WORD = "whatsapp"
"""Said to other processes when the table changed."""

EVERY = 600.0  # seconds between readings of the account
FIRST_PAUSE = 5.0  # seconds after a reading that failed; doubled up to EVERY
LOOK = 15.0  # seconds between looks at the table without being told
LONG = timedelta(minutes=1)
"""A pause that other processes should keep to as well; a shorter one each finds out by itself."""

_VIEW = "select templates_at, rests_until, rests_why from whatsapp_account"
_REST = "update whatsapp_account set rests_until = $1, rests_why = $2 where rests_until is null or rests_until < $1"
_QUALITY = "update whatsapp_account set quality = $1 where quality <> $1"
_PROBLEM = "update whatsapp_account set problem = $1"
_TIERS = (
    "whatsapp_business_manager_messaging_limit",
    "max_daily_conversations_per_business",
    "messaging_limit_tier",
    "current_limit",
    "max_daily_conversation_per_phone",
)
"""Where Meta says it, the newest name first."""

_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)
_log = logging.getLogger(__name__)


class WhatsAppAccount:
    """A part of every process. `reads`: this process asks the account; one does, the others look at the table."""

    name = "whatsapp account"
    ready = True

    def __init__(
        self, pool: Pool, graph: Graph, registry: Registry, wakes: Wakes, clock: Clock, people: int, *, reads: bool
    ) -> None:
        self.registry = registry
        self._pool, self._graph, self._wakes, self._clock = pool, graph, wakes, clock
        self._people, self._reads = people, reads
        self._table = TemplateTable(pool)
        self._asked = asyncio.Event()
        self._rests: tuple[datetime, str] | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Look at the table, then keep looking; ask the account if that is ours to do."""
        await self._quietly(tier.assume(self._pool, self._people))
        await self._quietly(self.look())
        keepers = [self._keep_looking(), *([self._keep_reading()] if self._reads else [])]
        self._tasks = [asyncio.create_task(keeper, name=self.name) for keeper in keepers]

    async def stop(self) -> None:
        """Look no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # --- for the carrier

    def refusal(self, message: TemplateMessage) -> str:
        """Why a template cannot go out; empty where it can."""
        return self.registry.refusal(message)

    def pause(self) -> Throttled | None:
        """What the account told us to wait for; None where it takes messages."""
        if self._rests is None:
            return None
        until, why = self._rests
        left = until - self._clock.now()
        return Throttled(left, why) if left > timedelta() else None

    async def heard(self, error: CarrierError | None) -> None:
        """The account said so, in an answer or in a status: a long pause is kept by all processes."""
        if not isinstance(error, Throttled) or error.scope is not Scope.CARRIER or error.retry_after < LONG:
            return
        until = self._clock.now() + error.retry_after
        self._rests = max(self._rests or (until, ""), (until, error.reason))
        await self._quietly(self._pool.execute(_REST, until, error.reason))
        await self._quietly(self._tell())

    # --- news

    async def take(self, notice: Notice) -> None:
        """Apply what a webhook says of templates, tier and quality. Raises nothing that is the webhook's fault."""
        value = _value(notice.body)
        news = news_of(notice.kind, value)
        if news is not None:
            await self._table.apply(news, self._clock.now())
        if notice.kind in {"phone_number_quality_update", "business_capability_update"}:
            await self._take_tier(value)
        await self.look()
        await self._tell()
        if notice.kind.startswith(("message_template", "template_")):
            self._asked.set()  # webhooks overtake one another: the account's own list has the last word

    async def _take_tier(self, value: Mapping[str, Any]) -> None:
        people = next(filter(None, (tier.people_of(value.get(name)) for name in _TIERS)), None)
        if people is not None:
            await tier.told(self._pool, people)

    # --- reading

    async def read(self) -> str:
        """Ask the account for everything; gives what went wrong, empty where nothing did."""
        problems = [await self._try(self._read_number())]
        if self._graph.knows_templates:
            problems.append(await self._try(self._read_templates()))
        problem = "; ".join(filter(None, problems))
        await self._pool.execute(_PROBLEM, problem)
        await self.look()
        await self._tell()
        return problem

    async def _read_templates(self) -> None:
        asked_at = self._clock.now()
        await self._table.replace(await self._graph.templates(), asked_at)

    async def _read_number(self) -> None:
        number = await self._graph.number()
        await self._take_tier(number)
        quality = number.get("quality_rating")
        if isinstance(quality, str):
            await self._pool.execute(_QUALITY, quality[:32])

    async def _try(self, reading: Awaitable[None]) -> str:
        try:
            await reading
        except GraphError as error:
            return str(error)
        return ""

    async def look(self) -> None:
        """Take the table's word into memory."""
        known = await self._table.all()
        [(templates_at, until, why)] = await self._pool.fetch(_VIEW)
        self.registry.take(known, complete=templates_at is not None)
        self._rests = (until, why) if until is not None else None
        metrics.WHATSAPP_UNFIT.set(len(self.registry.unfit()))
        metrics.WHATSAPP_LEFT.set(await tier.left(self._pool, self._clock.now()))

    async def _tell(self) -> None:
        """Have every process look, this one too: `Wakes.wake` tells others only what nobody here waits for."""
        await self._pool.execute("select pg_notify($1, $2)", CHANNEL, WORD)

    # --- keepers

    async def _keep_looking(self) -> None:
        news = self._wakes.event(WORD)
        while True:
            await heard(news, LOOK)
            news.clear()
            await self._quietly(self.look())

    async def _keep_reading(self) -> None:
        pause = FIRST_PAUSE
        while True:
            self._asked.clear()
            problem = await self._quietly(self.read())
            if problem == "":
                pause = EVERY
            else:
                _log.warning("the WhatsApp account could not be read: %s", problem)
                pause = min(2 * pause, EVERY) if pause < EVERY else FIRST_PAUSE
            await heard(self._asked, pause)

    async def _quietly(self, doing: Awaitable[Any]) -> Any:
        """A keeper outlives a database that is away."""
        try:
            return await doing
        except _AWAY as error:
            _log.warning("whatsapp account: %s", type(error).__name__)
            return None


def _value(body: str) -> Mapping[str, Any]:
    try:
        value = json.loads(body).get("value")
    except (ValueError, AttributeError):
        return {}
    return value if isinstance(value, dict) else {}
