"""What a word's answer gets to see and to act on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from chassis.kernel.alert import FieldMessage
from chassis.kernel.work import Work
from chassis.region.pack import Region
from destana.application.ports import Places
from destana.domain.hazard import Rules
from wire.dialogue.words import Fields


@dataclass(frozen=True, slots=True)
class World:
    """The region and its rules, as the use cases and the answers need them."""

    region: Region
    places: Places
    rules: Rules

    @property
    def clocks(self) -> Mapping[str, timedelta]:
        """The region's clocks."""
        return self.region.clocks


@dataclass(frozen=True, slots=True)
class Scene:
    """One message on its way."""

    message: FieldMessage
    fields: Fields
    work: Work
    world: World
