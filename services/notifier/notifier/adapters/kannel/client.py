"""Kannel's sendsms as a carrier of SMS. What comes in comes through `routes`."""

from notifier.adapters.aggregator.carrier import HttpCarrier
from notifier.adapters.aggregator.line import Answer, Line
from notifier.adapters.kannel.errors import check
from notifier.adapters.kannel.outgoing import id_of, query_of
from notifier.adapters.kannel.settings import KannelSettings
from notifier.adapters.kannel.webhook import Webhook
from notifier.application.incoming import Sink
from notifier.application.outgoing import Accepted, Outgoing


class KannelCarrier(HttpCarrier):
    """A `Carrier` of one user; the id of a message is the delivery's own."""

    def __init__(self, settings: KannelSettings, sink: Sink) -> None:
        line = Line(settings)
        super().__init__(settings, line, Webhook(settings, sink, line.counters))
        self._settings = settings

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Send it; one id."""
        query = query_of(outgoing, self._settings)

        def read(answer: Answer) -> str:
            check(answer.status, answer.body, answer.retry_after(self._settings.pause))
            return id_of(outgoing)

        return Accepted((await self._line.ask(outgoing.lane, "GET", self._settings.sendsms, read, params=query),))
