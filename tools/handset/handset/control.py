"""The handset's own HTTP API: everything that the page does, for tests and scripts too. README.md documents it."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from handset.actions import Actions
from handset.conversations import Conversations
from handset.faults import Faults
from handset.messages import Message, Place
from handset.numbers import international
from handset.people import Person
from handset.stream import Listener
from handset.whatsapp.media import MediaFolder

LONGEST_WAIT = 120.0
"""Seconds that a waiting request is held."""
HEARTBEAT = 15.0
"""Seconds between signs of life on the stream."""
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Control:
    """Handlers under /api."""

    def __init__(
        self,
        conversations: Conversations,
        actions: Actions,
        faults: Faults,
        media: MediaFolder,
        carriers: Callable[[], dict[str, Any]],
        drop: Callable[[str], None],
        empty: Callable[[], Awaitable[None]],
        places: list[dict[str, Any]],
    ) -> None:
        self._conversations = conversations
        self._actions = actions
        self._faults = faults
        self._media = media
        self._carriers = carriers
        self._drop = drop
        self._empty = empty
        self._places = places

    def routes(self) -> list[web.RouteDef]:
        """Give the API's routes."""
        get, post = web.get, web.post
        table: list[tuple[Callable[..., web.RouteDef], str, Handler]] = [
            (get, "/api/phones", self._phones),
            (get, "/api/phones/{phone}/messages", self._conversation),
            (post, "/api/phones/{phone}/messages", self._say),
            (post, "/api/phones/{phone}/location", self._locate),
            (post, "/api/phones/{phone}/photo", self._photograph),
            (post, "/api/phones/{phone}/press", self._press),
            (post, "/api/phones/{phone}/read", self._read),
            (post, "/api/phones/{phone}/close-window", self._close_window),
            (get, "/api/messages", self._messages),
            (get, "/api/wait", self._wait),
            (get, "/api/media/{media}", self._photo),
            (get, "/api/places", self._list_places),
            (get, "/api/faults", self._show_faults),
            (web.patch, "/api/faults", self._change_faults),
            (web.delete, "/api/faults", self._clear_faults),
            (post, "/api/faults/drop", self._drop_link),
            (get, "/api/carriers", self._show_carriers),
            (post, "/api/reset", self._reset),
            (get, "/api/stream", self._stream),
        ]
        return [method(path, _explained(handler)) for method, path, handler in table]

    async def _phones(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("search", "").casefold()
        limit = int(request.query.get("limit", "200"))
        phones = [self._card(phone) for phone in self._conversations.phones()]
        found = [card for card in phones if wanted in _searched(card)]
        found.sort(key=lambda card: card["last"]["id"] if card["last"] else 0, reverse=True)
        return _answer({"phones": found[:limit], "total": len(found), "cursor": self._conversations.newest()})

    def _card(self, phone: str) -> dict[str, Any]:
        person = self._conversations.people.get(phone) or Person(phone)
        messages = self._conversations.of(phone)
        return {
            **person.to_json(),
            "whatsapp": phone not in self._faults.no_whatsapp,
            "window_open": self._conversations.window_open(phone),
            "unread": sum(one.direction == "received" and one.state != "read" for one in messages[-100:]),
            "last": messages[-1].to_json() if messages else None,
        }

    async def _conversation(self, request: web.Request) -> web.StreamResponse:
        after, limit = int(request.query.get("after", "0")), int(request.query.get("limit", "200"))
        messages = [one for one in self._conversations.of(_phone(request)) if one.id > after]
        return _answer(
            {
                "messages": [one.to_json() for one in messages[-limit:]],
                "cursor": self._conversations.newest(),
            }
        )

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        found = self._conversations.after(int(request.query.get("after", "0")))
        limit = int(request.query.get("limit", "1000"))
        return _answer({"messages": [one.to_json() for one in found[:limit]], "cursor": self._conversations.newest()})

    async def _say(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        text, channel = str(body.get("text", "")), str(body.get("channel", "sms"))
        return _message(self._actions.say(_phone(request), text, channel, int(body.get("context", 0))))

    async def _locate(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        place = Place(float(body["latitude"]), float(body["longitude"]), str(body.get("name", "")))
        return _message(self._actions.locate(_phone(request), place))

    async def _photograph(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            raise ValueError("the form field file holds the photo")  # noqa: TRY004 - it is missing, not of a wrong type
        return _message(self._actions.photograph(_phone(request), file.file.read(), str(form.get("caption", ""))))

    async def _press(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        return _message(self._actions.press(_phone(request), int(body.get("message", 0)), str(body["button"])))

    async def _read(self, request: web.Request) -> web.StreamResponse:
        self._actions.look(_phone(request))
        return _answer({})

    async def _close_window(self, request: web.Request) -> web.StreamResponse:
        self._conversations.close_window(_phone(request))
        return _answer({})

    async def _wait(self, request: web.Request) -> web.StreamResponse:
        """Hold the request until a message comes that fits; 204 when none came in time."""
        query = request.query
        fits = _fitting(
            international(query["phone"]),
            int(query.get("after", "0")),
            query.get("pattern", ""),
            query.get("channel"),
        )
        timeout = min(float(query.get("timeout", "10")), LONGEST_WAIT)
        with self._conversations.stream.listen() as listener:
            for message in self._conversations.of(international(query["phone"])):
                if fits(message):
                    return _message(message)
            found = await self._listen(listener, fits, timeout)
        return _message(found) if found else web.Response(status=204)

    async def _listen(self, listener: Listener, fits: Callable[[Message], bool], within: float) -> Message | None:
        ends = asyncio.get_running_loop().time() + within
        try:
            while change := await listener.next(ends - asyncio.get_running_loop().time()):
                kind, data = change
                message = self._conversations.get(data["id"]) if kind == "message" else None
                if message is not None and fits(message):
                    return message
        except TimeoutError:
            return None
        return None

    async def _photo(self, request: web.Request) -> web.StreamResponse:
        media = self._media.get(request.match_info["media"])
        if media is None:
            raise LookupError("no such photo")
        return web.Response(body=media.octets, content_type=media.kind)

    async def _list_places(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("search", "").casefold()
        found = [place for place in self._places if wanted in f"{place['name']} {place['code']}".casefold()]
        return _answer({"places": found[: int(request.query.get("limit", "500"))]})

    async def _show_faults(self, _: web.Request) -> web.StreamResponse:
        return _answer(self._faults.to_json())

    async def _change_faults(self, request: web.Request) -> web.StreamResponse:
        self._faults.change(await _json(request))
        return self._faults_changed()

    async def _clear_faults(self, _: web.Request) -> web.StreamResponse:
        self._faults.clear()
        return self._faults_changed()

    def _faults_changed(self) -> web.Response:
        self._conversations.stream.publish("faults", self._faults.to_json())
        return _answer(self._faults.to_json())

    async def _drop_link(self, request: web.Request) -> web.StreamResponse:
        body = await _json(request)
        seconds = float(body.get("seconds", 0))
        channel = str(body.get("channel", "sms"))
        if channel not in {"sms", "whatsapp"} or not 0 <= seconds <= 24 * 3600:
            raise ValueError("channel is sms or whatsapp, seconds 0 to 86400")
        self._faults.of("whatsapp" if channel == "whatsapp" else "sms").down_until = time.time() + seconds
        self._drop(channel)
        return self._faults_changed()

    async def _show_carriers(self, _: web.Request) -> web.StreamResponse:
        return _answer(self._carriers())

    async def _reset(self, _: web.Request) -> web.StreamResponse:
        await self._empty()
        return _answer({"cursor": self._conversations.newest()})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        """Send every change as a server-sent event while the page is open."""
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        with self._conversations.stream.listen() as listener:
            await response.prepare(request)
            await response.write(b"retry: 1000\n\nevent: hello\ndata: {}\n\n")
            while True:
                try:
                    change = await listener.next(HEARTBEAT)
                except TimeoutError:
                    await response.write(b": alive\n\n")
                    continue
                if change is None:
                    return response
                kind, data = change
                await response.write(b"event: %s\ndata: %s\n\n" % (kind.encode(), orjson.dumps(data)))


def _explained(handler: Handler) -> Handler:
    """Turn what is wrong with a request into an answer that says so."""

    async def explained(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except LookupError as missing:
            if isinstance(missing, KeyError):
                return _answer({"error": f"{missing.args[0]} is missing"}, 400)
            return _answer({"error": str(missing)}, 404)
        except (ValueError, TypeError, re.error) as wrong:
            return _answer({"error": str(wrong)}, 400)

    return explained


def _phone(request: web.Request) -> str:
    return international(request.match_info["phone"])


def _searched(card: dict[str, Any]) -> str:
    return " ".join((card["name"], card["shown"], card["phone"], card["role"], *card["places"])).casefold()


def _fitting(phone: str, after: int, pattern: str, channel: str | None) -> Callable[[Message], bool]:
    wanted = re.compile(pattern, re.IGNORECASE | re.DOTALL)

    def fits(message: Message) -> bool:
        return (
            message.phone == phone
            and message.direction == "received"
            and message.id > after
            and channel in {None, message.channel}
            and wanted.search(message.text) is not None
        )

    return fits


async def _json(request: web.Request) -> dict[str, Any]:
    body = orjson.loads(await request.read() or b"{}")
    if not isinstance(body, dict):
        raise TypeError("the body is a JSON object")
    return body


def _answer(data: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(data), status=status, content_type="application/json")


def _message(message: Message) -> web.Response:
    return _answer({"message": message.to_json()})
