"""What can go wrong on purpose, per carrier."""

from dataclasses import asdict, dataclass, field
from typing import Any

from handset.messages import CARRIERS
from handset.numbers import international

UNTIL_SWITCHED_OFF = -1


@dataclass(slots=True)
class CarrierFaults:
    """The faults of one carrier.

    slow: seconds before a request is looked at. late: seconds between taking a message and answering.
    throttle, reject: how many requests more (-1: all until switched off). undeliverable: how many more are taken and
    never shown, and reported as failed. lose_receipts: no receipts, no statuses.
    webhook_twice, webhook_out_of_order: WhatsApp only.
    """

    slow: float = 0.0
    late: float = 0.0
    throttle: int = 0
    reject: int = 0
    undeliverable: int = 0
    lose_receipts: bool = False
    webhook_twice: bool = False
    webhook_out_of_order: bool = False
    down_until: float = 0.0

    def takes(self, name: str) -> bool:
        """Tell whether this request is to suffer from a fault that counts, and count it."""
        left: int = getattr(self, name)
        if left > 0:
            setattr(self, name, left - 1)
        return left != 0


@dataclass(slots=True)
class Faults:
    """All faults of the handset, and how its phones behave."""

    sms: CarrierFaults = field(default_factory=CarrierFaults)
    sms2: CarrierFaults = field(default_factory=CarrierFaults)
    twilio: CarrierFaults = field(default_factory=CarrierFaults)
    kannel: CarrierFaults = field(default_factory=CarrierFaults)
    whatsapp: CarrierFaults = field(default_factory=CarrierFaults)
    no_whatsapp: set[str] = field(default_factory=set)
    strict_templates: bool = False
    refuse_at_once: bool = False
    auto_read: bool = True

    def of(self, carrier: str) -> CarrierFaults:
        """Give the faults of a carrier."""
        found: CarrierFaults = getattr(self, carrier)
        return found

    def to_json(self) -> dict[str, Any]:
        """Give it as plain data for JSON."""
        return {**asdict(self), "no_whatsapp": sorted(self.no_whatsapp)}

    def change(self, wanted: dict[str, Any]) -> None:
        """Take new values; what is not named stays. Raises ValueError: a name or a value that is none of ours."""
        for name, value in wanted.items():
            if name in CARRIERS:
                self._change_carrier(self.of(name), value)
            elif name == "no_whatsapp":
                self.no_whatsapp = {international(phone) for phone in value}
            else:
                _set(self, name, value)

    def _change_carrier(self, faults: CarrierFaults, wanted: Any) -> None:
        if not isinstance(wanted, dict):
            raise TypeError("faults of a carrier are an object")
        for name, value in wanted.items():
            _set(faults, name, value)

    def clear(self) -> None:
        """Switch everything off; how read marks and templates are handled stays."""
        for carrier in CARRIERS:
            setattr(self, carrier, CarrierFaults())
        self.no_whatsapp, self.refuse_at_once = set(), False


def _set(target: Faults | CarrierFaults, name: str, value: Any) -> None:
    present = getattr(target, name, None)
    if not isinstance(present, (bool, int, float)):
        raise ValueError(f"no such fault: {name}")  # noqa: TRY004 - it is the name that is wrong
    if not isinstance(value, (bool, int, float)):
        raise TypeError(f"{name} is a number or true or false")
    setattr(target, name, type(present)(value))
