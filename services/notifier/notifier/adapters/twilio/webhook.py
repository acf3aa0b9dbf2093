"""Callbacks of a Twilio-compatible API: statuses of our messages, and what people write to our number."""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha1
from urllib.parse import parse_qsl

from aiohttp import web

from notifier.adapters.aggregator.doorway import Doorway, sms, spoiled
from notifier.adapters.tally import Tally
from notifier.adapters.twilio.errors import of_status
from notifier.adapters.twilio.outgoing import path_of
from notifier.adapters.twilio.settings import TwilioSettings
from notifier.application.incoming import IncomingSms, Quarantined, Receipt, ReceiptState, Sink

SIGNATURE = "X-Twilio-Signature"
NOTHING_TO_SAY = "<Response/>"
"""Any other text would be sent to the person."""

_STATES = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending", "sent"), ReceiptState.SENT),
    **dict.fromkeys(("undelivered", "failed", "canceled"), ReceiptState.FAILED),
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
}
_Pairs = Iterable[tuple[str, str]]


def signature_of(token: str, url: str, parameters: _Pairs) -> str:
    """The value of the signature header: HMAC-SHA1 over the URL and the sorted parameters, as Twilio prescribes."""
    said = url + "".join(name + value for name, value in sorted(set(parameters)))
    return b64encode(hmac.new(token.encode(), said.encode(), sha1).digest()).decode()


def understand(
    parameters: Mapping[str, str], raw: bytes, settings: TwilioSettings
) -> Receipt | IncomingSms | Quarantined:
    """Say what a signed callback brings. Never fails."""
    sid = parameters.get("MessageSid") or parameters.get("SmsSid") or ""
    source = parameters.get("From", "")
    if not sid:
        return spoiled(settings.name, "message_without_id", raw)
    status = parameters.get("MessageStatus", "received")
    if status != "received":
        return _receipt(sid, status, parameters, settings)
    if "Body" not in parameters or not source or ":" in source:  # whatsapp:+62..., messenger:...
        return spoiled(settings.name, "not_sms", raw)
    if not parameters["Body"] and parameters.get("NumMedia", "0") != "0":
        return spoiled(settings.name, "media_without_words", raw)
    return sms(settings.name, sid, source, parameters.get("To", ""), parameters["Body"])


def _receipt(sid: str, status: str, parameters: Mapping[str, str], settings: TwilioSettings) -> Receipt:
    state = _STATES.get(status, ReceiptState.UNKNOWN)
    code = parameters.get("ErrorCode", "")
    known = int(code) if code.isascii() and code.isdigit() and len(code) < len("1000000") else None
    to = parameters.get("To", "")
    return Receipt(
        carrier=settings.name,
        candidates=(sid,),
        state=state,
        recipient=to if to.startswith("+") else "",
        failure=of_status(known, settings.pause) if state is ReceiptState.FAILED else None,
    )


class Webhook:
    """Believes only what the account's token signed."""

    def __init__(self, settings: TwilioSettings, sink: Sink, counters: Tally) -> None:
        self._settings = settings
        self._door = Doorway(settings, sink, counters)

    def routes(self) -> list[web.RouteDef]:
        """One route for both kinds."""
        return [web.post(path_of(self._settings), self.receive)]

    async def receive(self, request: web.Request) -> web.Response:
        """Take one callback: 403 wrongly signed, 503 where the sink failed, 200 when it is safe."""
        try:
            raw = await request.read()
            pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=1000)
        except web.HTTPRequestEntityTooLarge:
            return self._refuse("too_large", 413)
        except ValueError:  # what is no form cannot have been signed
            return self._refuse("not_a_form", 403)
        if not self._signed(request, pairs):
            return self._refuse("wrong_signature", 403)
        if not await self._door.hand_over(understand(dict(pairs), raw, self._settings)):
            return web.Response(status=503)
        return web.Response(text=NOTHING_TO_SAY, content_type="text/xml")

    def _signed(self, request: web.Request, pairs: _Pairs) -> bool:
        told = request.headers.get(SIGNATURE, "").encode()
        base = self._settings.callback.rstrip("/") or str(request.url.origin())
        url = base + request.raw_path
        wanted = [url, f"{url}#{self._settings.retry}"]  # a carrier that knows no overrides may sign them too
        token = self._settings.password
        return any(hmac.compare_digest(told, signature_of(token, one, pairs).encode()) for one in wanted)

    def _refuse(self, why: str, status: int) -> web.Response:
        self._door.counters.count(why)
        return web.Response(status=status)
