"""What was said with a word of Telponi."""

from dataclasses import dataclass
from datetime import date

from chassis.kernel.alert import FieldMessage
from chassis.kernel.work import Work
from chassis.region.pack import Region
from telponi.application.caller import Caller
from telponi.application.world import World
from wire.dialogue.words import Fields


@dataclass(frozen=True, slots=True)
class Said:
    """A report on its way: who says it, its fields, and where to look and act."""

    message: FieldMessage
    fields: Fields
    work: Work
    world: World
    region: Region

    @property
    def caller(self) -> Caller:
        """Who says it, in which roles."""
        return Caller(self.message.contact, self.message.grants)

    @property
    def today(self) -> date:
        """The date on the sender's calendar."""
        return self.world.places.today(self.work.now)
