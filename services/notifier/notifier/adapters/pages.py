"""Where a page begins, where rows lie in the order of a moment and an id."""

from datetime import datetime
from uuid import UUID

from chassis.kernel.errors import Reject


def read_token(token: str) -> tuple[datetime | None, UUID | None]:
    """The moment and id of the last row of the page before; nothing for the first page. Raises Reject."""
    if not token:
        return None, None
    at, _, id_ = token.partition("|")
    try:
        return datetime.fromisoformat(at), UUID(id_)
    except ValueError:
        raise Reject("page_token", "token", "bukan token halaman") from None


def token_of(at: datetime, id_: UUID) -> str:
    """The token of the page after this row."""
    return f"{at.isoformat()}|{id_}"
