"""Under /api: what Meta does to an account, on demand. The service hears of it by webhook, as it would from Meta."""

from aiohttp import web

from handset.answers import answer, body_of, explained
from handset.whatsapp.templates import Templates
from handset.whatsapp.webhooks import Account, Webhooks


class AccountControl:
    """Changes templates, quality and tier."""

    def __init__(self, account: Account, templates: Templates, webhooks: Webhooks) -> None:
        self._account, self._templates, self._webhooks = account, templates, webhooks

    def routes(self) -> list[web.RouteDef]:
        """Give the routes."""
        return [
            web.get("/api/whatsapp/templates", explained(self._list)),
            web.patch("/api/whatsapp/templates", explained(self._change_template)),
            web.patch("/api/whatsapp/account", explained(self._change_account)),
        ]

    async def _list(self, _: web.Request) -> web.StreamResponse:
        return answer({"templates": [template.to_json() for template in self._templates.all()]})

    async def _change_template(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        changed = self._templates.change(str(body["name"]), str(body.get("language", "id")), body)
        return answer(changed.to_json())

    async def _change_account(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        self._account.tier = str(body.get("tier", self._account.tier))
        self._account.quality = str(body.get("quality", self._account.quality))
        event = "FLAGGED" if self._account.quality == "RED" else "UPGRADE"
        said = {"display_phone_number": self._account.display_number, "event": event}
        self._webhooks.news("phone_number_quality_update", said | {"current_limit": self._account.tier})
        return answer({"tier": self._account.tier, "quality": self._account.quality})
