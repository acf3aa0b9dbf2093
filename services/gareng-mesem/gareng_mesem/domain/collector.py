"""A collector (petugas): who may be asked, and how near."""

from dataclasses import dataclass, field

from chassis.kernel.aggregate import Aggregate
from gareng_mesem.domain.events import CollectorStated


@dataclass(slots=True, eq=False)
class Collector(Aggregate):
    """A contact with the role collector. `places` are the codes where the role is held."""

    region: str
    places: list[str] = field(default_factory=list)
    on_duty: bool = True

    def state(self, places: list[str], *, on_duty: bool) -> None:
        """Take what is known now; nobody else needs to hear of it."""
        self.places, self.on_duty = places, on_duty
        self.record(CollectorStated(self.id))
