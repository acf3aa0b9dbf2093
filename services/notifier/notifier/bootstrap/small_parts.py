"""Small parts of the process: what starts and stops, and when."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta

from aiohttp import web

from chassis.process import Process
from notifier.adapters.fleet import Fleet
from notifier.adapters.wakes import Wakes
from notifier.adapters.whatsapp.webhook import MAX_BODY, webhook
from notifier.application.carriers import Carrier
from notifier.application.ports import MediaStore
from notifier.bootstrap.ground import WEBHOOK_PATH, Ground
from notifier.domain.channel import Channel
from notifier.entrypoints.inbound import Inbound

GRACE = timedelta(seconds=2)


class StorePart:
    """The media store as a part: the process is ready without it, for photos wait."""

    name = "media store"
    ready = True

    def __init__(self, store: MediaStore) -> None:
        self.start = store.start
        self.stop = store.stop


class CarrierPart:
    """A carrier as a part: the process is ready without it, for what it cannot take goes the other way."""

    ready = True

    def __init__(self, carrier: Carrier) -> None:
        self.name = f"carrier {carrier.name}"
        self.start = carrier.start
        self.stop = carrier.stop


class TurnsPart:
    """Stops before the lanes: what waits for a carrier's turn goes back to its queue, the lanes store that."""

    name = "turns"
    ready = True

    def __init__(self, fleets: Mapping[Channel, Fleet]) -> None:
        self._fleets = fleets

    async def start(self) -> None:
        """Nothing: turns are given from the beginning."""

    async def stop(self) -> None:
        """Let nobody wait any more."""
        for fleet in self._fleets.values():
            fleet.hold()


class NeighboursPart:
    """Hears and wakes other processes of the notifier."""

    name = "neighbours"
    ready = True

    def __init__(self, wakes: Wakes, connection: Callable[[], Awaitable[object]]) -> None:
        self._wakes, self._connection = wakes, connection

    async def start(self) -> None:
        """Listen and speak from now on."""
        await self._wakes.join(self._connection)

    async def stop(self) -> None:
        """Be alone again."""
        await self._wakes.leave()


class WebhookPart:
    """Meta's webhook on its own port."""

    name = "webhook"

    def __init__(self, ground: Ground, running: Process, sink: Inbound, more: Sequence[web.RouteDef]) -> None:
        given = ground.config.whatsapp
        self.ready = False
        self._address = ground.config.webhook_address
        meta = webhook(
            given.app_secret,
            given.verify_token,
            sink,
            ground.whatsapp,
            path=WEBHOOK_PATH,
            account=ground.account(running),
        )
        self._routes = [*meta, *more]
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        app = web.Application(client_max_size=MAX_BODY)
        app.add_routes(self._routes)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=GRACE.total_seconds())
        await self._runner.setup()
        await web.TCPSite(self._runner, self._address.host, self._address.port).start()
        self.ready = True

    async def stop(self) -> None:
        """Let what is being taken in be answered."""
        self.ready = False
        if self._runner is not None:
            await self._runner.cleanup()
