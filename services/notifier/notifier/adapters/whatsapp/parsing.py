"""A webhook's body as receipts, messages and notices; whatever is malformed is put aside and the rest is read."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from notifier.adapters.whatsapp.errors import of_status
from notifier.adapters.whatsapp.inbox import Malformed, clean, message_of
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.application.incoming import IncomingWhatsApp, Notice, Quarantined, Receipt, ReceiptState

_KEPT = 1 << 16  # bytes of a quarantined thing
_STATES = {
    "sent": ReceiptState.SENT,
    "delivered": ReceiptState.DELIVERED,
    "read": ReceiptState.READ,
    "played": ReceiptState.READ,
    "failed": ReceiptState.FAILED,
    "deleted": ReceiptState.DELIVERED,  # by the person, who therefore had it
}


@dataclass(slots=True)
class Batch:
    """What one webhook brought, in its order."""

    receipts: list[Receipt] = field(default_factory=list)
    messages: list[IncomingWhatsApp] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    spoiled: list[Quarantined] = field(default_factory=list)


def parse(raw: bytes, settings: WhatsAppSettings) -> Batch:
    """Read every entry, change, message and status. Never fails."""
    batch = Batch()
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        batch.spoiled.append(Quarantined(settings.name, "not_json", raw[:_KEPT]))
        return batch
    for reason, thing in _take_apart(body):
        try:
            _sort(reason, thing, batch, settings)
        except (Malformed, KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            why = str(error) if isinstance(error, Malformed) else f"malformed_{reason}"
            batch.spoiled.append(Quarantined(settings.name, why, _dump(thing)[:_KEPT].encode(), type(error).__name__))
    return batch


@dataclass(frozen=True, slots=True)
class _Told:
    """One message or status with what its change said around it."""

    thing: object
    people: tuple[object, ...]
    phone_number_id: str


def _take_apart(body: object) -> Iterator[tuple[str, object]]:
    """Yield ("message" | "status" | "error", _Told), ("change", field and value) or ("shape", what fits nowhere)."""
    entries = body.get("entry") if isinstance(body, Mapping) else None
    if not isinstance(entries, list):
        yield "shape", body
        return
    for entry in entries:
        changes = entry.get("changes") if isinstance(entry, Mapping) else None
        if not isinstance(changes, list):
            yield "shape", entry
            continue
        for change in changes:
            yield from _take_change_apart(change)


def _take_change_apart(change: object) -> Iterator[tuple[str, object]]:
    value = change.get("value") if isinstance(change, Mapping) else None
    if not isinstance(change, Mapping) or not isinstance(value, Mapping):
        yield "shape", change
        return
    if change.get("field") != "messages":
        yield "change", change
        return
    metadata = value.get("metadata")
    number = clean(metadata.get("phone_number_id")) if isinstance(metadata, Mapping) else ""
    contacts = value.get("contacts")
    people = tuple(contacts) if isinstance(contacts, list) else ()
    for kind in ("messages", "statuses", "errors"):
        things = value.get(kind, [])
        if not isinstance(things, list):
            yield "shape", change
            continue
        for thing in things:
            yield kind, _Told(thing, people, number)


def _sort(kind: str, thing: object, batch: Batch, settings: WhatsAppSettings) -> None:
    match kind, thing:
        case "messages", _Told(Mapping() as message, people, number):
            if message.get("type") == "system":
                batch.notices.append(Notice(settings.name, _system_kind(message), _dump(message)))
            else:
                batch.messages.append(message_of(message, people, number, settings.name))
        case "statuses", _Told(Mapping() as status, _, _):
            batch.receipts.append(_receipt(status, settings))
        case "errors", _Told(Mapping() as error, _, _):
            batch.notices.append(Notice(settings.name, "error", _dump(error)))
        case "change", Mapping() as change:
            batch.notices.append(Notice(settings.name, clean(change.get("field"))[:64], _dump(change)))
        case _:
            raise Malformed("malformed_shape")


def _system_kind(message: Mapping[str, object]) -> str:
    system = message.get("system")
    return clean(system.get("type"))[:64] if isinstance(system, Mapping) else "system"


def _receipt(status: Mapping[str, object], settings: WhatsAppSettings) -> Receipt:
    state = _STATES.get(str(status["status"]), ReceiptState.UNKNOWN)
    code = _first_code(status)
    failed = state is ReceiptState.FAILED
    phone = str(status.get("recipient_id") or "")
    return Receipt(
        carrier=settings.name,
        candidates=(_word(status["id"]),),
        state=state,
        recipient=f"+{phone}" if phone.isascii() and phone.isdigit() else "",
        at=datetime.fromtimestamp(int(str(status["timestamp"])), UTC) if "timestamp" in status else None,
        delivery_id=_uuid(status.get("biz_opaque_callback_data")),
        failure=of_status(code, settings) if failed else None,
    )


def _word(value: object) -> str:
    if not clean(value):
        raise Malformed("malformed_statuses")
    return clean(value)


def _first_code(status: Mapping[str, object]) -> int:
    match status.get("errors"):
        case [{"code": int(code)}, *_]:
            return code
        case _:
            return -1


def _uuid(text: object) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError:
        return None


def _dump(thing: object) -> str:
    told = thing.thing if isinstance(thing, _Told) else thing
    return json.dumps(told)
