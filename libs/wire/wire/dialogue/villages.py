"""Asking which village is meant."""

from chassis.region.pack import Region
from chassis.region.places import Village
from wire.dialogue.words import Asked

MOST_LISTED = 9


def read_village(text: str, region: Region, field: str, example: str) -> Village:
    """The village that `text` names: by code, by name, or by name and district.

    Raises Asked: the name repeats (a numbered list), is misspelt (offered, never assumed), or is unknown.
    """
    if not text:
        raise Asked(field, f"{field} belum ada: nama atau kode desa. Kirim {field} saja, contoh: {example}")
    match = region.find_village(text)
    if match.village:
        return match.village
    if match.exact:
        raise choose(field, f"{field} {text} ada {len(match.exact)}", match.exact, region)
    if match.close:
        raise choose(field, f"{field} itu tidak ada, maksudnya", match.close, region)
    raise Asked(field, f"{field} tidak dikenal: nama atau kode desa. Kirim {field} saja, contoh: {example}")


def choose(field: str, head: str, villages: tuple[Village, ...], region: Region) -> Asked:
    """A numbered list of villages; the sender answers with the number."""
    listed = villages[:MOST_LISTED]
    names = ", ".join(
        f"{number} {village.name} {region.districts[village.district].name}"
        for number, village in enumerate(listed, start=1)
    )
    return Asked(field, f"{head}: {names}. Balas nomornya.", choices=tuple(village.code for village in listed))
