"""The links of a carrier: kept bound, opened again when they end."""

import asyncio
import random
import ssl

import structlog

from notifier.adapters.smpp.inbound import Inbound
from notifier.adapters.smpp.link import Link
from notifier.adapters.smpp.settings import SmppSettings
from notifier.adapters.tally import Tally
from notifier.application.carrier_errors import CarrierDown, CarrierError
from notifier.domain.lane import Lane

log = structlog.get_logger(__name__)


class Links:
    """As many as the settings say, while they can be had. `fault` is why the last one ended or did not come up."""

    def __init__(self, settings: SmppSettings, inbound: Inbound, tally: Tally) -> None:
        self._settings, self._inbound, self._tally = settings, inbound, tally
        self._bound: list[Link] = []
        self._keepers: list[asyncio.Task[None]] = []
        self.fault: CarrierError | None = None
        self._why_down: type[CarrierError] = CarrierDown
        self._reason = "not_started"
        self._stopping = False

    def __len__(self) -> int:
        """How many are bound."""
        return len(self._bound)

    def start(self) -> None:
        """Begin to keep them bound."""
        self._keepers = [asyncio.create_task(self._keep()) for _ in range(self._settings.binds)]

    async def stop(self) -> None:
        """Drain and unbind every link; no new one is opened."""
        self._stopping = True
        self._reason = "stopped"
        self._why_down = CarrierDown
        links, self._bound = self._bound, []
        await asyncio.gather(*(link.unbind() for link in links))
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    def pick(self, lane: Lane) -> Link:
        """The one with the fewest messages before one of this lane. Raises CarrierDown or ChannelStopped."""
        if not self._bound:
            raise self._why_down(self._reason, alarm=self._why_down is not CarrierDown)
        if len(self._bound) == 1:
            return self._bound[0]
        return min(self._bound, key=lambda link: link.load(lane))

    async def _keep(self) -> None:
        """Open a link, wait until it ends, open the next, slower while they do not last."""
        loop = asyncio.get_running_loop()
        failures = 0
        while not self._stopping:
            began = loop.time()
            await self._live()
            failures = 0 if loop.time() - began >= self._settings.stable_after else failures + 1
            if not self._stopping:
                await asyncio.sleep(self._pause(failures))

    def _pause(self, failures: int) -> float:
        """Seconds, with full jitter above a tenth: many clients must not come back at once."""
        longest = min(self._settings.backoff_cap, self._settings.backoff_first * float(1 << min(failures, 16)))
        return longest * random.uniform(0.1, 1)  # noqa: S311 - a spread, no secret

    async def _live(self) -> None:
        link: Link | None = None
        try:
            link = await self._connect()
            await link.bind()
            self._came_up(link)
            self._went_down(CarrierDown(await link.closed))
        except CarrierError as error:
            self._went_down(error)
        except OSError as error:
            self._went_down(_not_connected(error))
        except Exception as error:
            # Whatever it is, it is tried again: a keeper that ended would leave the carrier down for ever.
            log.exception("smpp_link_broke", carrier=self._settings.name)
            self._went_down(CarrierDown("link_broke", code=type(error).__name__))
        finally:
            if link is not None:
                self._bound = [other for other in self._bound if other is not link]
                link.reset("link_given_up")

    async def _connect(self) -> Link:
        own = self._settings
        context = ssl.create_default_context(cafile=own.tls_ca or None) if own.tls else None
        async with asyncio.timeout(own.bind_timeout):
            _, link = await asyncio.get_running_loop().create_connection(
                lambda: Link(own, self._inbound, self._tally), own.host, own.port, ssl=context
            )
        return link

    def _came_up(self, link: Link) -> None:
        self._bound.append(link)
        self._tally.count("binds")
        log.info("smpp_bound", carrier=self._settings.name, links=len(self._bound))

    def _went_down(self, error: CarrierError) -> None:
        self._tally.count("link_ends")
        if not self._stopping:
            self.fault, self._why_down, self._reason = error, type(error), error.reason
            log.warning("smpp_link_down", carrier=self._settings.name, reason=error.reason, code=error.code)


def _not_connected(error: OSError) -> CarrierDown:
    """Why there is no connection, or none that can be trusted."""
    code = type(error).__name__
    match error:
        case ssl.SSLError():
            return CarrierDown("tls_failed", code=error.reason or code)
        case ConnectionRefusedError():
            return CarrierDown("connection_refused", code=code)
        case TimeoutError():
            return CarrierDown("connect_timeout", code=code)
        case _:
            return CarrierDown("no_connection", code=code)
