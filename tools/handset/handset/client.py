"""Use the handset's phones from a test or a script."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import aiohttp

_NOTHING_CAME = 204
_WRONG = 400
_SHOWN = 6
_PATIENCE = 10.0
"""Seconds that expect waits unless told otherwise."""

Shown = dict[str, Any]
"""A message as the handset's API gives it: id, phone, direction, channel, text, buttons, state, parts, encoding..."""


class NothingCameError(AssertionError):
    """The expected message did not come; says what the phone shows instead."""


class RefusedError(Exception):
    """The handset refused a request; says why."""


class Handset:
    """The phones behind a handset at a base URL, for instance http://127.0.0.1:8800.

    async with Handset(url) as phones:
        await phones.say("0812-0000-0001", "STATUS M7K2P")
        answer = await phones.expect("0812-0000-0001", r"M7K2P.*KRST")

    Every message satisfies one expect only; messages from before the client was opened satisfy none.
    """

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None
        self._since = 0
        self._used: set[int] = set()

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        self._since = await self.cursor()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()

    async def cursor(self) -> int:
        """Give the id of the newest message on any phone, for `after`."""
        newest: int = (await self._call("GET", "/api/phones", params={"limit": "0"}))["cursor"]
        return newest

    async def say(self, phone: str, text: str, channel: str = "sms", carrier: str = "") -> Shown:
        """Type a text on a phone; an SMS to the number of a carrier: sms (the default), sms2, twilio, kannel."""
        return await self._act(phone, "messages", {"text": text, "channel": channel, "carrier": carrier})

    async def press(self, phone: str, button: str, message: int = 0) -> Shown:
        """Press a button, by title or payload; message 0: on the newest message that has it."""
        return await self._act(phone, "press", {"button": button, "message": message})

    async def send_location(self, phone: str, latitude: float, longitude: float, name: str = "") -> Shown:
        """Share a location by WhatsApp."""
        return await self._act(phone, "location", {"latitude": latitude, "longitude": longitude, "name": name})

    async def send_photo(self, phone: str, octets: bytes, caption: str = "") -> Shown:
        """Send a JPEG or PNG by WhatsApp."""
        form = aiohttp.FormData()
        form.add_field("file", octets, filename="photo", content_type="application/octet-stream")
        form.add_field("caption", caption)
        shown: Shown = (await self._call("POST", f"/api/phones/{phone}/photo", data=form))["message"]
        return shown

    async def expect(
        self,
        phone: str,
        pattern: str,
        timeout: float = _PATIENCE,  # noqa: ASYNC109 - the handset does the waiting, the error says what it shows
        after: int | None = None,
        channel: str = "",
    ) -> Shown:
        """Wait for a message on a phone whose text matches the regular expression (any case, dot matches lines).

        Raises NothingCameError after `timeout` seconds.
        """
        cursor = self._since if after is None else after
        query = {"phone": phone, "pattern": pattern, "timeout": str(timeout)}
        if channel:
            query["channel"] = channel
        while found := await self._call("GET", "/api/wait", params={**query, "after": str(cursor)}):
            message: Shown = found["message"]
            if message["id"] not in self._used:
                self._used.add(message["id"])
                return message
            cursor = message["id"]
        raise NothingCameError(await self._what_came(phone, pattern, timeout))

    async def expect_any(
        self,
        phones: Iterable[str],
        pattern: str,
        timeout: float = _PATIENCE,  # noqa: ASYNC109 - as in expect
    ) -> Shown:
        """Wait until one of several phones shows a message that matches. Raises NothingCameError."""
        waits = [asyncio.ensure_future(self.expect(phone, pattern, timeout)) for phone in phones]
        try:
            for first in asyncio.as_completed(waits):
                with suppress(NothingCameError):
                    return await first
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        raise NothingCameError(f"none of {len(waits)} phones shows anything like {pattern!r} within {timeout} s")

    async def _what_came(self, phone: str, pattern: str, waited: float) -> str:
        lines = [
            f"  {one['id']} {one['direction']} {one['channel']}: {one['text']}"
            for one in (await self.messages(phone))[-_SHOWN:]
        ]
        return f"{phone}: nothing like {pattern!r} within {waited} s; it shows:\n" + "\n".join(lines or ["  nothing"])

    async def messages(self, phone: str, after: int = 0) -> list[Shown]:
        """Give the conversation of a phone, oldest first."""
        answer = await self._call("GET", f"/api/phones/{phone}/messages", params={"after": str(after)})
        found: list[Shown] = answer["messages"]
        return found

    async def phones(self, search: str = "") -> list[dict[str, Any]]:
        """Give the phones whose name, number, role or place holds the text."""
        found: list[dict[str, Any]] = (await self._call("GET", "/api/phones", params={"search": search}))["phones"]
        return found

    async def place(self, code: str) -> dict[str, Any]:
        """Give the handset's place with this code. Raises LookupError: it knows none."""
        for one in (await self._call("GET", "/api/places", params={"search": code}))["places"]:
            if one["code"] == code:
                found: dict[str, Any] = one
                return found
        raise LookupError(f"the handset knows no place {code}")

    async def look(self, phone: str) -> None:
        """Read everything on a phone."""
        await self._act(phone, "read", {})

    async def close_window(self, phone: str) -> None:
        """Let the 24 hours after the phone's last WhatsApp message be over."""
        await self._act(phone, "close-window", {})

    async def faults(self, **wanted: Any) -> dict[str, Any]:
        """Switch faults, named as in the API: sms={"throttle": 3}, no_whatsapp=["0812-0000-0001"]."""
        return await self._call("PATCH", "/api/faults", json=wanted)

    async def clear_faults(self) -> None:
        """Switch all faults off."""
        await self._call("DELETE", "/api/faults")

    async def refused(self, phone: str) -> list[dict[str, Any]]:
        """Give what carriers refused for a phone since its last message: at, carrier, why, text, count."""
        found: list[dict[str, Any]] = (await self._call("GET", f"/api/phones/{phone}/messages"))["refused"]
        return found

    async def drop(self, channel: str = "sms", seconds: float = 0) -> None:
        """Cut a carrier's link (sms, sms2, twilio, kannel, whatsapp), and refuse new ones for some seconds."""
        await self._call("POST", "/api/faults/drop", json={"channel": channel, "seconds": seconds})

    async def carriers(self) -> dict[str, Any]:
        """Give who is bound and how much the service was not told yet."""
        return await self._call("GET", "/api/carriers")

    async def reset(self) -> None:
        """Empty all phones."""
        await self._call("POST", "/api/reset")

    async def _act(self, phone: str, action: str, body: dict[str, Any]) -> Shown:
        answer = await self._call("POST", f"/api/phones/{phone}/{action}", json=body)
        shown: Shown = answer.get("message", {})
        return shown

    async def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        if self._session is None:
            raise RuntimeError("use it as `async with Handset(url) as phones`")
        async with self._session.request(method, self._base + path, **more) as answer:
            if answer.status == _NOTHING_CAME:
                return {}
            body: dict[str, Any] = await answer.json(content_type=None)
            if answer.status >= _WRONG:
                raise RefusedError(f"{method} {path}: {answer.status} {body.get('error', body)}")
            return body
