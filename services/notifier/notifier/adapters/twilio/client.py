"""Any Twilio-compatible HTTP API as a carrier of SMS. What comes in comes through `routes`."""

import json

import aiohttp
from aiohttp import web

from notifier.adapters.aggregator.line import Answer, Line
from notifier.adapters.aggregator.text import text_of
from notifier.adapters.tally import Tally
from notifier.adapters.twilio.errors import of_answer
from notifier.adapters.twilio.outgoing import form_of
from notifier.adapters.twilio.settings import TwilioSettings
from notifier.adapters.twilio.webhook import Webhook
from notifier.application.carriers import Accepted, Channel, Outgoing, Sink, TryLater

_OK = range(200, 300)


class TwilioCarrier:
    """A `Carrier` over HTTP: the carrier cuts long texts itself and gives one id for all of a message."""

    channel = Channel.SMS

    def __init__(self, settings: TwilioSettings, sink: Sink) -> None:
        self.name = settings.name
        self._settings = settings
        auth = aiohttp.encode_basic_auth(settings.user, settings.password)
        self._line = Line(settings, {"Authorization": auth})
        self._url = f"{settings.base}/2010-04-01/Accounts/{settings.user}/Messages.json"
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
        """Where the account's callbacks come in: `/webhooks/twilio/<name>`."""
        return self._webhook.routes()

    async def start(self) -> None:
        """Open the pool of connections."""
        await self._line.start()

    async def stop(self) -> None:
        """Wait for what is being sent, then close."""
        await self._line.stop()

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Send it; one id."""
        form = form_of(outgoing, self._settings)
        return Accepted((await self._line.ask(outgoing.lane, "POST", self._url, self._read, data=form),))

    def _read(self, answer: Answer) -> str:
        said = _json(answer.body)
        if answer.status not in _OK:
            code = said.get("code")
            raise of_answer(
                answer.status, code if isinstance(code, int) else None, answer.retry_after(self._settings.pause)
            )
        sid = said.get("sid")
        if not isinstance(sid, str) or not sid:  # a yes that we cannot read: it may be on its way
            raise TryLater("unreadable_answer", ambiguous=True)
        return sid


def _json(raw: bytes) -> dict[str, object]:
    try:
        said = json.loads(raw)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
