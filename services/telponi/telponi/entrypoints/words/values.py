"""Reading single fields of a report."""

import re
from datetime import date

from chassis.kernel.dates import read_date
from chassis.kernel.errors import Reject
from telponi.domain.age import Age
from telponi.domain.gestation import checked_lmp, lmp_from_weeks
from telponi.domain.pregnancy import checked_height

LONGEST_NAME = 80
MOST_YEARS = 45

_YEARS = re.compile(r"(\d{1,2})(?:[.,]\d+)?\s*(?:TH|THN|TAHUN)?\.?", re.IGNORECASE)
_WEEKS = re.compile(r"UK\s*(\d{1,2})(?:\s*\+\s*([0-6]))?\s*(?:MGG|MINGGU|M)?", re.IGNORECASE)
_HEIGHT = re.compile(r"(?:TINGGI\s*)?(\d{2,3})(?:[.,]\d+)?\s*(?:CM)?", re.IGNORECASE)
_PHONE = re.compile(r"(?:\+?62|0)8\d{7,11}")


def read_name(text: str) -> str:
    """A mother's name. Raises Reject."""
    letters = sum(letter.isalpha() for letter in text)
    if letters < 2 or len(text) > LONGEST_NAME or any(letter.isdigit() for letter in text):  # noqa: PLR2004 - the shortest name
        raise Reject("nama", "format", f"2 sampai {LONGEST_NAME} huruf, tanpa angka")
    return text


def read_age(text: str, today: date) -> Age:
    """An age in years, or a date of birth. Raises Reject."""
    if match := _YEARS.fullmatch(text):
        return Age.stated(int(match[1]), today)
    born = read_date(text, today)
    if born is None:
        raise Reject("umur", "format", "umur dalam tahun atau tanggal lahir")
    return Age.from_birth(born, today)


def read_lmp(text: str, today: date) -> date:
    """The last period as a date, or `UK n` weeks (`UK 12+3`) today. Raises Reject."""
    if match := _WEEKS.fullmatch(text):
        lmp = lmp_from_weeks(int(match[1]), today)
        return date.fromordinal(lmp.toordinal() - int(match[2] or 0))
    found = read_date(text, today)
    if found is None:
        raise Reject("HPHT", "format", "harus tanggal, atau UK dan minggu")
    return checked_lmp(found, today)


def read_height(text: str) -> int:
    """A height in cm. Raises Reject."""
    match = _HEIGHT.fullmatch(text)
    return checked_height(int(match[1]) if match else 0)


def read_years(text: str) -> int:
    """A number of completed years. Raises Reject."""
    match = _YEARS.fullmatch(text)
    if match is None or int(match[1]) > MOST_YEARS:
        raise Reject("tahun", "out_of_range", f"harus 0 sampai {MOST_YEARS} tahun")
    return int(match[1])


def read_phone(text: str) -> str:
    """A mobile number, as +62. Raises Reject."""
    bare = re.sub(r"[\s.()-]", "", text)
    if not _PHONE.fullmatch(bare):
        raise Reject("HP", "format", "harus nomor HP Indonesia")
    return "+62" + bare[bare.index("8") :]
