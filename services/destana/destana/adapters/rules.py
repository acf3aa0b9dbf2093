"""The region's hazard rules, for the use cases."""

from chassis.region.pack import Region
from destana.domain.hazard import Hazard, Rule, Rules


def load_rules(region: Region) -> Rules:
    """Read hazards.yaml of the region. Raises KeyError or ValueError naming what is missing."""
    given = region.section("hazards")
    kinds = {Hazard(word): _rule(rule, region) for word, rule in given["kinds"].items()}
    missing = set(Hazard) - set(kinds)
    if missing:
        raise ValueError(f"hazards.yaml has no rule for {', '.join(sorted(kind.value for kind in missing))}")
    return Rules(kinds, given["weights"])


def _rule(given: dict[str, object], region: Region) -> Rule:
    return Rule(
        name=str(given["name"]),
        window=region.clock(f"destana.{given['window']}"),
        radius_km=float(str(given["radius_km"])),
        people=int(str(given["people"])),
        weight=int(str(given["weight"])),
        advice=str(given["advice"]),
    )
