"""The words of waste: kinds, sizes, and which kinds are one heap (messages.md, "Gareng Mesem")."""

from enum import Enum
from types import MappingProxyType


class Category(Enum):
    """A kind of waste; the value is the word that people type."""

    PILE = "TUMPUKAN"
    FULL_CONTAINER = "PENUH"
    ILLEGAL_DUMP = "LIAR"
    RIVER = "SUNGAI"
    DRAIN = "SELOKAN"
    BULKY = "BESAR"
    HAZARDOUS = "B3"
    DEAD_ANIMAL = "BANGKAI"
    MISSED_COLLECTION = "TERLEWAT"


class Size(Enum):
    """How much, by what carries it; the value is the word that people type."""

    BAG = "KRESEK"
    MOTORCYCLE = "MOTOR"
    PICKUP = "PICKUP"
    TRUCK = "TRUK"


# Cubic metres that each carrier takes, for a collector who answers with a size word.
VOLUME_M3 = MappingProxyType({Size.BAG: 0.05, Size.MOTORCYCLE: 0.3, Size.PICKUP: 2.0, Size.TRUCK: 6.0})
LARGEST_VOLUME_M3 = 100.0

# Kinds of one group that lie close together are one heap, and one pickup (gareng-mesem.md, "A report").
GROUP = MappingProxyType(
    {
        Category.PILE: "heap",
        Category.ILLEGAL_DUMP: "heap",
        Category.BULKY: "heap",
        Category.MISSED_COLLECTION: "heap",
        Category.FULL_CONTAINER: "container",
        Category.RIVER: "water",
        Category.DRAIN: "water",
        Category.HAZARDOUS: "hazardous",
        Category.DEAD_ANIMAL: "animal",
    }
)

# How near, in kilometres, two reports of a group must lie to be one. Reports without a shared point are one
# when they name the same village.
SAME_HEAP_KM = MappingProxyType({"heap": 0.1, "container": 0.2, "water": 0.2, "hazardous": 0.1, "animal": 0.1})

TARGET_CLOCK = MappingProxyType(
    {
        Category.PILE: "gareng_mesem.pile_target",
        Category.FULL_CONTAINER: "gareng_mesem.container_target",
        Category.ILLEGAL_DUMP: "gareng_mesem.dump_target",
        Category.RIVER: "gareng_mesem.drain_target",
        Category.DRAIN: "gareng_mesem.drain_target",
        Category.BULKY: "gareng_mesem.bulky_target",
        Category.HAZARDOUS: "gareng_mesem.hazardous_target",
        Category.DEAD_ANIMAL: "gareng_mesem.animal_target",
        Category.MISSED_COLLECTION: "gareng_mesem.missed_target",
    }
)

# What to call a kind in a sentence.
NAME = MappingProxyType(
    {
        Category.PILE: "tumpukan sampah",
        Category.FULL_CONTAINER: "kontainer penuh",
        Category.ILLEGAL_DUMP: "buangan liar",
        Category.RIVER: "sampah di sungai",
        Category.DRAIN: "selokan tersumbat",
        Category.BULKY: "sampah besar",
        Category.HAZARDOUS: "sampah B3",
        Category.DEAD_ANIMAL: "bangkai hewan",
        Category.MISSED_COLLECTION: "sampah tidak terangkut",
    }
)


def heap_at(village: str, category: Category) -> str:
    """What lies in one place and may go together: pickups are looked up by it."""
    return f"{village}:{GROUP[category]}"
