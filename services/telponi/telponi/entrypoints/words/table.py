"""The words of Telponi: what each does, and which come later."""

from telponi.application.caller import CARERS, FACILITY, WATCHERS
from telponi.entrypoints.words import bahaya, bumil, offers, skor, status
from telponi.entrypoints.words.said import Said
from wire.dialogue.vocabulary import Vocabulary
from wire.dialogue.words import Word

WORDS: dict[str, Word[Said]] = {
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

HOW_TO_REGISTER = (
    "Nomor ini belum terdaftar untuk layanan itu. Daftar: DAFTAR nama # peran # desa, "
    "contoh: DAFTAR Siti Aminah # bidan # Sendangmulyo Kragan"
)

VOCABULARY = Vocabulary(
    WORDS,
    menu=f"Telponi: {', '.join(WORDS)}. Ketik BANTUAN dan kata itu, contoh: BANTUAN BUMIL",
    how_to_register=HOW_TO_REGISTER,
    later=LATER,
    roles=(*CARERS, *FACILITY, *WATCHERS),
)
