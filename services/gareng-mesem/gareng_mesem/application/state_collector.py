"""Take note of who is a collector, where, and on duty."""

from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.errors import NotFound
from chassis.kernel.work import Work
from gareng_mesem.domain.collector import Collector


@dataclass(frozen=True, slots=True)
class StateCollector:
    """The whole of what is known; no places: no collector any more."""

    contact: UUID
    places: tuple[str, ...]
    on_duty: bool


async def state_collector(command: StateCollector, work: Work, region: str) -> None:
    """Make or change the collector; contacts who never were one leave no trace."""
    try:
        collector = await work.get(Collector, command.contact)
    except NotFound:
        if not command.places:
            return
        collector = Collector(command.contact, region=region)
        work.add(collector)
    collector.state(list(command.places), on_duty=command.on_duty)
