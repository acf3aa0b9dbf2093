"""Whose message it is while people of the service desk answer, or are asked for."""

import pytest

from notifier.domain import words
from notifier.domain.routing import Setting, route

T, G, D, N, DESK = words.TELPONI, words.GARENG_MESEM, words.DESTANA, words.NOTIFIER, words.DESK
WITH_DESK = Setting(with_desk=True, talking=G)


@pytest.mark.parametrize(
    "text",
    [
        "sampah di depan rumah belum diangkut",
        "jalan raya",
        "belum",
        "selesai",
        "bantuan banjir belum datang",
        "info posyandu",
        "mulai kapan pak",
        "stop dulu pak",
        "menu makan",
        "siap pak",
        "status",
        "terima kasih",
        "admin",
        "rab",  # ROB
        "2",
        "12/03/2026",
        "",
    ],
)
def test_everyday_talk_goes_to_the_people_of_the_desk(text) -> None:
    assert route(text, WITH_DESK, has_media=False).service == DESK


def test_a_place_or_photo_goes_to_the_people_of_the_desk() -> None:
    assert route("", WITH_DESK, has_media=True).service == DESK


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("BAHAYA Siti # 28 # DARAH # DESA Kragan", T),
        ("bahaya", T),
        ("banjir kragan 60", D),
        ("banjr Kragan 60", D),
        ("API Kragan", D),
        ("TSUNAMI Kragan", D),
        ("M2K7P", T),
        ("STATUS S2K7P", G),
        ("TERIMA R2K7P", T),
        ("TOLAK J2K7P rusak", G),
        ("BELUM S2K7P", G),
        ("JALAN R2K7P", T),
        ("SIAP B2K7P", D),
        ("SIAP", D),
    ],
)
def test_emergencies_codes_and_answers_to_warnings_are_served_as_always(text, service) -> None:
    assert route(text, WITH_DESK, has_media=False).service == service


@pytest.mark.parametrize("text", ["MENU", "menu", "STOP", "BERHENTI", "MULAI", "MASUK"])
def test_the_way_out_and_what_is_wanted_are_served(text) -> None:
    assert route(text, WITH_DESK, has_media=False).service == N


def test_a_report_typed_as_one_is_no_talk() -> None:
    assert route("SAMPAH TUMPUKAN # Kragan # MOTOR", WITH_DESK, has_media=False).service == G
    assert route("DAFTAR Siti # KADER # Kragan", WITH_DESK, has_media=False).service == N


def test_what_a_midwife_reports_of_a_mother_never_lies_at_the_desk() -> None:
    midwife = Setting(with_desk=True, roles=frozenset({"midwife"}))
    for text in ("BUMIL Siti, 28, UK 20", "LAHIR", "ANC BAIK"):
        assert route(text, midwife, has_media=False).service == T
    assert route("jalan raya", midwife, has_media=False).service == DESK
    assert route("BUMIL Siti, 28", WITH_DESK, has_media=False).service == DESK


def test_an_open_offer_is_answered_past_the_desk() -> None:
    hospital = Setting(with_desk=True, offered=T)
    for text in ("TERIMA", "TOLAK PENUH"):
        assert route(text, hospital, has_media=False).service == T
    assert route("terima kasih", hospital, has_media=False).service == DESK
    assert route("TERIMA", WITH_DESK, has_media=False).service == DESK


def test_the_reply_comes_before_the_state() -> None:
    assert route("ya", Setting(with_desk=True, replied_to=T), has_media=False).service == T
    answered = Setting(replied_to=DESK, talking=G)
    for text in ("ya", "siap", "belum", "sampah sudah diangkut"):
        assert route(text, answered, has_media=False).service == DESK
    assert route("API Kragan", answered, has_media=False).service == D
    assert route("STATUS S2K7P", answered, has_media=False).service == G


def test_who_asks_for_a_human_gets_one() -> None:
    assert route("ADMIN", Setting(), has_media=False) == route("admin", Setting(talking=G), has_media=False)
    assert route("admin", Setting(), has_media=False).service == DESK
    assert route("ADMIN jadwal posyandu?", Setting(), has_media=False).service == DESK
    assert route("admin desa tidak ada", Setting(talking=G), has_media=False).service == G
    assert route("amin", Setting(), has_media=False).why == "unknown"


@pytest.mark.parametrize(
    ("about", "service"),
    [
        *((word, owner) for word, owner in words.OWNERS.items() if owner in words.SERVICES),
        *((word, N) for word in ("MENU", "ADMIN", "STATUS", "TERIMA", "DAFTAR", "petugas")),
    ],
)
def test_help_comes_from_the_owner_of_the_word(about, service) -> None:
    assert route(f"BANTUAN {about}", Setting(), has_media=False).service == service


def test_what_a_service_may_have_asked_after_an_emergency_goes_to_it() -> None:
    reporting = Setting(with_desk=True, reporting_to=D)
    for text in ("2", "60 cm", "Sendangmulyo Kragan", "jalan raya"):
        assert route(text, reporting, has_media=False) == route("1", reporting, has_media=False)
    assert route("2", reporting, has_media=False).service == D
    assert route("", reporting, has_media=True).service == D
    for text in ("kapan posyandu?", "tolong pak air sudah naik", "terima kasih"):
        assert route(text, reporting, has_media=False).service == DESK
    assert route("2", Setting(with_desk=True, reporting_to=D, replied_to=DESK), has_media=False).service == DESK
