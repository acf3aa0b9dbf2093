"""The handset's own HTTP API: everything that the page does, for tests and scripts too. README.md documents it."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from handset.actions import Actions
from handset.answers import Handler, answer, body_of, explained, phone_of, shown
from handset.conversations import Conversations
from handset.faults import Faults
from handset.messages import Place, carrier_named
from handset.people import Person
from handset.watching import Watching
from handset.whatsapp.media import MediaFolder

_DAY = 24 * 3600


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
            (get, "/api/media/{media}", self._photo),
            (get, "/api/places", self._list_places),
            (get, "/api/faults", self._show_faults),
            (web.patch, "/api/faults", self._change_faults),
            (web.delete, "/api/faults", self._clear_faults),
            (post, "/api/faults/drop", self._drop_link),
            (get, "/api/carriers", self._show_carriers),
            (post, "/api/reset", self._reset),
        ]
        routes = [method(path, explained(handler)) for method, path, handler in table]
        return [*routes, *Watching(self._conversations).routes()]

    async def _phones(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("search", "").casefold()
        limit = int(request.query.get("limit", "200"))
        phones = [self._card(phone) for phone in self._conversations.phones()]
        found = [card for card in phones if wanted in _searched(card)]
        found.sort(key=lambda card: card["last"]["id"] if card["last"] else 0, reverse=True)
        return answer({"phones": found[:limit], "total": len(found), "cursor": self._conversations.newest()})

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
        phone = phone_of(request)
        messages = [one for one in self._conversations.of(phone) if one.id > after]
        return answer(
            {
                "messages": [one.to_json() for one in messages[-limit:]],
                "refused": self._conversations.refusals.of(phone),
                "cursor": self._conversations.newest(),
            }
        )

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        found = self._conversations.after(int(request.query.get("after", "0")))
        limit = int(request.query.get("limit", "1000"))
        return answer({"messages": [one.to_json() for one in found[:limit]], "cursor": self._conversations.newest()})

    async def _say(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        text, channel = str(body.get("text", "")), str(body.get("channel", "sms"))
        context, carrier = int(body.get("context", 0)), str(body.get("carrier", ""))
        return shown(self._actions.say(phone_of(request), text, channel, context, carrier))

    async def _locate(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        place = Place(float(body["latitude"]), float(body["longitude"]), str(body.get("name", "")))
        return shown(self._actions.locate(phone_of(request), place))

    async def _photograph(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        file = form.get("file")
        if not isinstance(file, web.FileField):
            raise ValueError("the form field file holds the photo")  # noqa: TRY004 - it is missing, not of a wrong type
        return shown(self._actions.photograph(phone_of(request), file.file.read(), str(form.get("caption", ""))))

    async def _press(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        return shown(self._actions.press(phone_of(request), int(body.get("message", 0)), str(body["button"])))

    async def _read(self, request: web.Request) -> web.StreamResponse:
        self._actions.look(phone_of(request))
        return answer({})

    async def _close_window(self, request: web.Request) -> web.StreamResponse:
        self._conversations.close_window(phone_of(request))
        return answer({})

    async def _photo(self, request: web.Request) -> web.StreamResponse:
        media = self._media.get(request.match_info["media"])
        if media is None:
            raise LookupError("no such photo")
        return web.Response(body=media.octets, content_type=media.kind)

    async def _list_places(self, request: web.Request) -> web.StreamResponse:
        wanted = request.query.get("search", "").casefold()
        found = [place for place in self._places if wanted in f"{place['name']} {place['code']}".casefold()]
        return answer({"places": found[: int(request.query.get("limit", "500"))]})

    async def _show_faults(self, _: web.Request) -> web.StreamResponse:
        return answer(self._faults.to_json())

    async def _change_faults(self, request: web.Request) -> web.StreamResponse:
        self._faults.change(await body_of(request))
        return self._faults_changed()

    async def _clear_faults(self, _: web.Request) -> web.StreamResponse:
        self._faults.clear()
        return self._faults_changed()

    def _faults_changed(self) -> web.Response:
        self._conversations.stream.publish("faults", self._faults.to_json())
        return answer(self._faults.to_json())

    async def _drop_link(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        seconds = float(body.get("seconds", 0))
        if not 0 <= seconds <= _DAY:
            raise ValueError("seconds are 0 to 86400")
        carrier = carrier_named(str(body.get("carrier") or body.get("channel") or "sms"))
        self._faults.of(carrier).down_until = time.time() + seconds
        self._drop(carrier)
        return self._faults_changed()

    async def _show_carriers(self, _: web.Request) -> web.StreamResponse:
        return answer(self._carriers())

    async def _reset(self, _: web.Request) -> web.StreamResponse:
        await self._empty()
        return answer({"cursor": self._conversations.newest()})


def _searched(card: dict[str, Any]) -> str:
    return " ".join((card["name"], card["shown"], card["phone"], card["role"], *card["places"])).casefold()
