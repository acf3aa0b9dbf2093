"""The words of Telponi: what each does, and which come later."""

from telponi.application.caller import CARERS, FACILITY, WATCHERS
from telponi.entrypoints.words import bahaya, bumil, offers, skor, status
from telponi.entrypoints.words.said import Word

WORDS: dict[str, Word] = {
    word.name: word for word in (bumil.WORD, skor.WORD, bahaya.WORD, offers.ACCEPT, offers.DECLINE, status.WORD)
}

LATER: frozenset[str] = frozenset(
    (
        "RUJUK",
        "JALAN",
        "TIBA",
        "BALIK",
        "LAHIR",
        "ANC",
        "NIFAS",
        "KEGUGURAN",
        "PINDAH",
        "BATAL",
        "MENINGGAL",
        "DAFTARIBU",
    )
)
"""Words of messages.md that this version does not serve yet; each is answered plainly."""

HELP = "BANTUAN"
ALL: frozenset[str] = frozenset((*WORDS, *LATER, HELP))
ROLES = (*CARERS, *FACILITY, *WATCHERS)

MENU = f"Telponi: {', '.join(WORDS)}. Ketik BANTUAN dan kata itu, contoh: BANTUAN BUMIL"
HOW_TO_REGISTER = (
    "Nomor ini belum terdaftar untuk layanan itu. Daftar: DAFTAR nama # peran # desa, "
    "contoh: DAFTAR Siti Aminah # bidan # Sendangmulyo Kragan"
)


def help_text(about: str) -> str:
    """How a word is used, with a correct example; for anything else the menu."""
    if word := WORDS.get(about):
        return word.usage
    return not_yet(about) if about in LATER else MENU


def not_yet(name: str) -> str:
    """A word that comes later."""
    return f"{name} belum tersedia, belum ada yang dicatat. Yang sudah bisa: {', '.join(WORDS)}"
