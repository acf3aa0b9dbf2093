"""Danger signs: they bypass the score and start an emergency referral at once."""

import re
from collections.abc import Iterable
from enum import IntEnum


class DangerSign(IntEnum):
    """A sign; the value is that of the contract."""

    BLEEDING = 1
    CONVULSIONS = 2
    PRE_ECLAMPSIA = 3
    HEADACHE = 4
    WATERS = 5
    FEVER = 6
    VOMITING = 7
    FETAL_MOVEMENT = 8
    SWELLING = 9
    DISCHARGE = 10
    BREASTS = 11
    DEPRESSION = 12
    NEWBORN = 13

    @property
    def spoken(self) -> str:
        """The sign in plain Indonesian."""
        return NAMES[self]


NAMES: dict[DangerSign, str] = {
    DangerSign.BLEEDING: "perdarahan",
    DangerSign.CONVULSIONS: "kejang",
    DangerSign.PRE_ECLAMPSIA: "PEB",
    DangerSign.HEADACHE: "pusing hebat",
    DangerSign.WATERS: "ketuban pecah",
    DangerSign.FEVER: "demam tinggi",
    DangerSign.VOMITING: "muntah terus",
    DangerSign.FETAL_MOVEMENT: "gerak janin kurang",
    DangerSign.SWELLING: "bengkak",
    DangerSign.DISCHARGE: "nanah/berbau",
    DangerSign.BREASTS: "payudara bengkak",
    DangerSign.DEPRESSION: "sedih berat",
    DangerSign.NEWBORN: "bayi bahaya",
}

PHRASES: dict[str, DangerSign] = {
    "DARAH": DangerSign.BLEEDING,
    "PERDARAHAN": DangerSign.BLEEDING,
    "PENDARAHAN": DangerSign.BLEEDING,
    "KELUAR DARAH": DangerSign.BLEEDING,
    "KEJANG": DangerSign.CONVULSIONS,
    "KEJANG KEJANG": DangerSign.CONVULSIONS,
    "EKLAMSIA": DangerSign.CONVULSIONS,
    "PEB": DangerSign.PRE_ECLAMPSIA,
    "PUSING": DangerSign.HEADACHE,
    "PUSING HEBAT": DangerSign.HEADACHE,
    "SAKIT KEPALA": DangerSign.HEADACHE,
    "SAKIT KEPALA HEBAT": DangerSign.HEADACHE,
    "KETUBAN": DangerSign.WATERS,
    "KETUBAN PECAH": DangerSign.WATERS,
    "PECAH KETUBAN": DangerSign.WATERS,
    "DEMAM": DangerSign.FEVER,
    "DEMAM TINGGI": DangerSign.FEVER,
    "PANAS TINGGI": DangerSign.FEVER,
    "MUNTAH": DangerSign.VOMITING,
    "MUNTAH TERUS": DangerSign.VOMITING,
    "JANIN": DangerSign.FETAL_MOVEMENT,
    "GERAK JANIN KURANG": DangerSign.FETAL_MOVEMENT,
    "JANIN KURANG GERAK": DangerSign.FETAL_MOVEMENT,
    "JANIN TIDAK BERGERAK": DangerSign.FETAL_MOVEMENT,
    "BENGKAK": DangerSign.SWELLING,
    "NANAH": DangerSign.DISCHARGE,
    "KELUAR NANAH": DangerSign.DISCHARGE,
    "CAIRAN BERBAU": DangerSign.DISCHARGE,
    "PAYUDARA": DangerSign.BREASTS,
    "PAYUDARA BENGKAK": DangerSign.BREASTS,
    "SEDIH": DangerSign.DEPRESSION,
    "BAYI": DangerSign.NEWBORN,
}

ROWS_AND_SIGNS: dict[str, DangerSign] = {"19": DangerSign.BLEEDING, "20": DangerSign.CONVULSIONS}
"""Rows of the score card that are danger signs too."""

SIGNS_AND_ROWS: dict[DangerSign, str] = {
    DangerSign.BLEEDING: "19",
    DangerSign.CONVULSIONS: "20",
    DangerSign.PRE_ECLAMPSIA: "20",
}
"""Danger signs in pregnancy that are rows of the score card too."""

_LONGEST = max(len(phrase.split()) for phrase in PHRASES)


def read_signs(text: str) -> tuple[tuple[DangerSign, ...], str]:
    """Find the signs in a text, longest names first; give them and the words that are none.

    All that follows BAYI describes the newborn and is no sign of the mother's.
    """
    words = re.findall(r"[^\W_]+", text)
    signs: dict[DangerSign, None] = {}
    rest: list[str] = []
    while words:
        sign, length = _longest_sign(words)
        if sign is None:
            rest.append(words[0])
        else:
            signs[sign] = None
        words = words[length:]
        if sign is DangerSign.NEWBORN:
            rest, words = [*rest, *words], []
    return tuple(signs), " ".join(rest)


def _longest_sign(words: list[str]) -> tuple[DangerSign | None, int]:
    for length in range(min(_LONGEST, len(words)), 0, -1):
        sign = PHRASES.get(" ".join(words[:length]).upper())
        if sign is not None:
            return sign, length
    return None, 1


def spoken(signs: Iterable[DangerSign]) -> str:
    """The signs in plain Indonesian, in one phrase."""
    return ", ".join(sign.spoken for sign in signs)
