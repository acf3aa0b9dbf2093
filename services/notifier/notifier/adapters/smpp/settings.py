"""What an SMPP carrier must know, all of it in one URL."""

from dataclasses import dataclass, field, fields
from datetime import timedelta
from enum import StrEnum
from urllib.parse import parse_qsl, unquote, urlsplit

from notifier.domain.text.coding import Coding


class LongMessages(StrEnum):
    """How parts of a long message are marked."""

    UDH = "udh"  # a header in the text itself: works nearly everywhere
    SAR = "sar"  # sar_* parameters: the carrier makes the header
    PAYLOAD = "payload"  # the whole text as message_payload: the carrier cuts


class ReceiptIds(StrEnum):
    """How the id in a receipt is written compared with the one in submit_sm_resp."""

    GUESS = "guess"  # as it is, else the other notation
    SAME = "same"
    HEX_TO_DECIMAL = "hex_to_decimal"  # submit_sm_resp says hex, receipts say decimal
    DECIMAL_TO_HEX = "decimal_to_hex"


@dataclass(frozen=True, slots=True)
class SmppSettings:
    """One carrier reached over SMPP. Times in seconds."""

    host: str
    port: int = 2775
    system_id: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    tls_ca: str = ""  # file; empty: the system's
    name: str = "smpp"
    sender: str = "KENTONGAN"  # a registered name, or a number
    system_type: str = ""
    service_type: str = ""
    binds: int = 1
    rate: float = 0.0  # parts a second over all binds; 0: as many as the centre answers
    window: int = 10  # unanswered submit_sm per bind
    reserve: int = 2  # of them never used by routine; at least one slot stays for it
    response_timeout: float = 30.0
    bind_timeout: float = 10.0
    enquire_every: float = 20.0  # of silence
    enquire_timeout: float = 10.0
    backoff_first: float = 0.5
    backoff_cap: float = 30.0
    stable_after: float = 10.0  # a link that lived so long starts the back-off anew
    drain: float = 5.0
    throttle_pause: float = 1.0
    max_unanswered: int = 1000  # deliver_sm in work; more are told to come again
    sink_timeout: float = 20.0
    unicode_supported: bool = True
    default_alphabet: Coding = Coding.GSM7  # of incoming data_coding 0
    long_messages: LongMessages = LongMessages.UDH
    max_parts: int = 10
    receipt_ids: ReceiptIds = ReceiptIds.GUESS
    receipt_utc_offset: float = 7.0  # hours: the centres write their local time

    @property
    def pause(self) -> timedelta:
        """For how long to stop after 0x58 or 0x14."""
        return timedelta(seconds=self.throttle_pause)


_LONGEST = {"system_id": 15, "password": 8, "system_type": 12, "service_type": 5, "sender": 20, "name": 64}
_A_DAY = 86400
_RANGES = {
    "binds": (1, 32),
    "rate": (0, 10_000),
    "window": (1, 1000),
    "reserve": (0, 1000),
    "max_parts": (1, 255),
    "max_unanswered": (1, 100_000),
    **dict.fromkeys(("response_timeout", "bind_timeout", "enquire_every", "enquire_timeout"), (0.01, _A_DAY)),
    **dict.fromkeys(("backoff_first", "backoff_cap", "sink_timeout", "throttle_pause"), (0.01, _A_DAY)),
    **dict.fromkeys(("stable_after", "drain"), (0, _A_DAY)),
    "receipt_utc_offset": (-12, 14),
}
_IN_THE_ADDRESS = {"host", "port", "system_id", "password", "tls"}


def parse(url: str) -> SmppSettings:
    """Read `smpp[s]://system_id:password@host:port?window=10&sender=BPBD&...`; the query takes every setting's name.

    Raises ValueError where a name or a value makes no sense; its words never repeat the password.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"smpp", "smpps"} or not parts.hostname:
        raise ValueError("an SMPP carrier is smpp://system_id:password@host:port or smpps://...")
    known = {f.name: f.type for f in fields(SmppSettings) if f.name not in _IN_THE_ADDRESS}
    options: dict[str, object] = {}
    for name, text in parse_qsl(parts.query, keep_blank_values=True):
        if name not in known:
            raise ValueError(f"an SMPP carrier has no setting {name}")
        options[name] = _typed(name, text, known[name])
    settings = SmppSettings(
        host=parts.hostname,
        port=parts.port or 2775,
        system_id=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=parts.scheme == "smpps",
        **options,  # type: ignore[arg-type] # each was converted to its field's type above
    )
    _check(settings)
    return settings


def _check(settings: SmppSettings) -> None:
    for name, longest in _LONGEST.items():
        text: str = getattr(settings, name)
        if len(text) > longest or not text.isascii() or "\0" in text:
            raise ValueError(f"SMPP setting {name}: at most {longest} ASCII characters (SMPP 3.4, 5.2)")
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(settings, name) <= most:
            raise ValueError(f"SMPP setting {name}: {least} to {most}")


def _typed(name: str, text: str, kind: object) -> object:
    try:
        if kind is bool:
            return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
        if kind in {int, float, str, Coding, LongMessages, ReceiptIds}:
            return kind(text)
    except (KeyError, ValueError) as error:
        raise ValueError(f"SMPP setting {name}: {text!r} makes no sense") from error
    raise TypeError(f"no reader for setting {name}")
