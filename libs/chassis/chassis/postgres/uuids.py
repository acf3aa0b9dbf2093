"""UUIDs read in an eighth of the time of the standard library's, and written in a tenth.

asyncpg has its own subclass of `uuid.UUID`, in C; what it reads from the database is one, and it writes it without a
detour. Equal to the standard one and with the same hash.
"""

from uuid import UUID

from asyncpg.pgproto.pgproto import UUID as FastUUID  # noqa: N811 - told apart from the standard one


def as_id(text: str) -> UUID:
    """The id that stands in a text (32 hexadecimal digits, with hyphens or without). Raises ValueError."""
    read: UUID = FastUUID(text)
    return read


def of_bytes(sixteen: bytes) -> UUID:
    """The id of these 16 bytes."""
    made: UUID = FastUUID(sixteen)
    return made
