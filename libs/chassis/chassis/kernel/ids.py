"""Identities."""

from uuid import UUID, uuid4, uuid5

NAMESPACE = UUID("5f0c5a0e-6a0f-5d0b-9d5c-33170000beed")


def new_id() -> UUID:
    """An identity nobody had before."""
    return uuid4()


def derived_id(*parts: str) -> UUID:
    """The same identity for the same parts, for things that exist once by nature (RFC 9562, version 5)."""
    return uuid5(NAMESPACE, "\x1f".join(parts))
