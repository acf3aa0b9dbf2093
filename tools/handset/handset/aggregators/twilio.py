"""The part of Twilio's API that a notifier needs: Messages, signed status callbacks, signed incoming messages."""

import hmac
import secrets
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from handset.aggregators.calls import Call, Calls
from handset.aggregators.screen import Screen
from handset.conversations import Conversations
from handset.faults import Faults
from handset.messages import Message, Owed
from handset.numbers import international

LONGEST = 1600
_FEWEST_DIGITS = 8
_FAULTS = {"throttle": (429, 20429, "Too Many Requests"), "reject": (500, 20500, "Internal Server Error")}


@dataclass(frozen=True, slots=True)
class Account:
    """Who may send, the number that phones write to, and where the service takes what they write."""

    sid: str
    token: str
    number: str
    inbound_url: str


class RefusedError(Exception):
    """An answer with one of Twilio's codes."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message

    def response(self) -> web.Response:
        """Give it as Twilio words it."""
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        body = {"code": self.code, "message": self.message, "more_info": more, "status": self.status}
        headers = {"Retry-After": "1"} if self.status == 429 else None  # noqa: PLR2004 - too many requests
        return web.json_response(body, status=self.status, headers=headers)


class TwilioApi:
    """Shows what the service sends, and calls it back."""

    def __init__(self, account: Account, conversations: Conversations, faults: Faults) -> None:
        self.account = account
        self.calls = Calls("twilio", conversations, self._write)
        self._screen = Screen("twilio", conversations, faults)

    def routes(self) -> list[web.RouteDef]:
        """Give the API's routes."""
        return [web.post("/2010-04-01/Accounts/{sid}/Messages.json", self._messages)]

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        if self._screen.is_down(request):
            return web.Response(status=503)
        came = time.time()
        try:
            self._check_account(request)
            form = {name: str(value) for name, value in (await request.post()).items()}
            await self._screen.wait_first()
            message = self._take(form, came)
        except RefusedError as refused:
            return refused.response()
        await self._screen.wait_last(message)
        return web.json_response(self._resource(message, form), status=201)

    def _check_account(self, request: web.Request) -> None:
        wanted = aiohttp.encode_basic_auth(self.account.sid, self.account.token)
        told = request.headers.get("Authorization", "")
        if not hmac.compare_digest(told.encode(), wanted.encode()):
            raise RefusedError(401, 20003, "Authenticate")
        if request.match_info["sid"] != self.account.sid:
            raise RefusedError(404, 20404, "The requested resource was not found")

    def _take(self, form: dict[str, str], came: float) -> Message:
        to, text, sender = (
            form.get("To", ""),
            form.get("Body", ""),
            form.get("From") or form.get("MessagingServiceSid"),
        )
        if sum(map(str.isdigit, to)) < _FEWEST_DIGITS or ":" in to:
            raise RefusedError(400, 21211, f"The 'To' number {to} is not a valid phone number.")
        if not sender:
            raise RefusedError(400, 21603, "A 'From' phone number is required.")
        if not text:
            raise RefusedError(400, 21602, "Message body is required.")
        if len(text) > LONGEST:
            raise RefusedError(400, 21617, "The concatenated message body exceeds the 1600 character limit.")
        if why := self._screen.refuses(international(to), text):
            raise RefusedError(*_FAULTS[why])
        message = self._screen.show(international(to), sender, text, came, f"SM{secrets.token_hex(16)}")
        self._owe_statuses(message, form.get("StatusCallback", ""))
        return message

    def _owe_statuses(self, message: Message, url: str) -> None:
        """Connection overrides after # are for Twilio itself."""
        told = url.partition("#")[0]
        fate = ("undelivered",) if message.state == "failed" else ("sent", "delivered")
        for status in fate if told else ():
            if not self._screen.loses_receipt(message, status):
                sid = message.carrier_ids[0]
                parameters = {"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status}
                parameters |= {"To": f"+{message.phone}", "From": message.sender}
                parameters |= {"ErrorCode": "30003"} if status == "undelivered" else {}
                self.calls.owe(message.phone, {"url": told, "form": parameters}, about=sid, news=status)

    def say(self, phone: str, text: str) -> Message:
        """Send what a person types. Raises ValueError: nobody takes it."""
        if not self.account.inbound_url:
            raise ValueError("the twilio carrier was not told where incoming messages go (twilio_inbound_url)")
        message = self._screen.typed(phone, text)
        sid = "SM" + message.carrier_ids[0]
        form = {"MessageSid": sid, "SmsSid": sid, "SmsMessageSid": sid, "SmsStatus": "received", "Body": text}
        form |= {"From": f"+{phone}", "To": self.account.number, "NumMedia": "0", "NumSegments": str(message.parts)}
        self.calls.owe(phone, {"url": self.account.inbound_url, "form": form}, message.id)
        return message

    def _write(self, owed: Owed) -> Call:
        form = owed.body["form"] | {"AccountSid": self.account.sid, "ApiVersion": "2010-04-01"}
        signature = sign(self.account.token, owed.body["url"], form)
        return "POST", owed.body["url"], {"data": form, "headers": {"X-Twilio-Signature": signature}}

    def _resource(self, message: Message, form: dict[str, str]) -> dict[str, Any]:
        sid = message.carrier_ids[0]
        return {
            "account_sid": self.account.sid,
            "api_version": "2010-04-01",
            "body": message.text,
            "direction": "outbound-api",
            "error_code": None,
            "error_message": None,
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "num_media": "0",
            "num_segments": str(message.parts),
            "sid": sid,
            "status": "queued",
            "to": f"+{message.phone}",
            "uri": f"/2010-04-01/Accounts/{self.account.sid}/Messages/{sid}.json",
        }


def sign(token: str, url: str, form: dict[str, str]) -> str:
    """Sign a callback: HMAC-SHA1 over the URL and the sorted parameters, base64."""
    said = url + "".join(name + form[name] for name in sorted(form))
    return b64encode(hmac.new(token.encode(), said.encode(), "sha1").digest()).decode()
