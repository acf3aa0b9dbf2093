"""Reads requests of the control API and writes its answers."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from handset.messages import Message
from handset.numbers import international

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def explained(handler: Handler) -> Handler:
    """Turn what is wrong with a request into an answer that says so."""

    async def explained(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except LookupError as missing:
            if isinstance(missing, KeyError):
                return answer({"error": f"{missing.args[0]} is missing"}, 400)
            return answer({"error": str(missing)}, 404)
        except (ValueError, TypeError, re.error) as wrong:
            return answer({"error": str(wrong)}, 400)

    return explained


def phone_of(request: web.Request) -> str:
    """Give the phone in the path. Raises ValueError: it is none."""
    return international(request.match_info["phone"])


async def body_of(request: web.Request) -> dict[str, Any]:
    """Give the JSON object of a request. Raises ValueError, TypeError: it has none."""
    body = orjson.loads(await request.read() or b"{}")
    if not isinstance(body, dict):
        raise TypeError("the body is a JSON object")
    return body


def answer(data: dict[str, Any], status: int = 200) -> web.Response:
    """Answer with JSON."""
    return web.Response(body=orjson.dumps(data), status=status, content_type="application/json")


def shown(message: Message) -> web.Response:
    """Answer with a message."""
    return answer({"message": message.to_json()})
