"""Text as it travels in an SMS: GSM 03.38, UCS-2 and the rest (3GPP TS 23.038, SMPP 3.4 section 5.2.19)."""

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = dict(zip(b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65", "\f^{}\\[~]|€", strict=True))
_ESCAPE = 0x1B
_TO_SEPTET = {character: bytes((code,)) for code, character in enumerate(_BASIC) if code != _ESCAPE}
_TO_SEPTET.update({character: bytes((_ESCAPE, code)) for code, character in _EXTENDED.items()})

GSM7, UCS2, LATIN1, ASCII, BINARY = "GSM-7", "UCS-2", "Latin-1", "ASCII", "8-bit"
_BY_CODING = {0x00: GSM7, 0x01: ASCII, 0x03: LATIN1, 0x08: UCS2, 0x18: UCS2, 0x10: GSM7}
_SINGLE = {GSM7: 160, UCS2: 70}
_PART = {GSM7: 153, UCS2: 67}


def encoding_of(data_coding: int) -> str:
    """Name the encoding that a data_coding says."""
    known = _BY_CODING.get(data_coding)
    if known is None and data_coding & 0xF0 == 0xF0:  # noqa: PLR2004 - coding group 1111: message class
        known = BINARY if data_coding & 0x04 else GSM7
    return known or BINARY


def is_flash(data_coding: int) -> bool:
    """Tell whether it is of message class 0: shown at once, kept nowhere."""
    return data_coding in {0x10, 0x18, 0xF0, 0xF4}


def decode(octets: bytes, encoding: str) -> str:
    """Read octets as a phone would: what cannot be read shows as a replacement mark."""
    if encoding == GSM7:
        return _decode_gsm(octets)
    if encoding == UCS2:
        return octets.decode("utf-16-be", errors="replace")
    if encoding == BINARY:
        return octets.hex(" ")
    return octets.decode("latin-1" if encoding == LATIN1 else "ascii", errors="replace")


def _decode_gsm(octets: bytes) -> str:
    text: list[str] = []
    escaped = False
    for octet in octets:
        if octet == _ESCAPE and not escaped:
            escaped = True
            continue
        basic = _BASIC[octet] if octet < len(_BASIC) else "\ufffd"
        text.append(_EXTENDED.get(octet, basic) if escaped else basic)
        escaped = False
    return "".join(text)


def encode(text: str) -> tuple[bytes, str]:
    """Write text as a phone would: GSM-7 (one septet an octet) where it can, else UCS-2."""
    try:
        return b"".join(_TO_SEPTET[character] for character in text), GSM7
    except KeyError:
        return text.encode("utf-16-be", errors="replace"), UCS2


def split(text: str) -> tuple[list[bytes], str]:
    """Cut text into the parts that travel (without headers); an escape or a surrogate pair is never cut."""
    octets, encoding = encode(text)
    unit = 2 if encoding == UCS2 else 1
    if len(octets) // unit <= _SINGLE[encoding]:
        return [octets], encoding
    room = _PART[encoding] * unit
    parts = [b""]
    for character in text:
        piece = _TO_SEPTET[character] if encoding == GSM7 else character.encode("utf-16-be", errors="replace")
        if len(parts[-1]) + len(piece) > room:
            parts.append(b"")
        parts[-1] += piece
    return parts, encoding


def parts_on_air(text: str) -> int:
    """Count the SMS that a network needs for a text given whole (message_payload)."""
    return len(split(text)[0])
