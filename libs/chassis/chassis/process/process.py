"""The composition of one service process.

process = Process(
    "telponi", settings,
    tables=[...], encode=contracts.encode, subscriptions=[Subscription(...)], timers={"offer": expire_offer},
    servicers=lambda running: [(add_TelponiServiceServicer_to_server, Servicer(running.boundary))],
    routes=lambda running: [web.post("/hook", hook)], parts=lambda running: [Carrier(running.boundary)],
)
run(process)                                                  # __main__
await process.start(); ...; await process.stop()              # tests, in their own loop
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from aiohttp import web

from chassis.kafka.security import Access
from chassis.kafka.subscription import Subscription
from chassis.kernel.clock import Clock, SystemClock
from chassis.kernel.work import Timer
from chassis.postgres.boundary import Boundary
from chassis.postgres.firer import TimerFirer
from chassis.postgres.outbox import Encode, OutboxRow, Recorded
from chassis.postgres.pool import Pool
from chassis.postgres.step import Step
from chassis.postgres.table import Table
from chassis.process.background import Background
from chassis.process.bus import bus_parts
from chassis.process.database import Database
from chassis.process.http import Http
from chassis.process.part import Part
from chassis.process.rpc import Rpc, Servicers
from chassis.settings import ProcessSettings

STOP_WITHIN = 4.8  # seconds for all parts together
STOP_EACH = 2.5  # seconds for one part at most
_LEAST = 0.1  # seconds that even the last part gets

_log = structlog.get_logger(__name__)


class Process:
    """One service process: starts its parts in order, stops them in reverse, tells whether it is live and ready.

    The functions `servicers`, `routes` and `parts` are called once during start with this process, whose `boundary`
    and `pool` exist by then. `prefix` stands before the names of all topics and groups on the broker (tests).
    """

    boundary: Boundary
    pool: Pool

    def __init__(
        self,
        name: str,
        settings: ProcessSettings,
        *,
        tables: Sequence[Table[Any]] = (),
        encode: Encode | None = None,
        subscriptions: Sequence[Subscription[Any]] = (),
        timers: Mapping[str, Callable[[Timer], Step[Any]]] | None = None,
        servicers: Callable[["Process"], Servicers] | None = None,
        routes: Callable[["Process"], Sequence[web.AbstractRouteDef]] | None = None,
        parts: Callable[["Process"], Sequence[Part]] | None = None,
        clock: Clock | None = None,
        prefix: str = "",
    ) -> None:
        self.name = name
        self.settings = settings
        self.clock = clock or SystemClock()
        self.access = Access.of(settings.kafka, prefix)
        self._tables = tables
        self._encode = encode or _says_nothing
        self._subscriptions = subscriptions
        self._timers = timers or {}
        self._servicers = servicers
        self._routes = routes
        self._more = parts
        self._started: list[Part] = []
        self._complete = False
        self._dead: Callable[[], list[str]] = list
        self._http = Http(settings.http_address, lambda: self.dead, lambda: self.unready)
        self._rpc: Rpc | None = None

    @property
    def http_port(self) -> int:
        """The port of /healthz, /readyz, /metrics and the service's routes."""
        return self._http.port

    @property
    def grpc_port(self) -> int:
        """The port of gRPC. Raises RuntimeError for a process without servicers."""
        if self._rpc is None:
            raise RuntimeError(f"{self.name} serves no gRPC")
        return self._rpc.port

    @property
    def dead(self) -> list[str]:
        """Why the process should be restarted; empty while it makes progress."""
        return self._dead()

    @property
    def unready(self) -> list[str]:
        """Why the process cannot do its work now."""
        waiting = [] if self._complete else ["starting or stopping"]
        return waiting + [f"{part.name} not ready" for part in self._started if not part.ready]

    async def start(self) -> None:
        """Start every part in order. Waits for the database, saying so on /readyz; does not wait for Kafka."""
        await self._begin(self._http)
        database = Database(self.name, self.settings.postgres)
        await self._begin(database)
        self.pool = database.pool
        self.boundary = Boundary(self.pool, self._tables, self._encode, self.clock, self.name)
        await self._begin(_Commands(self.boundary))
        await self._http.serve(self._routes(self) if self._routes else ())
        for part in self._parts(database):
            await self._begin(part)
        self._complete = True
        _log.info("started", parts=[part.name for part in self._started])

    async def stop(self) -> None:
        """Stop in reverse within 5 s: no new work, finish what runs, commit, leave."""
        self._complete = False
        end = time.monotonic() + STOP_WITHIN
        for part in reversed(self._started):
            await _within(end, part.stop(), part.name)
        self._started.clear()

    def _parts(self, database: Database) -> list[Part]:
        """Everything that stands on the boundary, in the order of starting."""
        found: list[Part] = list(self._more(self)) if self._more else []
        if self._servicers is not None:
            self._rpc = Rpc(self._servicers(self), self.settings.grpc)
            found.append(self._rpc)
        if self._timers:
            found.append(Background("timers", TimerFirer(self.boundary, self._timers).run))
        bus, self._dead = bus_parts(self.name, self.access, self._subscriptions, self.boundary, database)
        return found + bus

    async def _begin(self, part: Part) -> None:
        self._started.append(part)  # before the start: one that is cancelled half way is stopped as well
        await part.start()


class _Commands:
    """The boundary's coalescing of commands, as a part."""

    name = "boundary"
    ready = True

    def __init__(self, boundary: Boundary) -> None:
        self.start = boundary.start
        self.stop = boundary.stop


async def _within(end: float, stopping: Any, name: str) -> None:
    """Await one part's stop, for as long as there is time."""
    begun = time.monotonic()
    try:
        async with asyncio.timeout(max(_LEAST, min(STOP_EACH, end - begun))):
            await stopping
    except Exception as error:  # noqa: BLE001 - told; the parts below are stopped all the same
        _log.warning("part did not stop cleanly", part=name, reason=type(error).__name__)
    _log.debug("stopped", part=name, seconds=round(time.monotonic() - begun, 3))


def _says_nothing(event: object, _: Recorded) -> OutboxRow:
    raise LookupError(f"this process publishes nothing, yet {type(event).__name__} was recorded")
