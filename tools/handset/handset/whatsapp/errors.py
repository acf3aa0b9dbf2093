"""Errors as Meta's Graph API words them (Cloud API error codes)."""

import secrets
from typing import Any

from aiohttp import web

HELP = "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/"
TITLES = {
    4: "Application request limit reached",
    100: "Invalid parameter",
    190: "Invalid OAuth access token - Cannot parse access token",
    131000: "Something went wrong",
    131008: "Required parameter is missing",
    131009: "Parameter value is not valid",
    131026: "Message undeliverable",
    131047: "Re-engagement message",
    131051: "Unsupported message type",
    131052: "Media download error",
    130429: "Rate limit hit",
    132000: "Number of parameters does not match the expected number of params",
    132001: "Template name does not exist in the translation",
    132015: "Template is Paused",
    132016: "Template is Disabled",
}
_STATUS = {190: 401, 130429: 429, 131000: 500, 132001: 404}
_OAUTH = {100: "GraphMethodException"}


class GraphError(Exception):
    """A request that is refused with one of Meta's codes."""

    def __init__(self, code: int, details: str = "", subcode: int | None = None) -> None:
        super().__init__(f"{code} {details}")
        self.code = code
        self.details = details
        self.subcode = subcode

    def as_status(self) -> dict[str, Any]:
        """Give it as it stands in the `errors` of a failed status."""
        title = TITLES[self.code]
        return {
            "code": self.code,
            "title": title,
            "message": title,
            "error_data": {"details": self.details},
            "href": HELP,
        }

    def response(self) -> web.Response:
        """Give it as the answer to a request."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {TITLES[self.code]}" if self.code != 190 else TITLES[190],  # noqa: PLR2004 - as Meta does
            "type": _OAUTH.get(self.code, "OAuthException") if self.subcode else "OAuthException",
            "code": self.code,
            "fbtrace_id": secrets.token_urlsafe(12),
        }
        if self.subcode:
            error["error_subcode"] = self.subcode
        if self.details:
            error["error_data"] = {"messaging_product": "whatsapp", "details": self.details}
        return web.json_response({"error": error}, status=_STATUS.get(self.code, 400))
