"""What the region pack sets about attention, channels and the WhatsApp tier (region.yaml), or a trial instead."""

from chassis.region.pack import Region
from notifier.adapters.beginnings import PlanningRules
from notifier.adapters.hours import hour_of
from notifier.domain.attention import Attention
from notifier.domain.escalation import NO_CHAINS, Chains
from notifier.domain.lane import Lane

REGION, OFF = "region", "off"
BOTH_CHANNELS = "life_safety_on_both_channels"


def read_budget(text: str) -> str:
    """Check what a setting says: `region`, `off` or a number. Raises ValueError."""
    word = text.strip().lower()
    if word not in {REGION, OFF} and not word.isdecimal():
        raise ValueError(f"{text!r} is no number of messages")
    return word


def planning_rules(region: Region, routine_per_day: str = REGION, chains: Chains = NO_CHAINS) -> PlanningRules:
    """Read the pack; `routine_per_day` is what `read_budget` gave, `chains` its escalations. Raises KeyError or
    ValueError.
    """
    given = region.section("region")
    spare = given.get("whatsapp_spare") or {}
    lanes = {lane.word: lane for lane in Lane}
    return PlanningRules(
        whatsapp_window=region.clock("notifier.whatsapp_window"),
        attention=_attention(region, given.get("attention"), routine_per_day),
        spare={lanes[word]: int(people) for word, people in spare.items()},
        both_channels=_both_channels(given.get(BOTH_CHANNELS, False)),
        chains=chains,
    )


def _both_channels(said: object) -> bool:
    if not isinstance(said, bool):
        raise ValueError(f"region.yaml: {BOTH_CHANNELS} must be true or false, it is {said!r}")  # noqa: TRY004 - as all of the pack's faults
    return said


def _attention(region: Region, about: dict[str, str] | None, said: str) -> Attention | None:
    if said == OFF or not about:
        return None
    most = about["routine_per_day"] if said == REGION else said
    return Attention(int(most), hour_of("attention.digest_at", about["digest_at"]), region.timezone)
