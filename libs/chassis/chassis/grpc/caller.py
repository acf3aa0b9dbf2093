"""Who calls and what, for the method that is running."""

from contextvars import ContextVar

from chassis.auth.grants import Caller

CALLER: ContextVar[Caller | None] = ContextVar("caller", default=None)
METHOD: ContextVar[str] = ContextVar("method", default="")


class NobodyCallsError(RuntimeError):
    """Asked for the caller outside of a call, or in a method that anyone may call without a token: a bug."""


def caller() -> Caller:
    """Give the caller of the running method. Raises NobodyCallsError."""
    found = CALLER.get()
    if found is None:
        raise NobodyCallsError
    return found


def method() -> str:
    """Give the full name of the running method, `/kentongan.telponi.v1.ReferralService/StartReferral`."""
    return METHOD.get()
