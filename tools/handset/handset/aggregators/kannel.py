"""Kannel's smsbox as a service sees it: sendsms, delivery reports by dlr-url, incoming messages by get-url."""

import hmac
import re
import time
from dataclasses import dataclass
from urllib.parse import quote_plus

from aiohttp import web

from handset.aggregators.calls import Call, Calls
from handset.aggregators.screen import Screen
from handset.conversations import Conversations
from handset.faults import Faults
from handset.messages import Message, Owed
from handset.numbers import international
from handset.smpp import text as sms

_FEWEST_DIGITS = 8
_ESCAPE = re.compile(r"%[A-Za-z]")
_FAULTS = {"throttle": (429, "Throttling limit exceeded"), "reject": (503, "Temporal failure, try again later.")}
_TAKEN, _DELIVERED = (8, "accepted", "ACK/"), (1, "delivered", "stat:DELIVRD err:000")
_FAILED = (2, "failed", "stat:UNDELIV err:001")
"""What is reported of a message: bit of dlr-mask, how we call it, what the centre said (%A)."""


@dataclass(frozen=True, slots=True)
class User:
    """Who may send, the number that phones write to, and the get-url of the service, with Kannel's escapes."""

    name: str
    password: str
    number: str
    get_url: str


class KannelBox:
    """Shows what the service sends, and calls it back."""

    def __init__(self, user: User, conversations: Conversations, faults: Faults) -> None:
        self.user = user
        self.calls = Calls("kannel", conversations, _write)
        self._screen = Screen("kannel", conversations, faults)

    def routes(self) -> list[web.RouteDef]:
        """Give the route of sendsms."""
        return [web.get("/cgi-bin/sendsms", self._sendsms), web.post("/cgi-bin/sendsms", self._sendsms)]

    async def _sendsms(self, request: web.Request) -> web.StreamResponse:
        if self._screen.is_down(request):
            return web.Response(status=503)
        came = time.time()
        told = dict(request.query) | {name: str(value) for name, value in (await request.post()).items()}
        if (refusal := self._refusal(told)) is not None:
            return web.Response(status=refusal[0], text=refusal[1])
        await self._screen.wait_first()
        phone, text = international(told["to"]), told.get("text", "")
        if why := self._screen.refuses(phone, text):
            return web.Response(status=_FAULTS[why][0], text=_FAULTS[why][1])
        message = self._screen.show(phone, told.get("from", ""), text, came)
        self._owe_reports(message, told)
        await self._screen.wait_last(message)
        return web.Response(status=202, text="0: Accepted for delivery")

    def _refusal(self, told: dict[str, str]) -> tuple[int, str] | None:
        known = (told.get("username", "").encode(), told.get("password", "").encode())
        wanted = (self.user.name.encode(), self.user.password.encode())
        if not all(hmac.compare_digest(one, other) for one, other in zip(known, wanted, strict=True)):
            return 403, "Authorization failed for sendsms"
        if sum(map(str.isdigit, told.get("to", ""))) < _FEWEST_DIGITS:
            return 400, "Missing receiver number, rejected"
        return None

    def _owe_reports(self, message: Message, told: dict[str, str]) -> None:
        mask, url = told.get("dlr-mask", "0"), told.get("dlr-url", "")
        asked = int(mask) if mask.isdecimal() and url else 0
        for bit, news, said in (_TAKEN, _FAILED if message.state == "failed" else _DELIVERED):
            if asked & bit and not self._screen.loses_receipt(message, news):
                words: dict[str, str | bytes] = {
                    "%d": str(bit),
                    "%A": said,
                    "%p": f"+{message.phone}",
                    "%P": message.sender,
                }
                body = {"url": _filled(url, words)}
                self.calls.owe(message.phone, body, about=message.carrier_ids[0], news=news)

    def say(self, phone: str, text: str) -> Message:
        """Send what a person types. Raises ValueError: nobody takes it."""
        if not self.user.get_url:
            raise ValueError("the kannel carrier was not told where incoming messages go (kannel_get_url)")
        message = self._screen.typed(phone, text)
        unicode = message.encoding == sms.UCS2
        charset, coding = ("UTF-16BE", "2") if unicode else ("UTF-8", "0")
        words: dict[str, str | bytes] = {"%I": message.carrier_ids[0], "%p": f"+{phone}", "%P": self.user.number}
        words |= {"%c": coding, "%C": charset, "%b": text.encode(charset, "replace")}
        self.calls.owe(phone, {"url": _filled(self.user.get_url, words)}, message.id)
        return message


def _filled(url: str, words: dict[str, str | bytes]) -> str:
    """Fill in Kannel's escapes; those that we do not know stay."""
    return _ESCAPE.sub(lambda found: quote_plus(words[found[0]]) if found[0] in words else found[0], url)


def _write(owed: Owed) -> Call:
    return "GET", owed.body["url"], {}
