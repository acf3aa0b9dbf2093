"""Asking which village is meant."""

from collections.abc import Sequence

from chassis.region.pack import Region
from chassis.region.places import Village
from wire.dialogue.asking import Asked, once_more

MOST_LISTED = 9


def read_village(text: str, region: Region, field: str, example: str) -> Village:
    """The village that `text` names: by code, by name, or by name and district.

    Raises Asked: the name repeats (a numbered list), is misspelt (offered, never assumed), or is unknown.
    """
    if not text:
        raise missing_village(field, example)
    match = region.find_village(text)
    if match.village:
        return match.village
    if match.exact:
        raise choose_village(field, f"{field} {text} ada {len(match.exact)}", match.exact, region)
    if match.close:
        raise choose_village(field, f"{field} itu tidak ada, maksudnya", match.close, region)
    raise Asked(field, f"{field} tidak dikenal: nama atau kode desa. {once_more(field, example)}")


def missing_village(field: str, example: str) -> Asked:
    """A village must be named here."""
    return Asked(field, f"{field} belum ada: nama atau kode desa. {once_more(field, example)}")


def choose_village(field: str, head: str, villages: Sequence[Village], region: Region) -> Asked:
    """A numbered list of villages; the sender answers with the number."""
    listed = villages[:MOST_LISTED]
    names = ", ".join(f"{number} {full_name(village, region)}" for number, village in enumerate(listed, start=1))
    return Asked(field, f"{head}: {names}. Balas nomornya.", choices=tuple(village.code for village in listed))


def full_name(village: Village, region: Region) -> str:
    """A village as people type it, with its district: `Sendangmulyo Kragan`."""
    return f"{village.name} {region.districts[village.district].name}"
