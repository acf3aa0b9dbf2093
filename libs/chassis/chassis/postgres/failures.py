"""What an error of a whole transaction asks of the boundary."""

from enum import Enum, auto

import asyncpg

from chassis.kernel.errors import Conflict, Transient
from chassis.postgres.writing import Stale


class DatabaseAway(Transient):
    """The database, not the step, is in trouble: everything else would fail now as well."""


TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""All that a call to the database raises when it, or the way to it, is in trouble."""


class Verdict(Enum):
    """What to do with the batch."""

    AGAIN = auto()  # a race: the same batch may go through now
    WAIT = auto()  # the database is not there: nothing in the batch is to blame
    SPLIT = auto()  # something in the batch is to blame: find it by halving


_RACES = (
    asyncpg.UniqueViolationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InvalidCachedStatementError,
    Stale,
)
_LOST = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # "not connected": the connection went in the middle of a call
    asyncpg.PostgresConnectionError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.IdleInTransactionSessionTimeoutError,
)
# Classes of SQLSTATE: insufficient resources (disk full, too many connections), operator intervention (shutdown,
# cancelled), system error (https://www.postgresql.org/docs/18/errcodes-appendix.html).
_LOST_CLASSES = ("53", "57", "58")


def judge(error: Exception) -> Verdict:
    """Say what to do with a batch whose transaction ended in `error`."""
    if isinstance(error, _RACES):
        return Verdict.AGAIN
    if isinstance(error, asyncpg.InterfaceError) and isinstance(error, ValueError):
        return Verdict.SPLIT  # an argument that asyncpg cannot encode: no database will ever take it
    state = getattr(error, "sqlstate", None) or ""
    if isinstance(error, _LOST) or state.startswith(_LOST_CLASSES):
        return Verdict.WAIT
    return Verdict.SPLIT


def blame(error: Exception) -> Exception:
    """Give the error that a single step gets when its transaction cannot succeed."""
    if isinstance(error, asyncpg.UniqueViolationError):
        return Conflict(error.table_name or "row", "exists", "sudah ada").with_traceback(error.__traceback__)
    if judge(error) is Verdict.AGAIN:
        failure = Transient(f"database: {type(error).__name__}: {error}")
        failure.__cause__ = error
        return failure
    return error


def wait(error: Exception) -> DatabaseAway:
    """Give the error that says: the same again when the database is back."""
    failure = DatabaseAway(f"database: {type(error).__name__}: {error}")
    failure.__cause__ = error
    return failure
