"""Errors whose class says what to do. Any other exception is a bug: logged with its trace, told to nobody outside."""


class KentonganError(Exception):
    """The root of the errors below."""


class Transient(KentonganError):  # noqa: N818 - the class names what to do, as the platform's words say
    """Try again: a database that is down, a carrier that is busy."""


class Reject(KentonganError):  # noqa: N818 - as above
    """The caller's fault: refused, nothing stored.

    `field` names what was wrong (in the words of the one who sent it), `rule` is a short stable word for machines
    (`out_of_range`), `message` says in plain Indonesian what is allowed.
    """

    def __init__(self, field: str, rule: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.rule = rule
        self.message = message


class NotFound(Reject):
    """No such thing, or none that this caller may know of."""

    def __init__(self, field: str, message: str = "tidak ditemukan") -> None:
        super().__init__(field, "not_found", message)


class Denied(Reject):
    """The caller may not, or not any more."""


class Conflict(Reject):
    """The thing exists but its state does not allow this."""


class Poison(KentonganError):  # noqa: N818 - as above
    """It can never work: undecodable, or against the contract. Goes to the dead letters at once with `reason`."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason
