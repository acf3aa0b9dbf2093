"""A bounded pool of kept-alive connections to one HTTP API, and what its silence means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp

from notifier.adapters.aggregator.settings import AggregatorSettings
from notifier.adapters.alarms import Alarms
from notifier.adapters.gate import Gate
from notifier.adapters.tally import Tally
from notifier.application.carrier_errors import CarrierDown, CarrierError, ChannelStopped, TryLater
from notifier.domain.lane import Lane

_LONGEST_PAUSE = 86400  # seconds; more is not believed


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def retry_after(self, otherwise: timedelta) -> timedelta:
        """For how long to stop; `otherwise` where the answer says nothing that makes sense."""
        seconds = self.headers.get("Retry-After", "")
        told = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < len("1000000") else 0
        return timedelta(seconds=told) if 0 < told <= _LONGEST_PAUSE else otherwise


class Line:
    """Shared by all lanes: who waits goes by lane, and routine leaves a reserve. It repeats nothing by itself."""

    def __init__(self, settings: AggregatorSettings, headers: Mapping[str, str] | None = None) -> None:
        self.counters = Tally(settings.name)
        self._alarms = Alarms(settings.name)
        self._settings, self._headers = settings, headers
        self._gate = Gate(settings.window, settings.reserve)
        self._session: aiohttp.ClientSession | None = None
        self._reachable = True
        self._stopped = False

    @property
    def up(self) -> bool:
        """Whether it is open, the last answer was one, and none stopped the account."""
        return self._session is not None and self._reachable and not self._stopped

    async def start(self) -> None:
        """Open the pool; nothing is sent."""
        self._gate = Gate(self._settings.window, self._settings.reserve)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._settings.window),
            timeout=aiohttp.ClientTimeout(total=self._settings.timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
        )

    async def stop(self) -> None:
        """Wait for what is being sent, at most its time-out, then close."""
        session, self._session = self._session, None
        self._gate.close(lambda: CarrierDown("stopped"))
        await self._gate.empty()
        if session is not None:
            await session.close()

    async def ask(
        self, lane: Lane, method: str, url: str, read: Callable[[Answer], str], **what: Mapping[str, str]
    ) -> str:
        """Send one message when there is a slot; `read` gives its id from the answer, or raises what to do."""
        session = self._session
        if session is None:
            raise CarrierDown("stopped")
        await self._gate.enter(lane)
        try:
            message_id = read(await _exchange(session, method, url, what))
        except CarrierError as error:
            self._remember(error)
            raise
        finally:
            self._gate.leave(lane)
        self._reachable, self._stopped = True, False
        self.counters.count("accepted")
        return message_id

    def _remember(self, error: CarrierError) -> None:
        self.counters.count(f"error_{error.reason}")
        self._alarms.hear(error)
        self._reachable = not isinstance(error, CarrierDown)
        self._stopped = self._stopped or isinstance(error, ChannelStopped)


async def _exchange(session: aiohttp.ClientSession, method: str, url: str, what: Mapping[str, Any]) -> Answer:
    try:
        async with session.request(method, url, allow_redirects=False, **what) as response:
            return Answer(response.status, response.headers, await response.read())
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise CarrierDown("no_connection", code=type(error).__name__) from error
    except TimeoutError as error:
        raise TryLater("response_timeout", ambiguous=True) from error
    except (aiohttp.ClientError, OSError) as error:
        raise TryLater("link_lost", ambiguous=True, code=type(error).__name__) from error
