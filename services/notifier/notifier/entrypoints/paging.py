"""Where a page of things in the order of time ends, as a token."""

from datetime import datetime
from uuid import UUID

from chassis.kernel.errors import Reject

_BETWEEN = "~"
_WRONG = Reject("page_token", "page_token", "bukan token halaman")


def token_of(at: datetime, id_: UUID) -> str:
    """The token of the page that goes on after this thing."""
    return f"{at.isoformat()}{_BETWEEN}{id_}"


def read_token(text: str) -> tuple[datetime, UUID] | None:
    """Time and id of the last thing of the page before; None for the first page. Raises Reject."""
    if not text:
        return None
    at, _, id_ = text.partition(_BETWEEN)
    try:
        when, last = datetime.fromisoformat(at), UUID(id_)
    except ValueError:
        raise _WRONG from None
    if when.tzinfo is None:
        raise _WRONG
    return when, last
