import pytest

from chassis.kernel import fields
from notifier.domain import words
from notifier.domain.routing import Setting, route

T, G, D, N = words.TELPONI, words.GARENG_MESEM, words.DESTANA, words.NOTIFIER
NOBODY = Setting()


@pytest.mark.parametrize(
    ("text", "service", "why"),
    [
        ("BUMIL Siti # 28", T, "word"),
        ("bumil siti", T, "word"),
        ("BUMLI siti", T, "word"),  # two letters swapped
        ("SAMPA tumpukan # Kragan", G, "word"),
        ("banjir kragan 60", D, "word"),
        ("API Kragan", D, "word"),
        ("siap", D, "word"),
        ("SIAP P4K7M", D, "word"),
        ("TERIMA R2K7P", T, "code"),
        ("terima j2k7p", G, "code"),
        ("TOLAK R2K7P penuh", T, "code"),
        ("TOLAK R2K7P#PENUH", T, "code"),
        ("STATUS M2K7P", T, "code"),
        ("STATUS S2K7P", G, "code"),
        ("STATUS B2K7P", D, "code"),
        ("M2K7P", T, "code"),
        ("STATUS", G, "role"),
        ("BANTUAN", N, "word"),
        ("BANTUAN BUMIL", T, "word"),
        ("BANTUAN entah", N, "word"),
        ("menu", N, "word"),
        ("STOP", N, "word"),
        ("BERHENTI", N, "word"),
        ("MULAI", N, "word"),
        ("DAFTAR Siti # KADER # Kragan", N, "word"),
        ("TERIMA", N, "unknown"),
        ("halo", N, "unknown"),
        ("", N, "unknown"),
        ("2", N, "unknown"),
    ],
)
def test_words_and_codes_have_owners(text: str, service: str, why: str) -> None:
    found = route(text, NOBODY, has_media=False)
    assert (found.service, found.why) == (service, why)


def test_every_word_of_the_page_has_an_owner() -> None:
    page = {
        "BUMIL",
        "SKOR",
        "BAHAYA",
        "RUJUK",
        "TERIMA",
        "TOLAK",
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
        "STATUS",
        "DAFTARIBU",
        "SAMPAH",
        "BELUM",
        "SELESAI",
        "BANJIR",
        "ROB",
        "LONGSOR",
        "ANGIN",
        "KERING",
        "API",
        "GEMPA",
        "ASAP",
        "TSUNAMI",
        "SIAP",
        "INFO",
        "DAFTAR",
        "MASUK",
        "MENU",
        "BANTUAN",
        "STOP",
        "BERHENTI",
        "MULAI",
        "ADMIN",
    }
    assert page == words.WORDS


def test_no_word_is_taken_for_another_by_one_wrong_letter() -> None:
    for word in words.WORDS:
        assert route(word, Setting(offered=T), has_media=False).word == word


@pytest.mark.parametrize("text", sorted(words.COMMON))
def test_an_everyday_word_is_no_misspelling(text: str) -> None:
    assert fields.near_miss(text, words.WORDS) is not None  # else it need not stand in the list
    assert route(f"{text} ini", NOBODY, has_media=False).why == "unknown"


def test_an_answer_without_code_goes_to_who_offered_last() -> None:
    assert route("TOLAK PENUH", Setting(offered=T), has_media=False).service == T
    assert route("terima", Setting(offered=G), has_media=False).service == G


def test_a_code_wins_over_the_reply_and_the_reply_over_the_offer() -> None:
    setting = Setting(replied_to=G, offered=T, talking=D)
    assert route("TERIMA R2K7P", setting, has_media=False).service == T
    assert route("TERIMA", setting, has_media=False).service == G
    assert route("ya", setting, has_media=False).service == G


def test_numbers_and_corrections_go_to_the_conversation() -> None:
    setting = Setting(talking=T)
    assert route("2", setting, has_media=False).service == T
    assert route("12/03/2026", setting, has_media=False).service == T
    assert route("PENUH", setting, has_media=False).service == T
    assert route("BANJIR Kragan 30", setting, has_media=False).service == D


def test_a_pin_or_photo_alone_may_begin_a_report_of_waste() -> None:
    assert route("", NOBODY, has_media=True).service == G
    assert route("", Setting(talking=D), has_media=True).service == D
    assert route("BANJIR Kragan 30", NOBODY, has_media=True).service == D


def test_status_without_code_follows_the_role() -> None:
    assert route("STATUS", Setting(roles=frozenset({"midwife"})), has_media=False).service == T
    assert route("STATUS", Setting(roles=frozenset({"bpbd_duty"})), has_media=False).service == D


@pytest.mark.parametrize(
    "text",
    [
        "jalan raya",
        "JALAN Diponegoro # MOTOR",
        "tiba di pasar",
        "pindah ke belakang",
        "lahir",
        "batal",
        "selesai",
        "belum",
        "belum ada",
        "masuk gang 3",
        "mulai kemarin",
        "rab",  # ROB
        "asam",  # ASAP
        "besar",
        "motor",
        "darah",
    ],
)
def test_an_everyday_word_of_a_stranger_belongs_to_the_open_conversation(text: str) -> None:
    other = D if text.startswith(("selesai", "belum")) else G
    assert route(text, Setting(talking=other), has_media=False).service == other
    assert route(text, Setting(replied_to=other), has_media=False).service == other


@pytest.mark.parametrize(
    "text",
    ["BAHAYA Siti # 28 # DARAH # DESA Kragan", "API Kragan", "asap", "angin", "banjr Kragan 60", "kering", "GEMPA"],
)
def test_an_emergency_is_served_whatever_conversation_is_open(text: str) -> None:
    owner = T if text.startswith("BAHAYA") else D
    assert route(text, Setting(talking=G), has_media=False).service == owner
    assert route(text, Setting(replied_to=G), has_media=False).service == owner


def test_the_word_of_a_role_goes_to_its_owner_from_who_holds_the_role() -> None:
    midwife = Setting(talking=G, roles=frozenset({"midwife"}))
    for text in ("BUMIL Siti # 28", "batal", "JALAN", "JALAN R2K7P", "jalan r2k"):
        assert route(text, midwife, has_media=False).service == T
    assert route("jalan raya", midwife, has_media=False).service == G
    collector = Setting(talking=D, roles=frozenset({"collector"}))
    assert route("SELESAI J2K7P # 2", collector, has_media=False).service == G


def test_the_word_of_a_role_goes_to_its_owner_when_no_other_conversation_is_open() -> None:
    for setting in (NOBODY, Setting(talking=T)):
        assert route("jalan raya", setting, has_media=False).service == T
    assert route("selesai", NOBODY, has_media=False).service == G


def test_a_code_tells_the_owner_whoever_writes() -> None:
    assert route("JALAN R2K7P", Setting(talking=G), has_media=False).service == T
    assert route("BELUM S2K7P", Setting(talking=D), has_media=False).service == G
    assert route("SELESAI J2K7P", Setting(talking=T), has_media=False).service == G


def test_words_of_ours_alone_are_served_in_a_conversation() -> None:
    for text in ("STOP", "BERHENTI", "MENU", "BANTUAN", "MASUK", "MULAI"):
        assert route(text, Setting(talking=G), has_media=False).service == N
    assert route("SAMPAH LIAR # Kragan", Setting(talking=D), has_media=False).service == G
    assert route("siap", Setting(talking=G), has_media=False).service == D
    assert route("siap", Setting(replied_to=T), has_media=False).service == T


def test_thanks_accept_nothing() -> None:
    for text in ("terima kasih", "TERIMA KASIH bu", "terima kasih."):
        found = route(text, Setting(offered=T, talking=T), has_media=False)
        assert (found.service, found.why) == (N, "thanks")
