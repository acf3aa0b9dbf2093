"""The rows of the Poedji Rochjati score card: data, with a version.

Source: Poedji Rochjati, Skrining Antenatal pada Ibu Hamil (2nd ed., 2011). Whoever changes a row or a limit in
`kspr` changes VERSION and publishes them anew (`python -m telponi.adapters.kspr_published`).
"""

from dataclasses import dataclass

VERSION = "poedji-rochjati-2011.1"
START = 2
"""Every mother's score before any row counts."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its group on the card, points, name, and the words that tick it in a field message."""

    group: int
    points: int
    name: str
    words: tuple[str, ...] = ()


ROWS: dict[str, Row] = {
    "1": Row(1, 4, "terlalu muda"),
    "2a": Row(1, 4, "lama menikah baru hamil"),
    "2b": Row(1, 4, "hamil pertama usia 35+"),
    "3": Row(1, 4, "jarak terlalu dekat"),
    "4": Row(1, 4, "jarak terlalu jauh"),
    "5": Row(1, 4, "anak 4 atau lebih"),
    "6": Row(1, 4, "usia 35+"),
    "7": Row(1, 4, "tinggi 145 cm ke bawah"),
    "8": Row(1, 4, "pernah gagal hamil", ("GAGAL",)),
    "9a": Row(1, 4, "pernah vakum/forsep", ("VAKUM", "FORSEP")),
    "9b": Row(1, 4, "pernah plasenta manual", ("MANUAL",)),
    "9c": Row(1, 4, "pernah infus/transfusi", ("INFUS", "TRANSFUSI")),
    "10": Row(1, 8, "pernah sesar", ("SC", "SESAR")),
    "11a": Row(2, 4, "anemia/malaria", ("ANEMIA", "MALARIA")),
    "11b": Row(2, 4, "TBC/jantung", ("TBC", "JANTUNG")),
    "11c": Row(2, 4, "diabetes", ("DM", "GULA")),
    "11d": Row(2, 4, "infeksi menular seksual", ("PMS", "IMS", "SIFILIS", "HIV")),
    "12": Row(2, 4, "bengkak dan tensi tinggi", ("BENGKAK",)),
    "13": Row(2, 4, "kembar", ("KEMBAR",)),
    "14": Row(2, 4, "hidramnion", ("HIDRAMNION", "AIRKEMBAR")),
    "15": Row(2, 4, "janin mati", ("IUFD", "JANINMATI")),
    "16": Row(2, 4, "lewat bulan", ("SEROTINUS", "LEWATBULAN")),
    "17": Row(2, 8, "sungsang", ("SUNGSANG",)),
    "18": Row(2, 8, "lintang", ("LINTANG",)),
    "19": Row(3, 8, "perdarahan", ("DARAH", "PERDARAHAN")),
    "20": Row(3, 8, "PEB/kejang", ("PEB", "KEJANG", "EKLAMSIA")),
}

FACTOR_WORDS: dict[str, str] = {word: number for number, row in ROWS.items() for word in row.words}
"""Which row a factor word ticks."""
