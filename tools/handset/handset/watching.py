"""Waits for messages and streams what changes, for the control API."""

import asyncio
import re
from collections.abc import Callable

import orjson
from aiohttp import web

from handset.answers import explained, shown
from handset.conversations import Conversations
from handset.messages import Message
from handset.numbers import international
from handset.stream import Listener

LONGEST_WAIT = 120.0
"""Seconds that a waiting request is held."""
HEARTBEAT = 15.0
"""Seconds between signs of life on the stream."""


class Watching:
    """Handlers that last."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    def routes(self) -> list[web.RouteDef]:
        """Give their routes."""
        return [web.get("/api/wait", explained(self._wait)), web.get("/api/stream", explained(self._stream))]

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
                    return shown(message)
            found = await self._listen(listener, fits, timeout)
        return shown(found) if found else web.Response(status=204)

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
