"""The mandatory fields of every body, in their order on the wire (SMPP 3.4, chapter 4)."""

from dataclasses import dataclass

from notifier.adapters.smpp.commands import Command


@dataclass(frozen=True, slots=True)
class CString:
    """Text that ends in a zero byte. `size` counts that byte; kept when writing, forgiven when reading."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Byte:
    """One unsigned byte."""

    name: str


@dataclass(frozen=True, slots=True)
class Octets:
    """A length byte and as many bytes."""

    name: str


Layout = tuple[CString | Byte | Octets, ...]


def _address(prefix: str, name: str, size: int = 21) -> Layout:
    return Byte(f"{prefix}_ton"), Byte(f"{prefix}_npi"), CString(name, size)


_BIND: Layout = (
    CString("system_id", 16),
    CString("password", 9),
    CString("system_type", 13),
    Byte("interface_version"),
    *_address("addr", "address_range", 41),
)
_BOUND: Layout = (CString("system_id", 16),)
_TAKEN: Layout = (CString("message_id", 65),)
_FROM_TO: Layout = (
    CString("service_type", 6),
    *_address("source_addr", "source_addr"),
    *_address("dest_addr", "destination_addr"),
)
_SHORT_MESSAGE: Layout = (
    *_FROM_TO,
    Byte("esm_class"),
    Byte("protocol_id"),
    Byte("priority_flag"),
    CString("schedule_delivery_time", 17),
    CString("validity_period", 17),
    Byte("registered_delivery"),
    Byte("replace_if_present_flag"),
    Byte("data_coding"),
    Byte("sm_default_msg_id"),
    Octets("short_message"),
)

BODIES: dict[int, Layout] = {
    Command.BIND_RECEIVER: _BIND,
    Command.BIND_TRANSMITTER: _BIND,
    Command.BIND_TRANSCEIVER: _BIND,
    Command.BIND_RECEIVER_RESP: _BOUND,
    Command.BIND_TRANSMITTER_RESP: _BOUND,
    Command.BIND_TRANSCEIVER_RESP: _BOUND,
    Command.OUTBIND: (CString("system_id", 16), CString("password", 9)),
    Command.SUBMIT_SM: _SHORT_MESSAGE,
    Command.DELIVER_SM: _SHORT_MESSAGE,
    Command.DATA_SM: (*_FROM_TO, Byte("esm_class"), Byte("registered_delivery"), Byte("data_coding")),
    Command.SUBMIT_SM_RESP: _TAKEN,
    Command.DELIVER_SM_RESP: _TAKEN,
    Command.DATA_SM_RESP: _TAKEN,
    Command.QUERY_SM: (CString("message_id", 65), *_address("source_addr", "source_addr")),
    Command.QUERY_SM_RESP: (
        CString("message_id", 65),
        CString("final_date", 17),
        Byte("message_state"),
        Byte("error_code"),
    ),
    Command.CANCEL_SM: (
        CString("service_type", 6),
        CString("message_id", 65),
        *_address("source_addr", "source_addr"),
        *_address("dest_addr", "destination_addr"),
    ),
    Command.REPLACE_SM: (
        CString("message_id", 65),
        *_address("source_addr", "source_addr"),
        CString("schedule_delivery_time", 17),
        CString("validity_period", 17),
        Byte("registered_delivery"),
        Byte("sm_default_msg_id"),
        Octets("short_message"),
    ),
    Command.ALERT_NOTIFICATION: (
        *_address("source_addr", "source_addr", 65),
        *_address("esme_addr", "esme_addr", 65),
    ),
    Command.UNBIND: (),
    Command.UNBIND_RESP: (),
    Command.ENQUIRE_LINK: (),
    Command.ENQUIRE_LINK_RESP: (),
    Command.CANCEL_SM_RESP: (),
    Command.REPLACE_SM_RESP: (),
    Command.GENERIC_NACK: (),
}
