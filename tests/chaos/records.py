"""What records of the log mean to the checker."""

from typing import Any

from chaos.checker import Row

from kentongan.destana.v1.incident_pb2 import HazardReportFact, IncidentFact
from kentongan.gareng_mesem.v1.report_pb2 import PickupFact, ReportFact
from kentongan.notifier.v1.alert_pb2 import AlertFact
from kentongan.notifier.v1.contact_pb2 import ContactFact
from kentongan.notifier.v1.delivery_pb2 import DeliveryFact
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from kentongan.telponi.v1.pregnancy_pb2 import PregnancyFact
from kentongan.telponi.v1.referral_pb2 import ReferralFact

_FACTS: dict[str, Any] = {
    "notifier.alert.": AlertFact,
    "notifier.field-message.": FieldMessageFact,
    "notifier.delivery.": DeliveryFact,
    "notifier.contact.": ContactFact,
    "telponi.pregnancy.": PregnancyFact,
    "telponi.referral.": ReferralFact,
    "gareng-mesem.report.": ReportFact,
    "gareng-mesem.pickup.": PickupFact,
    "destana.report.": HazardReportFact,
    "destana.incident.": IncidentFact,
}
_ENDS = {
    "offer_declined": "declined",
    "offer_expired": "expired",
    "offer_unreached": "unreached",
    "referral_accepted": "accepted",
}


def read(topic: str, value: bytes | None) -> Any:
    kind = next((kind for name, kind in _FACTS.items() if topic.startswith(f"kentongan.{name}")), None)
    return kind.FromString(value) if kind and value is not None else None


def why(headers: dict[str, bytes]) -> str:
    """Of a dead letter, why and where it died."""
    return b" ".join(headers.get(name, b"") for name in ("dlq-reason", "dlq-topic", "dlq-digest")).decode().strip()


def events(rows: list[Row]) -> set[tuple[str, str]]:
    """Which events they are."""
    return {(one["topic"], one["event_id"]) for one in rows}


def reader(topic: str) -> str:
    if topic.startswith("kentongan.notifier.field-message."):
        return topic.removeprefix("kentongan.notifier.field-message.").removesuffix(".v1")
    return "notifier" if topic.startswith("kentongan.notifier.alert.") else ""


def offers(facts: list[Any]) -> list[Row]:
    found = []
    for fact in facts:
        if not isinstance(fact, ReferralFact):
            continue
        kind = fact.WhichOneof("fact")
        row = {"referral": fact.metadata.aggregate_id, "at": _seconds(fact.metadata.occurred_at)}
        if kind == "referral_offered":
            told = fact.referral_offered
            found.append(row | {"kind": "offered", "number": told.number, "answer_by": _seconds(told.answer_by)})
        elif kind in _ENDS:
            found.append(row | {"kind": _ENDS[kind], "number": getattr(fact, kind).number})
    return found


def _seconds(stamp: Any) -> float:
    return stamp.seconds + stamp.nanos / 1e9


def canonical(carrier_id: str) -> str:
    return carrier_id if carrier_id.startswith("wamid") else carrier_id.lower().lstrip("0")
