"""The GSM default alphabet and its extension table (3GPP TS 23.038, 6.2.1), a septet per byte as in SMPP."""

ESCAPE = 0x1B
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_NOWHERE = "\uffff"  # outside Latin-1, so that the encoder below stumbles over it
_WRITE: dict[int, str] = dict.fromkeys(range(0x100), _NOWHERE)
_WRITE |= {ord(character): chr(septet) for septet, character in enumerate(_BASIC) if septet != ESCAPE}
_WRITE |= {ord(character): chr(ESCAPE) + chr(septet) for septet, character in _EXTENDED.items()}
_READ = dict(enumerate(_BASIC)) | dict.fromkeys(range(0x80, 0x100), "\ufffd")


def encode(text: str) -> bytes | None:
    """Write the text, a septet per byte, or None where the alphabet lacks a character of it."""
    try:
        return text.translate(_WRITE).encode("latin-1")
    except UnicodeEncodeError:
        return None


def has(character: str) -> bool:
    """Whether the alphabet or its extension has this character."""
    return _WRITE.get(ord(character), _NOWHERE) != _NOWHERE


def decode(data: bytes) -> str:
    """Read unpacked septets. Never fails: what is no septet becomes U+FFFD, an unknown escape its basic character."""
    plain, *escaped = data.decode("latin-1").split(chr(ESCAPE))
    read = [plain.translate(_READ)]
    for piece in escaped:
        # An escape before nothing, or before another escape, stands for a space (23.038, note 1).
        head = (_EXTENDED.get(ord(piece[0])) or piece[0].translate(_READ)) if piece else " "
        read.append(head + piece[1:].translate(_READ))
    return "".join(read)
