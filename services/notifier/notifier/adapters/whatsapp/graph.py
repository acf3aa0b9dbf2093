"""Questions about the account over the Graph API: its templates, its number. Messages go through `client`."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from notifier.adapters.whatsapp.account_template import AccountTemplate, template_of
from notifier.adapters.whatsapp.inbox import clean
from notifier.adapters.whatsapp.settings import WhatsAppSettings

PAGE, MOST_PAGES = 100, 100
"""Templates a page, and pages at most: an account holds 6,000 templates."""

_TEMPLATE_FIELDS = "id,name,language,status,category,quality_score,rejected_reason,components"
_NUMBER_FIELDS = ("quality_rating", "messaging_limit_tier", "whatsapp_business_manager_messaging_limit")
_PARAMETER_WRONG = 100
_OK = range(200, 300)


class GraphError(Exception):
    """The account gave no answer that we can use. Its text is short and holds nothing personal."""

    def __init__(self, text: str, code: int | None = None) -> None:
        super().__init__(text)
        self.code = code


class Graph:
    """One business account. Holds no connection between calls."""

    def __init__(self, settings: WhatsAppSettings, business_id: str) -> None:
        self._settings, self._business_id = settings, business_id
        self._base = settings.base_url.rstrip("/")

    @property
    def knows_templates(self) -> bool:
        """Whether we were told the business account's id."""
        return bool(self._business_id)

    async def templates(self) -> list[AccountTemplate]:
        """All templates of the account, page by page. Raises GraphError."""
        found: list[AccountTemplate] = []
        after = ""
        for _ in range(MOST_PAGES):
            more = {"after": after} if after else {}
            page = await self.get(
                f"{self._business_id}/message_templates", fields=_TEMPLATE_FIELDS, limit=str(PAGE), **more
            )
            if not isinstance(page.get("data"), list):
                raise GraphError("unreadable_answer")
            found += [one for one in map(template_of, page["data"]) if one is not None]
            after, before = _next(page), after
            if not after or after == before:
                return found
        raise GraphError("too_many_pages")

    async def number(self) -> Mapping[str, Any]:
        """Quality and limit of our phone number, as the account names them. Raises GraphError."""
        try:
            return await self.get(self._settings.phone_number_id, fields=",".join(_NUMBER_FIELDS))
        except GraphError as error:
            if error.code != _PARAMETER_WRONG:
                raise
        return await self.get(self._settings.phone_number_id, fields=",".join(_NUMBER_FIELDS[:2]))  # older versions

    async def create(self, template: Mapping[str, Any]) -> str:
        """Hand a template in; gives its status (PENDING, APPROVED, REJECTED). Raises GraphError."""
        async with self._session() as session:
            url = f"{self._base}/{self._business_id}/message_templates"
            async with session.post(url, json=template, allow_redirects=False) as response:
                return clean((await _answer(response)).get("status")) or "PENDING"

    async def get(self, path: str, **query: str) -> Mapping[str, Any]:
        """Ask. Raises GraphError."""
        async with (
            self._session() as session,
            session.get(f"{self._base}/{path}", params=query, allow_redirects=False) as response,
        ):
            return await _answer(response)

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        timeout = aiohttp.ClientTimeout(total=self._settings.timeout)
        headers = {"Authorization": f"Bearer {self._settings.token}"}
        try:
            async with aiohttp.ClientSession(timeout=timeout, headers=headers) as session:
                yield session
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise GraphError(f"no_answer {type(error).__name__}") from error


async def _answer(response: aiohttp.ClientResponse) -> Mapping[str, Any]:
    try:
        body = json.loads(await response.read())
    except ValueError:
        body = None
    if response.status in _OK and isinstance(body, dict):
        return body
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    said = code if isinstance(code, int) else None
    raise GraphError(f"http {response.status}" + (f" code {said}{_why(error)}" if said is not None else ""), said)


def _why(error: Any) -> str:
    """What Meta says to the person who wrote the template; about a text of ours, so it may be shown."""
    told = clean(error.get("error_user_msg") or error.get("error_user_title"))
    return f": {told[:200]}" if told else ""


def _next(page: Mapping[str, Any]) -> str:
    paging = page.get("paging")
    if not isinstance(paging, dict) or not paging.get("next"):
        return ""
    cursors = paging.get("cursors")
    return clean(cursors.get("after")) if isinstance(cursors, dict) else ""
