"""Kannel's callbacks: delivery reports by our dlr-url, and what people write by the get-url of its sms-service."""

import codecs
import hmac
from collections.abc import Mapping
from urllib.parse import parse_qsl

from aiohttp import web

from notifier.adapters.aggregator.doorway import Doorway, sms, spoiled
from notifier.adapters.kannel.errors import failure_of, state_of
from notifier.adapters.kannel.outgoing import path_of
from notifier.adapters.kannel.settings import KannelSettings
from notifier.adapters.tally import Tally
from notifier.application.incoming import IncomingSms, Quarantined, Receipt, ReceiptState, Sink

_UNICODE = "2"
_Bytes = Mapping[str, bytes]


def understand(query: _Bytes, raw: bytes, settings: KannelSettings) -> Receipt | IncomingSms | Quarantined:
    """Say what a callback brings. Never fails."""
    told = {name: value.decode("utf-8", "replace") for name, value in query.items()}
    if "state" in told:
        return _receipt(told, raw, settings)
    if not told.get("id") or not told.get("from"):
        return spoiled(settings.name, "message_without_id_or_sender", raw)
    text = _read(query.get("text", b""), told)
    if text is None:
        return spoiled(settings.name, "not_text", raw)
    return sms(settings.name, told["id"], told["from"], told.get("to", ""), text)


def _receipt(told: Mapping[str, str], raw: bytes, settings: KannelSettings) -> Receipt | Quarantined:
    number = told["state"]
    if not told.get("id") or not (number.isascii() and number.isdigit() and len(number) < len("1000")):
        return spoiled(settings.name, "malformed_report", raw)
    state = state_of(int(number))
    failure = failure_of(int(number), told.get("said", "")) if state is ReceiptState.FAILED else None
    return Receipt(settings.name, (told["id"],), state, failure=failure)


def _read(text: bytes, told: Mapping[str, str]) -> str | None:
    """The words, in the charset that Kannel names; None for what is no text."""
    named = told.get("charset") or ("UTF-16BE" if told.get("coding") == _UNICODE else "UTF-8")
    try:
        return text.decode(codecs.lookup(named).name, "replace")
    except (LookupError, ValueError):  # no charset, or one that is not for texts
        return None


class Webhook:
    """Believes only who knows the secret."""

    def __init__(self, settings: KannelSettings, sink: Sink, counters: Tally) -> None:
        self._settings = settings
        self._door = Doorway(settings, sink, counters)

    def routes(self) -> list[web.RouteDef]:
        """One route for both kinds; none where no secret was agreed."""
        return [web.get(path_of(self._settings), self.receive, allow_head=False)] if self._settings.secret else []

    async def receive(self, request: web.Request) -> web.Response:
        """Take one callback: 403 without the secret, 503 where the sink failed, 200 when it is safe.

        The answer is empty: Kannel would send its words to the person.
        """
        raw = request.rel_url.raw_query_string.encode()
        try:  # a text in UTF-16 is no UTF-8: its bytes are kept as they are
            pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, encoding="latin-1", max_num_fields=100)
        except ValueError:
            pairs = []
        query = {name: value.encode("latin-1") for name, value in pairs}
        if not hmac.compare_digest(query.get("secret", b""), self._settings.secret.encode()):
            self._door.counters.count("wrong_secret")
            return web.Response(status=403)
        if not await self._door.hand_over(understand(query, _without_secret(pairs), self._settings)):
            return web.Response(status=503)
        return web.Response()


def _without_secret(pairs: list[tuple[str, str]]) -> bytes:
    """What is kept of a callback that cannot be understood."""
    return "&".join(f"{name}={value}" for name, value in pairs if name != "secret").encode("latin-1")
