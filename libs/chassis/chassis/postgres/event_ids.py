"""Ids of events, made fast and in order."""

import secrets
from datetime import datetime
from uuid import UUID

from chassis.postgres.uuids import of_bytes

_VERSION_7 = 0x7 << 12
_VARIANT = 0b10 << 62


class EventIds:
    """UUIDs of version 7 with a counter (RFC 9562, 6.2, method 2): time, 12 random bits, then 62 bits counted up
    from a random start. Being nearly in order they keep the inboxes of their readers compact.
    """

    __slots__ = ("_high", "_low")

    def __init__(self, now: datetime) -> None:
        milliseconds = int(now.timestamp() * 1000)
        high = (milliseconds & (1 << 48) - 1) << 16 | _VERSION_7 | secrets.randbits(12)
        self._high = high.to_bytes(8, "big")
        # One bit less than there is, so that counting never reaches the bits of the variant.
        self._low = _VARIANT | secrets.randbits(61)

    def next(self) -> UUID:
        """An id nobody had before."""
        self._low += 1
        return of_bytes(self._high + self._low.to_bytes(8, "big"))
