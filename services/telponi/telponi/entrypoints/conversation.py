"""The dialogue that Telponi holds with its people."""

from datetime import timedelta

from chassis.kernel.alert import FieldMessage
from chassis.kernel.work import Work
from chassis.region.pack import Region
from telponi.application.world import World
from telponi.entrypoints.words.said import Said
from telponi.entrypoints.words.table import VOCABULARY
from wire.dialogue.dialogue import Dialogue
from wire.dialogue.words import Fields


def conversation(world: World, region: Region, correction_time: timedelta) -> Dialogue[Said]:
    """Answer field messages. `correction_time` is how long the right fields of a wrong report are kept."""

    def stage(message: FieldMessage, fields: Fields, work: Work) -> Said:
        return Said(message, fields, work, world, region)

    return Dialogue(VOCABULARY, stage, correction_time)
