"""Fetches what a person sent: the account says where it lies, the bytes come from there."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from chassis.kernel.errors import Poison, Transient
from notifier.adapters.whatsapp.graph import Graph, GraphError
from notifier.adapters.whatsapp.inbox import clean
from notifier.adapters.whatsapp.settings import WhatsAppSettings

MOST_BYTES = 16 << 20
DOWNLOAD = 60.0  # seconds for the bytes
_CHUNK = 1 << 16
_OK, _GONE = 200, (404, 410)
_NO_SUCH_THING = 100
_METAS = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net")
"""Where Meta keeps media; nobody else ever sees our token."""


class WhatsAppMedia:
    """Media of one account. Holds no connection between calls."""

    def __init__(self, settings: WhatsAppSettings, graph: Graph, most: int = MOST_BYTES) -> None:
        self._settings, self._graph, self._most = settings, graph, most

    async def fetch(self, media_id: str) -> bytes:
        """The bytes. Raises Poison: `media_gone`, `media_too_large`, `media_elsewhere`, `bad_media_id`. Transient."""
        if not (media_id.isascii() and media_id.isalnum()):
            raise Poison("bad_media_id")
        about = await self._describe(media_id)
        if _size(about) > self._most:
            raise Poison("media_too_large")
        return await self._download(self._trusted(clean(about.get("url"))))

    async def _describe(self, media_id: str) -> Mapping[str, Any]:
        try:
            return await self._graph.get(media_id)
        except GraphError as error:
            if error.code == _NO_SUCH_THING:
                raise Poison("media_gone") from error
            raise Transient(str(error)) from error

    def _trusted(self, url: str) -> str:
        ours, theirs = urlsplit(self._settings.base_url), urlsplit(url)
        if (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc):
            return url
        if theirs.scheme == "https" and (theirs.hostname or "").endswith(_METAS):
            return url
        raise Poison("media_elsewhere")

    async def _download(self, url: str) -> bytes:
        timeout = aiohttp.ClientTimeout(total=DOWNLOAD, sock_read=self._settings.timeout)
        headers = {"Authorization": f"Bearer {self._settings.token}"}
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, headers=headers) as session,
                session.get(url, allow_redirects=False) as response,
            ):
                return await self._body(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Transient(f"download {type(error).__name__}") from error

    async def _body(self, response: aiohttp.ClientResponse) -> bytes:
        if response.status in _GONE:  # the address lives for minutes only; the next try gets another
            raise Transient("download_expired")
        if response.status != _OK:
            raise Transient(f"download http {response.status}")
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK):
            body += chunk
            if len(body) > self._most:
                raise Poison("media_too_large")
        return bytes(body)


def _size(about: Mapping[str, Any]) -> int:
    told = str(about.get("file_size") or "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 19 else 0  # noqa: PLR2004 - 64 bits
