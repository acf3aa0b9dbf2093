"""A collector (petugas): who may be asked, and how near."""

from dataclasses import dataclass, field

from chassis.kernel.aggregate import Aggregate


@dataclass(slots=True, eq=False)
class Collector(Aggregate):
    """A contact with the role collector. `places` are the codes where the role is held."""

    region: str
    places: list[str] = field(default_factory=list)
    on_duty: bool = True
