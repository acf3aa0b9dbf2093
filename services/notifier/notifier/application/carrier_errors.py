"""What a carrier may say instead of taking a message: each class says what to do next."""

from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from chassis.kernel.errors import KentonganError


class CarrierError(KentonganError):
    """The root of what `submit` raises. `reason` is one short stable word, fit for a metric and for DeliveryFailed.

    `accepted`: ids of the parts that were taken before it happened. `alarm`: an operator should hear of it.
    `code`: what the carrier itself said, for the log.
    """

    default_reason: ClassVar[str] = "carrier_error"

    def __init__(
        self, reason: str = "", *, code: str = "", alarm: bool = False, accepted: tuple[str, ...] = ()
    ) -> None:
        super().__init__(reason or self.default_reason)
        self.reason = reason or self.default_reason
        self.code = code
        self.alarm = alarm
        self.accepted = accepted


class Scope(StrEnum):
    """Who has to wait."""

    CARRIER = "carrier"
    PERSON = "person"


class Throttled(CarrierError):  # noqa: N818 - the class names what to do, as the platform's words say
    """Certainly not sent. Send nothing (to this carrier, or to this person) for `retry_after`; try again."""

    default_reason = "throttled"

    def __init__(
        self,
        retry_after: timedelta,
        reason: str = "",
        *,
        scope: Scope = Scope.CARRIER,
        code: str = "",
        alarm: bool = False,
        accepted: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason, code=code, alarm=alarm, accepted=accepted)
        self.retry_after = retry_after
        self.scope = scope


class TryLater(CarrierError):  # noqa: N818 - as above
    """Try again with back-off. `ambiguous`: it may have been sent (time-out, lost link): the lane decides."""

    default_reason = "try_later"

    def __init__(
        self,
        reason: str = "",
        *,
        ambiguous: bool,
        code: str = "",
        alarm: bool = False,
        accepted: tuple[str, ...] = (),
    ) -> None:
        super().__init__(reason, code=code, alarm=alarm, accepted=accepted)
        self.ambiguous = ambiguous


class CarrierDown(CarrierError):  # noqa: N818 - as above
    """Certainly not sent: there is no link. Open the circuit, use another carrier; `up` tells when it is back."""

    default_reason = "carrier_down"


class Unreachable(CarrierError):  # noqa: N818 - as above
    """The person cannot be reached on this channel: fall back to the next one, do not try this one again."""

    default_reason = "unreachable"


class NeedsTemplate(CarrierError):  # noqa: N818 - as above
    """The 24 hours are over: send the same as a template."""

    default_reason = "needs_template"


class RejectedForGood(CarrierError):  # noqa: N818 - as above
    """The message will never be taken as it is; `alarm` is set where the fault is ours or the account's."""

    default_reason = "rejected"


class ChannelStopped(CarrierError):  # noqa: N818 - as above
    """The carrier refuses us altogether (token, permission, bind): stop it and call an operator."""

    default_reason = "channel_stopped"
