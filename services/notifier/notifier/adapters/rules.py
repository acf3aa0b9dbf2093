"""What the region pack sets about attention and the WhatsApp tier (region.yaml)."""

from datetime import time

from chassis.region.pack import Region
from notifier.adapters.beginnings import PlanningRules
from notifier.domain.attention import Attention
from notifier.domain.lane import Lane


def planning_rules(region: Region) -> PlanningRules:
    """Read the pack. Raises KeyError or ValueError naming what is not well written."""
    given = region.section("region")
    about, spare = given.get("attention"), given.get("whatsapp_spare") or {}
    lanes = {lane.word: lane for lane in Lane}
    return PlanningRules(
        whatsapp_window=region.clock("notifier.whatsapp_window"),
        attention=Attention(int(about["routine_per_day"]), time.fromisoformat(about["digest_at"]), region.timezone)
        if about
        else None,
        spare={lanes[word]: int(people) for word, people in spare.items()},
    )
