"""Phone numbers as people write them and as carriers do."""

import re

_NOT_A_DIGIT = re.compile(r"\D+")
HOME_COUNTRY = "62"


def international(written: str) -> str:
    """Give the digits of a number with its country: 0812-0000-0001, 62812..., +62812... are all one phone.

    Raises ValueError: there is no digit in it.
    """
    digits = _NOT_A_DIGIT.sub("", written)
    if not digits:
        raise ValueError(f"not a phone number: {written!r}")
    if digits.startswith("0"):
        return HOME_COUNTRY + digits[1:]
    return digits


def shown(number: str) -> str:
    """Give a number as people read it aloud: 0812-0000-0001."""
    if not number.startswith(HOME_COUNTRY):
        return f"+{number}"
    local = "0" + number[len(HOME_COUNTRY) :]
    return "-".join((local[:4], local[4:8], local[8:])).rstrip("-")
