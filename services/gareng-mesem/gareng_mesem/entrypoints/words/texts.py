"""Pieces of answers. One SMS is 160 characters of GSM-7; answers keep to it."""

from datetime import datetime
from types import MappingProxyType

from chassis.region.pack import Region
from gareng_mesem.domain.pickup import PickupState

STATE = MappingProxyType(
    {
        PickupState.UNASSIGNED: "mencari petugas",
        PickupState.OFFERED: "ditawarkan ke petugas",
        PickupState.ACCEPTED: "petugas menuju lokasi",
        PickupState.DONE: "sudah diangkut",
    }
)


def when(moment: datetime, region: Region) -> str:
    """A time as people read it: `24-11 pukul 10.00`."""
    return f"{region.local(moment):%d-%m pukul %H.%M}"
