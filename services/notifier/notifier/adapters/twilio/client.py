"""Any Twilio-compatible HTTP API as a carrier of SMS. What comes in comes through `routes`."""

import json

import aiohttp

from notifier.adapters.aggregator.carrier import HttpCarrier
from notifier.adapters.aggregator.line import Answer, Line
from notifier.adapters.twilio.errors import of_answer
from notifier.adapters.twilio.outgoing import form_of
from notifier.adapters.twilio.settings import TwilioSettings
from notifier.adapters.twilio.webhook import Webhook
from notifier.application.carrier_errors import TryLater
from notifier.application.incoming import Sink
from notifier.application.outgoing import Accepted, Outgoing

_OK = range(200, 300)


class TwilioCarrier(HttpCarrier):
    """A `Carrier` of one account."""

    def __init__(self, settings: TwilioSettings, sink: Sink) -> None:
        auth = aiohttp.encode_basic_auth(settings.user, settings.password)
        line = Line(settings, {"Authorization": auth})
        super().__init__(settings, line, Webhook(settings, sink, line.counters))
        self._settings = settings
        self._url = f"{settings.base}/2010-04-01/Accounts/{settings.user}/Messages.json"

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
