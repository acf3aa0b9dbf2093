"""The part of Meta's Cloud API that a notifier needs: messages, media, templates."""

import asyncio
import base64
import hmac
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from handset.faults import Faults
from handset.numbers import international
from handset.whatsapp.errors import GraphError
from handset.whatsapp.media import Media, MediaFolder
from handset.whatsapp.phones import WhatsAppPhones
from handset.whatsapp.reading import need, read
from handset.whatsapp.templates import Templates
from handset.whatsapp.webhooks import Account

_PREFIXES = (r"/{version:v\d{1,2}\.\d}", "")
"""As with Meta, a call without a version works too."""
_FEWEST_DIGITS = 8
_TEMPLATES_A_PAGE, _MOST_TEMPLATES_A_PAGE = 25, 1000
_ON_PURPOSE = {
    "throttle": (130429, "Message failed to send because there were too many messages sent at once."),
    "reject": (131000, "Message failed to send due to an unknown error."),
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class CloudApi:
    """Handlers of the API; every one checks the token and suffers the faults."""

    def __init__(
        self, account: Account, phones: WhatsAppPhones, media: MediaFolder, templates: Templates, faults: Faults
    ) -> None:
        self._account = account
        self._phones = phones
        self._media = media
        self._templates = templates
        self._faults = faults

    def routes(self) -> list[web.RouteDef]:
        """Give the API's routes."""
        table: list[tuple[Callable[..., web.RouteDef], str, Handler]] = [
            (web.post, r"/{number:\d+}/messages", self._messages),
            (web.post, r"/{number:\d+}/media", self._upload),
            (web.get, r"/{account:\d+}/message_templates", self._list_templates),
            (web.post, r"/{account:\d+}/message_templates", self._register_template),
            (web.get, rf"/{{number:{self._account.phone_number_id}}}", self._describe_number),
            (web.get, r"/{media:\d+}", self._describe),
        ]
        routes = [method(prefix + path, self._guard(call)) for prefix in _PREFIXES for method, path, call in table]
        return [*routes, web.get("/whatsapp-media/{media}", self._guard(self._download))]

    def _guard(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            if time.time() < self._faults.whatsapp.down_until:
                return _hang_up(request)
            try:
                self._check_token(request)
                return await handler(request)
            except GraphError as problem:
                return problem.response()

        return guarded

    def _check_token(self, request: web.Request) -> None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or not hmac.compare_digest(token.encode(), self._account.token.encode()):
            raise GraphError(190)

    def _check_number(self, request: web.Request) -> None:
        number = request.match_info["number"]
        if number != self._account.phone_number_id:
            raise GraphError(100, f"Object with ID '{number}' does not exist or cannot be loaded", subcode=33)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        self._check_number(request)
        faults, came = self._faults.whatsapp, time.time()
        body = await _json(request)
        if faults.slow:
            await asyncio.sleep(faults.slow)
        answer = self._send_or_mark(body, came)
        if faults.late:
            await asyncio.sleep(faults.late)
            for message in answer.get("messages", ()):
                self._phones.accepted(message["id"])
        return web.json_response(answer)

    def _send_or_mark(self, body: dict[str, Any], came: float) -> dict[str, Any]:
        for why, problem in _ON_PURPOSE.items():
            if self._faults.whatsapp.takes(why):
                self._phones.refused(body, why)
                raise GraphError(*problem)
        if body.get("messaging_product") != "whatsapp":
            raise GraphError(100, "The parameter messaging_product is required.")
        if body.get("status") == "read":
            return {"success": True}
        return self._send(body, came)

    def _send(self, body: dict[str, Any], came: float) -> dict[str, Any]:
        written = need(body, "to")
        phone = "".join(character for character in written if character.isdigit())
        if len(phone) < _FEWEST_DIGITS:
            raise GraphError(131009, "to is not a phone number")
        phone = international(phone)
        content = read(body, self._templates, self._faults.strict_templates)
        context = str((body.get("context") or {}).get("message_id", ""))
        message_id = self._phones.receive(phone, content, context, came)
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": written, "wa_id": phone}],
            "messages": [{"id": message_id, "message_status": "accepted"}],
        }

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        self._check_number(request)
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            raise GraphError(131008, "file is required")
        try:
            media = self._media.add(file.file.read())
        except ValueError as wrong:
            raise GraphError(131009, str(wrong)) from None
        return web.json_response({"id": media.id})

    def _found(self, request: web.Request) -> Media:
        media = self._media.get(request.match_info["media"])
        if media is None:
            raise GraphError(100, "no such media", subcode=33)
        return media

    async def _describe(self, request: web.Request) -> web.StreamResponse:
        media = self._found(request)
        return web.json_response(
            {
                "messaging_product": "whatsapp",
                "url": f"{request.scheme}://{request.host}/whatsapp-media/{media.id}",
                "mime_type": media.kind,
                "sha256": media.sha256,
                "file_size": str(len(media.octets)),
                "id": media.id,
            }
        )

    async def _download(self, request: web.Request) -> web.StreamResponse:
        media = self._found(request)
        return web.Response(body=media.octets, content_type=media.kind)

    async def _list_templates(self, request: web.Request) -> web.StreamResponse:
        found = self._templates.all(request.query.get("name", ""))
        try:
            limit = min(int(request.query.get("limit", _TEMPLATES_A_PAGE)), _MOST_TEMPLATES_A_PAGE)
            begin = int(base64.b64decode(request.query.get("after", "") or b"MA==", validate=True))
        except ValueError:
            raise GraphError(100, "limit or after is none of ours") from None
        page = found[begin : begin + max(limit, 1)]
        paging: dict[str, Any] = {"cursors": {"before": _cursor(begin), "after": _cursor(begin + len(page))}}
        if begin + len(page) < len(found):
            paging["next"] = str(request.url.update_query(after=paging["cursors"]["after"]))
        return web.json_response({"data": [template.to_json() for template in page], "paging": paging})

    async def _describe_number(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(
            {
                "id": self._account.phone_number_id,
                "display_phone_number": self._account.display_number,
                "quality_rating": self._account.quality,
                "messaging_limit_tier": self._account.tier,
                "whatsapp_business_manager_messaging_limit": self._account.tier,
            }
        )

    async def _register_template(self, request: web.Request) -> web.StreamResponse:
        template = self._templates.register(await _json(request))
        return web.json_response({"id": template.id, "status": template.status, "category": template.category})


async def _json(request: web.Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise GraphError(100, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise GraphError(100, "the body is not an object")
    return body


def _cursor(place: int) -> str:
    return base64.b64encode(str(place).encode()).decode()


def _hang_up(request: web.Request) -> web.Response:
    """End the connection without an answer, as a network does."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=503)
