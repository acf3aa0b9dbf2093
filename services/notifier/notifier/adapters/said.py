"""What alerts say, rendered once for each language and kept while in use."""

from collections import OrderedDict
from uuid import UUID

from chassis.postgres.pool import Pool
from notifier.adapters.templates import Templates
from notifier.adapters.vault import Vault
from notifier.application.ports import Told
from notifier.domain.lane import Lane

REMEMBERED = 256
"""Alerts kept rendered; a queue works on few at a time."""

_TOLD = (
    "select a.subject, a.template, a.sealed_values, a.lane, a.expires_at, a.traceparent, m.carrier_id from alert a"
    " left join message m on m.id = a.in_reply_to where a.id = $1"
)


class Said:
    """The words of a lane's alerts."""

    def __init__(self, pool: Pool, vault: Vault, templates: Templates) -> None:
        self._pool, self._vault, self._templates = pool, vault, templates
        self._known: OrderedDict[tuple[UUID, str], Told] = OrderedDict()

    async def of(self, alert: UUID, language: str) -> Told:
        """What the alert says in the language. Raises LookupError where it is gone."""
        if (known := self._known.get((alert, language))) is not None:
            self._known.move_to_end((alert, language))
            return known
        row = await self._pool.fetchrow(_TOLD, alert)
        if row is None:
            raise LookupError(f"alert {alert} of a delivery is gone")
        subject, template, sealed, lane, expires_at, trace, reply_to = row
        text = self._templates.render(template, self._vault.open_values(sealed), language)
        told = self._known[alert, language] = Told(
            alert, subject, template, Lane(lane), text, expires_at, reply_to or None, trace
        )
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return told
