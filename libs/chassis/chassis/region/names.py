"""Village names as people write them: they repeat inside a regency and are misspelt."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from chassis.region.places import District, Village

CLOSE_ENOUGH = 80  # of 100, rapidfuzz's ratio: one letter in five wrong
MOST_OFFERED = 3

_PREFIX = re.compile(r"^(?:DESA|DS|KELURAHAN|KEL|DUSUN)\s*\.?\s+", re.IGNORECASE)
_CODE = re.compile(r"\d{2}\.\d{2}\.\d{2}\.\d{4}|\d{10}")


@dataclass(frozen=True, slots=True)
class Match:
    """What a name may mean. One village in `exact`: that one. Several: ask which. None: offer `close`, if any."""

    exact: tuple[Village, ...] = ()
    close: tuple[Village, ...] = ()

    @property
    def village(self) -> Village | None:
        """The only village meant."""
        return self.exact[0] if len(self.exact) == 1 else None


def plain(name: str) -> str:
    """A name without what people leave out or add: capitals, spaces, dots, the word for village."""
    return re.sub(r"[^A-Z0-9]", "", _PREFIX.sub("", name.strip()).upper())


class Names:
    """Finds villages by code, by name, or by name and district."""

    def __init__(self, villages: Iterable[Village], districts: Mapping[str, District]) -> None:
        self._by_code: dict[str, Village] = {}
        by_name: defaultdict[str, list[Village]] = defaultdict(list)
        for village in sorted(villages, key=lambda v: v.code):
            self._by_code[village.code] = village
            by_name[plain(village.name)].append(village)
            district = districts[village.district].name
            for between in ("", "KEC", "KECAMATAN"):
                by_name[plain(village.name + between + district)].append(village)
        self._by_name = dict(by_name)

    def find(self, text: str) -> Match:
        """Find what `text` may mean: a code with or without dots, a name, a name followed by its district."""
        text = text.strip()
        if _CODE.fullmatch(text):
            digits = text.replace(".", "")
            code = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}.{digits[6:]}"
            found = self._by_code.get(code)
            return Match((found,)) if found else Match()
        wanted = plain(text)
        if exact := self._by_name.get(wanted):
            return Match(tuple(dict.fromkeys(exact)))
        near = process.extract(wanted, self._by_name.keys(), scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
        villages = dict.fromkeys(village for name, _, _ in near for village in self._by_name[name])
        return Match(close=tuple(villages)[:MOST_OFFERED])
