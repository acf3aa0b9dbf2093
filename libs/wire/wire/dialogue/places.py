"""Where something is: a place in words, or a location shared beside them."""

from collections.abc import Iterator
from contextlib import contextmanager

from chassis.kernel.alert import FieldMessage
from chassis.kernel.errors import Reject
from chassis.region.pack import Region
from wire.dialogue.asking import Asked, once_more
from wire.dialogue.villages import read_village
from wire.dialogue.words import Fields, Labels

PLACE, SPOT, PHOTO = "tempat", "lokasi", "foto"
PLACE_LABELS = Labels({"DESA": PLACE, "TEMPAT": PLACE})

Spot = tuple[float, float]
"""Latitude and longitude."""


def shared_fields(message: FieldMessage) -> Fields:
    """What a message brings besides words, as fields."""
    shared = {SPOT: write_spot(message.location)} if message.location else {}
    return shared | {PHOTO: message.photo} if message.photo else shared


def write_spot(spot: Spot) -> str:
    """A location as a field."""
    return f"{spot[0]},{spot[1]}"


def read_spot(text: str) -> Spot | None:
    """The location that `write_spot` wrote."""
    if not text:
        return None
    latitude, longitude = text.split(",")
    return float(latitude), float(longitude)


def read_where(fields: Fields, region: Region, example: str) -> tuple[str, Spot | None]:
    """A village's code, or the location, which says it better. Raises Asked."""
    if spot := read_spot(fields.get(SPOT, "")):
        return "", spot
    text = fields.get(PLACE, "")
    if not text:
        allowed = "nama desa, atau kirim lokasi lewat WhatsApp"
        raise Asked(PLACE, f"{PLACE} belum ada: {allowed}. {once_more(PLACE, example)}")
    return read_village(text, region, PLACE, example).code, None


@contextmanager
def place_instead(example: str) -> Iterator[None]:
    """A location that the use case refuses is forgotten, and the place asked for in words. Raises Asked."""
    try:
        yield
    except Reject as refused:
        if refused.field != SPOT:
            raise
        told = f"{SPOT} {refused.message}. {once_more(PLACE, example)}"
        raise Asked(PLACE, told, forget=(SPOT,)) from refused
