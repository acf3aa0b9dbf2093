"""What waits in the notifier's outbox, as its relay would read it."""

from uuid import UUID

from chassis.postgres.outbox import Outbox, StoredRow
from chassis.postgres.pool import Pool
from notifier.adapters.alert_news import AlertNews
from notifier.adapters.deliveries import Hearers
from notifier.adapters.wakes import Wakes

_PACKAGE = "kentongan.notifier.v1."


async def waiting(pool: Pool, kind: str = "", about: UUID | None = None) -> list[StoredRow]:
    """Events in their order, each once: of a kind (`DeliverySent`), about an alert."""
    events = {event.event_id: event for event in await Outbox(pool).fetch(1_000_000)}
    return [
        event
        for event in events.values()
        if kind in {"", event.type.removeprefix(_PACKAGE)} and (about is None or event.key == str(about).encode())
    ]


def kind_of(event: StoredRow) -> str:
    """Its kind, without the package."""
    return event.type.removeprefix(_PACKAGE)


def hearers(pool: Pool) -> Hearers:
    """Who hears of what a lane stores, where nobody does."""
    wakes = Wakes()
    return Hearers(Outbox(pool), wakes, AlertNews(wakes))
