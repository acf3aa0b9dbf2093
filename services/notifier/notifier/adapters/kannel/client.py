"""Kannel's sendsms as a carrier of SMS. What comes in comes through `routes`."""

from aiohttp import web

from notifier.adapters.aggregator.line import Answer, Line
from notifier.adapters.aggregator.text import text_of
from notifier.adapters.kannel.errors import check
from notifier.adapters.kannel.outgoing import id_of, query_of
from notifier.adapters.kannel.settings import KannelSettings
from notifier.adapters.kannel.webhook import Webhook
from notifier.adapters.tally import Tally
from notifier.application.carriers import Accepted, Channel, Outgoing, Sink


class KannelCarrier:
    """A `Carrier` over HTTP: Kannel cuts long texts itself; the id of a message is the delivery's own."""

    channel = Channel.SMS

    def __init__(self, settings: KannelSettings, sink: Sink) -> None:
        self.name = settings.name
        self._settings = settings
        self._line = Line(settings)
        self._webhook = Webhook(settings, sink, self._line.counters)

    @property
    def counters(self) -> Tally:
        """What happened, by name."""
        return self._line.counters

    @property
    def up(self) -> bool:
        """Whether the last answer was one, and no answer stopped the account."""
        return self._line.up

    def cost(self, outgoing: Outgoing) -> int:
        """Parts. Raises RejectedForGood where it cannot be written."""
        return text_of(outgoing, self._settings).parts

    def routes(self) -> list[web.RouteDef]:
        """Where Kannel's callbacks come in: `/webhooks/kannel/<name>`."""
        return self._webhook.routes()

    async def start(self) -> None:
        """Open the pool of connections."""
        await self._line.start()

    async def stop(self) -> None:
        """Wait for what is being sent, then close."""
        await self._line.stop()

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Send it; one id."""
        query = query_of(outgoing, self._settings)

        def read(answer: Answer) -> str:
            check(answer.status, answer.body, answer.retry_after(self._settings.pause))
            return id_of(outgoing)

        return Accepted((await self._line.ask(outgoing.lane, "GET", self._settings.sendsms, read, params=query),))
