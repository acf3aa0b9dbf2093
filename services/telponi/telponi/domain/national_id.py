"""NIK, the national id: 16 digits, of which 7 to 12 are the date of birth, day + 40 for women (Dukcapil)."""

import re
from datetime import date

from chassis.kernel.errors import Reject

WOMEN = 40
_NIK = re.compile(r"\d{16}")


def checked_nik(text: str) -> str:
    """Give the bare digits if they can be a woman's NIK. Raises Reject."""
    digits = re.sub(r"[\s.-]", "", text)
    if not _NIK.fullmatch(digits):
        raise Reject("NIK", "length", "harus 16 angka")
    day, month, year = int(digits[6:8]) - WOMEN, int(digits[8:10]), int(digits[10:12])
    if not _possible(day, month, year):
        raise Reject("NIK", "impossible_date", "angka 7-12 harus tanggal lahir, tanggal + 40 untuk perempuan")
    return digits


def _possible(day: int, month: int, year: int) -> bool:
    """Whether the date exists in either century (1900 and 2000 differ in 29 February)."""
    for century in (1900, 2000):
        try:
            date(century + year, month, day)
        except ValueError:
            continue
        return True
    return False
