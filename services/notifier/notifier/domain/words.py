"""Which service owns which word, code and offer: the routing table of messages.md, as data."""

from collections.abc import Mapping
from types import MappingProxyType

TELPONI, GARENG_MESEM, DESTANA, NOTIFIER = "telponi", "gareng-mesem", "destana", "notifier"
DESK = "desk"  # the people of the service desk
SERVICES = (TELPONI, GARENG_MESEM, DESTANA)

_OWNED = {
    TELPONI: """BUMIL SKOR BAHAYA RUJUK JALAN TIBA BALIK LAHIR ANC NIFAS KEGUGURAN PINDAH BATAL MENINGGAL
        DAFTARIBU""",
    GARENG_MESEM: "SAMPAH BELUM SELESAI",
    DESTANA: "BANJIR ROB LONGSOR ANGIN KERING API GEMPA ASAP TSUNAMI SIAP INFO",
    NOTIFIER: "DAFTAR MASUK MENU BANTUAN STOP BERHENTI MULAI",
    DESK: "ADMIN",
}

OWNERS: Mapping[str, str] = MappingProxyType(
    {word: service for service, words in _OWNED.items() for word in words.split()}
)
"""Words with one owner."""

ANSWERS_TO_OFFERS = frozenset({"TERIMA", "TOLAK"})
"""Without a code they go to the service whose offer the person got last."""

ANSWERS = ANSWERS_TO_OFFERS | {"SIAP"}
"""Words that acknowledge an alert."""

SHARED = ANSWERS_TO_OFFERS | {"STATUS"}
"""Words of several services: the letter of the code after them decides."""

WORDS = frozenset(OWNERS) | SHARED

LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "M": TELPONI,
        "R": TELPONI,
        "S": GARENG_MESEM,
        "J": GARENG_MESEM,
        "B": DESTANA,
        "P": DESTANA,
    }
)
"""Owner of each kind of code."""

LETTERS_AFTER: Mapping[str, str] = MappingProxyType({"TERIMA": "RJ", "TOLAK": "RJ", "STATUS": "MRSB"})
"""The kinds of code that may follow a shared word: the reason in `TOLAK PENUH` looks like a code of kind P."""

COMMON = frozenset(
    {"AMIN", "APA", "TAPI", "SIAPA", "TIAP", "SIAL", "INGIN", "SERING", "TIGA", "BAIK", "SAMPAI", "INDAH", "MASAK"}
    | {"MULIA", "ATAP", "ASAL", "BATAS", "CAHAYA", "BUMI", "LAHAR", "RUJAK", "STOK", "KOLAK"}
)
"""Everyday words one letter away from ours: no misspellings. `siapa ini?` acknowledges no warning."""

EMERGENCY = frozenset({"BAHAYA", "BANJIR", "ROB", "LONGSOR", "ANGIN", "KERING", "API", "GEMPA", "ASAP", "TSUNAMI"})
"""Served at once, whatever conversation is open and whoever writes."""

_CARE = frozenset({"midwife", "kader", "doctor", "facility_duty", "puskesmas_head", "district_health_office"})
ROLES_FOR: Mapping[str, frozenset[str]] = MappingProxyType(
    dict.fromkeys(set(_OWNED[TELPONI].split()) - EMERGENCY, _CARE)
    | {"SELESAI": frozenset({"collector", "field_supervisor"})}
)
"""Words that need a role. From somebody without it they are everyday words while another conversation is open:
`jalan raya` tells a place.
"""

COMPLETE = frozenset({"MASUK", "MULAI", "ADMIN"})
"""Words with nothing after them: `masuk gang` and `mulai kemarin` are answers while a conversation is open."""

PAST_THE_DESK = frozenset({"MENU", "STOP", "BERHENTI", "MULAI", "MASUK", "SIAP"})
"""Words that, alone, are served also while the desk has the conversation: the way out of it, what is wanted, login,
and the answer to a warning.
"""

OF_A_CODE = frozenset({"JALAN", "TIBA", "BELUM"})
"""Words with nothing but a code after them: `jalan raya` is an answer even from a midwife."""

LONG_ENOUGH = 5
"""Letters of a word whose misspelling is still believed while another conversation is open."""

AS_LONG_AS_A_FIELD = 3
"""Words of a field that a service may have asked for: `2`, `60 cm`, `Sendangmulyo Kragan`."""

MEDIA = GARENG_MESEM
"""Who gets a location or photo that stands alone: a waste report may begin with either."""

STATUS_BY_ROLE: Mapping[str, str] = MappingProxyType(
    {
        "midwife": TELPONI,
        "kader": TELPONI,
        "doctor": TELPONI,
        "facility_duty": TELPONI,
        "bpbd_duty": DESTANA,
        "bpbd_commander": DESTANA,
    }
)
"""Who is asked for the STATUS of the only open matter, by the sender's role; else the waste reports."""
