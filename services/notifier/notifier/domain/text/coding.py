"""How the characters of a short message are written as bytes."""

from enum import StrEnum


class Coding(StrEnum):
    """The ways a short message may be written; the first two are the ones we send."""

    GSM7 = "gsm7"  # 3GPP TS 23.038 default alphabet, one septet per byte as SMPP carries it
    UCS2 = "ucs2"  # big-endian UTF-16; phones accept surrogate pairs
    LATIN1 = "latin1"
    ASCII = "ascii"
    BINARY = "binary"  # not text
