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

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiohttp import web

from chassis.kafka.subscription import Subscription
from chassis.kernel.clock import Clock, SystemClock
from chassis.kernel.work import Timer
from chassis.process.part import Part


class Process:
    """One service process: starts its parts in order, stops them in reverse, tells whether it is live and ready.

    The functions `servicers`, `routes` and `parts` are called once during start with this process, whose `boundary`
    and `pool` exist by then.
    """

    def __init__(
        self,
        name: str,
        settings: Any,  # chassis.settings.Settings
        *,
        tables: Sequence[Any] = (),  # chassis.postgres.Table
        encode: Callable[[object, Any], Any] | None = None,
        subscriptions: Sequence[Subscription[Any]] = (),
        timers: Mapping[str, Callable[[Timer], Any]] | None = None,
        servicers: Callable[["Process"], Sequence[tuple[Callable[[Any, Any], None], object]]] | None = None,
        routes: Callable[["Process"], Sequence[web.AbstractRouteDef]] | None = None,
        parts: Callable[["Process"], Sequence[Part]] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self.settings = settings
        self.clock = clock or SystemClock()
        self.boundary: Any = None
        self.pool: Any = None
        self._given = (tables, encode, subscriptions, timers, servicers, routes, parts)

    async def start(self) -> None:
        """Start every part in order. Returns at once when Kafka or the database is down: they are awaited."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Stop in reverse within 5 s: no new work, finish what runs, commit, leave."""
        raise NotImplementedError
