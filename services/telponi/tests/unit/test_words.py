"""What people type and what they get back, word for word. `<M>` and `<R>` stand for the story's codes."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.kernel.alert import Alert, Reply
from chassis.kernel.draft import Draft
from telponi.domain.danger_signs import PHRASES
from telponi.domain.kspr_rows import FACTOR_WORDS, ROWS
from telponi.domain.record_read import RecordRead
from telponi.entrypoints.words.table import HOW_TO_REGISTER, LATER, VOCABULARY, WORDS

MESSAGES_MD = {
    *("BUMIL", "SKOR", "BAHAYA", "RUJUK", "TERIMA", "TOLAK", "JALAN", "TIBA", "BALIK", "LAHIR", "ANC", "NIFAS"),
    *("KEGUGURAN", "PINDAH", "BATAL", "MENINGGAL", "STATUS", "DAFTARIBU", "BANTUAN"),
}
BUMIL = "Siti Aminah # 27 # UK 12 # G2P1A0 # 155"
DATES = "UK 12+0, HPL 07-06-2027. Kontrol 23-11-2026. Lahir: "
SIGNS = "DARAH KEJANG PUSING KETUBAN DEMAM MUNTAH JANIN BENGKAK NANAH PAYUDARA SEDIH BAYI"
TWINS_ASKED = (
    "G2P2A0 kelebihan satu. Pernah melahirkan kembar? Balas YA, atau kirim GPA yang benar, contoh: GPA G2P1A0"
)
LOW, HIGH = "rumah/polindes dgn bidan.", "polindes/puskesmas/RS dgn bidan/dokter."


def test_every_word_of_the_page_is_answered() -> None:
    assert VOCABULARY.all == MESSAGES_MD


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        (f"BUMIL {BUMIL}", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        (f"bumil   {BUMIL.replace(' # ', '#')}", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        ("BUMIL Siti Aminah\n27\nUK 12\nG2 P1 A0\n155 cm", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        ("BUMIL Siti Aminah; 27 th; UK12; g2p1a0; 155", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        ("BUMIL Siti Aminah, 27, 31/08/2026, G2P1A0, 155", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        ("BUMIL Siti Aminah # 27 # 31-8-26 # G2P1A0 # 155", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        ("BUMIL Siti Aminah # 27 # 310826 # G2P1A0 # 155", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        ("BUMIL Siti Aminah # 27 # 31 agu 2026 # G2P1A0 # 155", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        ("BUMIL Siti Aminah # 12 mei 1999 # 31 aug 2026 # G2P1A0 # 155", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        ("BUMIL TB 155 # GPA G2P1A0 # HPHT 31082026 # UMUR 27 # NAMA Siti Aminah", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        (f"BUMIL DESA Sendangmulyo Kragan # {BUMIL}", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        (f"BUMIL {BUMIL} # DESA 33.17.12.2002", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        (f"BUMIL {BUMIL} # SESAR", f"<M> Skor 10 KRT, faktor 10(8). {DATES}{HIGH}"),
        (f"BUMIL {BUMIL} # bengkak, anemia malaria", f"<M> Skor 10 KRT, faktor 11a(4) 12(4). {DATES}{HIGH}"),
        (f"BUMIL {BUMIL} # JARAK 1 # NIKAH 2", f"<M> Skor 6 KRT, faktor 3(4). {DATES}{HIGH}"),
        (f"BUMIL {BUMIL} # NIK 3317124107990001 HP 0812 3456 7890", f"<M> Skor 2 KRR. {DATES}{LOW}"),
        (
            "BUMIL Tini # 16 # UK 12 # G1P0A0 # 144 # NIKAH 4 # KEMBAR",
            f"<M> Skor 18 KRST, faktor 1(4) 2a(4) 7(4) 13(4). {DATES}RS lengkap dgn dokter SpOG.",
        ),
        (f"BUMLI {BUMIL}", f"Dibaca BUMIL. <M> Skor 2 KRR. {DATES}{LOW}"),
        (
            f"BUMIL {BUMIL} # DARAH",
            (
                f"<M> Skor 10 KRT, faktor 19(8). {DATES}{HIGH} BAHAYA perdarahan: rujukan <R> ditawarkan ke "
                "Puskesmas Kragan I, dijawab dlm 5 mnt."
            ),
        ),
        (
            f"BUMIL {BUMIL} # ketuban pecah",
            (
                f"<M> Skor 2 KRR. {DATES}{LOW} BAHAYA ketuban pecah: rujukan <R> ditawarkan ke "
                "Puskesmas Kragan I, dijawab dlm 5 mnt."
            ),
        ),
    ],
)
async def test_bumil(village: Any, typed: str, answer: str) -> None:
    said = await village.says(village.midwife, typed)
    assert said == filled(village, answer)
    assert len(village.mothers) == 1


@pytest.mark.parametrize(
    ("typed", "answer", "repaired"),
    [
        ("BUMIL", "nama belum ada. Kirim nama saja, contoh: Siti Aminah", None),
        (
            "BUMIL S1ti # 27 # UK 12 # G2P1A0 # 155",
            "nama salah: 2 sampai 80 huruf, tanpa angka. Kirim nama saja, contoh: Siti Aminah",
            "Siti Aminah",
        ),
        ("BUMIL Siti Aminah", "umur belum ada. Kirim umur saja, contoh: 27", None),
        (
            "BUMIL Siti # 9 # UK 12 # G2P1A0 # 155",
            "umur salah: harus 10 sampai 60 tahun. Kirim umur saja, contoh: 27",
            "27",
        ),
        (
            "BUMIL Siti # 12/05/2027 # UK 12 # G2P1A0 # 155",
            "umur salah: tidak boleh sesudah hari ini. Kirim umur saja, contoh: 27",
            "12/05/1999",
        ),
        (
            "BUMIL Siti # 27 # 31/02/2026 # G2P1A0 # 155",
            "HPHT salah: harus tanggal, atau UK dan minggu. Kirim HPHT saja, contoh: HPHT 31/08/2026",
            "HPHT 31/08/2026",
        ),
        (
            "BUMIL Siti # 27 # 24/11/2026 # G2P1A0 # 155",
            "HPHT salah: tidak boleh sesudah hari ini. Kirim HPHT saja, contoh: HPHT 31/08/2026",
            "UK 12",
        ),
        (
            "BUMIL Siti # 27 # 01/01/2026 # G2P1A0 # 155",
            "HPHT salah: paling lama 44 minggu yang lalu. Kirim HPHT saja, contoh: HPHT 31/08/2026",
            "BUMIL HPHT 31/08/2026",
        ),
        (
            "BUMIL Siti # 27 # UK 45 # G2P1A0 # 155",
            "HPHT salah: harus 0 sampai 44 minggu. Kirim HPHT saja, contoh: HPHT 31/08/2026",
            "bumil # uk 12",
        ),
        (
            "BUMIL Siti # 27 # UK 12 # G2P0A0 # 155",
            "GPA salah: harus G = P + A + 1. Kirim GPA saja, contoh: G2P1A0",
            "G2P1A0",
        ),
        (
            "BUMIL Siti # 27 # UK 12 # dua # 155",
            "GPA salah: ditulis seperti G3P1A1. Kirim GPA saja, contoh: G2P1A0",
            "GPA G2P1A0",
        ),
        (
            "BUMIL Siti # 27 # UK 12 # G2P2A0 # 155",
            TWINS_ASKED,
            "ya",
        ),
        (
            "BUMIL Siti # 27 # UK 12 # G2P2A0 # 155",
            TWINS_ASKED,
            "G2P1A0",
        ),
        (
            "BUMIL Siti # 27 # UK 12 # G2P1A0 # 99",
            "tinggi salah: harus 100 sampai 220 cm. Kirim tinggi saja, contoh: 155",
            "155",
        ),
        ("BUMIL Siti # 27 # UK 12 # G2P1A0 # SC", "tinggi belum ada. Kirim tinggi saja, contoh: 155", "155"),
        (
            f"BUMIL {BUMIL} # NIK 33171241",
            "NIK salah: harus 16 angka. Kirim NIK saja, contoh: NIK 3317094107990002",
            "NIK 3317124107990001",
        ),
        (
            f"BUMIL {BUMIL} # NIK 3317120107990001",
            (
                "NIK salah: angka 7-12 harus tanggal lahir, tanggal + 40 untuk perempuan. Kirim NIK saja, "
                "contoh: NIK 3317094107990002"
            ),
            "-",
        ),
        (
            f"BUMIL {BUMIL} # HP 12345",
            "HP salah: harus nomor HP Indonesia. Kirim HP saja, contoh: HP 081234567890",
            "081234567890",
        ),
        (
            f"BUMIL {BUMIL} # JARAK lama",
            "JARAK salah: harus 0 sampai 45 tahun. Kirim JARAK saja, contoh: JARAK 3",
            "JARAK 3",
        ),
        (
            "BUMIL Siti # 27 # UK 12 # G1P0A0 # 155 # JARAK 1",
            "JARAK salah: G1P0A0 belum pernah melahirkan. Kirim JARAK - (kosong) atau GPA, contoh: GPA G2P1A0",
            "GPA G2P1A0",
        ),
        (
            f"BUMIL {BUMIL} # SUNGSAG KEMBAR",
            "faktor SUNGSAG maksudnya SUNGSANG? Kirim faktor itu saja, contoh: SUNGSANG. Daftar: BANTUAN SKOR",
            "SUNGSANG",
        ),
        (
            f"BUMIL {BUMIL} # DESA Sendangmulyo",
            (
                "DESA Sendangmulyo ada 5: 1 Sendangmulyo Bulu, 2 Sendangmulyo Gunem, 3 Sendangmulyo Sarang, "
                "4 Sendangmulyo Kragan, 5 Sendangmulyo Sluke. Balas nomornya."
            ),
            "4",
        ),
        (
            f"BUMIL {BUMIL} # DESA Sendangmulio Kragan",
            (
                "DESA itu tidak ada, maksudnya: 1 Sendangmulyo Kragan, 2 Sendang Kragan, 3 Sendangwaru Kragan. "
                "Balas nomornya."
            ),
            "1",
        ),
        (
            f"BUMIL {BUMIL} # DESA Zzzz",
            "DESA tidak dikenal: nama atau kode desa. Kirim DESA saja, contoh: DESA Sendangmulyo Kragan",
            "DESA Sendangmulyo Kragan",
        ),
        (
            f"BUMIL {BUMIL} # DESA 33.17.09.2004",
            "DESA harus di wilayah tugas Anda. Kirim DESA saja, contoh: DESA Sendangmulyo Kragan",
            "Sendangmulyo Kragan",
        ),
    ],
)
async def test_bumil_asks_for_the_wrong_field_only(
    village: Any, typed: str, answer: str, repaired: str | None
) -> None:
    assert await village.says(village.midwife, typed) == answer
    assert village.mothers == []
    if repaired:
        assert (await village.says(village.midwife, repaired)).startswith(f"{village.mothers[0].code} Skor")
        assert not village.memory.all(Draft)[0].is_open(village.clock.now())


async def test_without_desa_a_midwife_of_several_villages_chooses(village: Any) -> None:
    midwife = village.phone("midwife@33.17.12.2002", "midwife@33.17.09.2004")
    assert await village.says(midwife, f"BUMIL {BUMIL}") == (
        "DESA belum ada: 1 Sendangmulyo Kragan, 2 Wiroto Kaliori. Balas nomornya."
    )
    assert (await village.says(midwife, "3")).startswith("DESA tidak dikenal")
    assert (await village.says(midwife, "33.17.09.2004"))[0] == "M"
    assert [mother.village for mother in village.mothers] == ["33.17.09.2004"]


async def test_a_bare_word_begins_anew(village: Any) -> None:
    await village.says(village.midwife, "BUMIL Siti # 27 # UK 12 # G2P1A0 # 99")
    assert (await village.says(village.midwife, "BUMIL")).startswith("nama belum ada.")
    assert (await village.says(village.midwife, "155")).startswith("nama salah:")


async def test_what_was_right_is_kept_for_15_minutes(village: Any) -> None:
    await village.says(village.midwife, "BUMIL Siti # 27 # UK 12 # G2P1A0 # 99")
    await village.passes(timedelta(minutes=15))
    assert (await village.says(village.midwife, "155")).startswith("Kata tidak dikenal.")
    assert village.mothers == []


async def test_another_report_lets_the_wrong_one_go(village: Any) -> None:
    await village.says(village.midwife, "BUMIL Siti # 27 # UK 12 # G2P1A0 # 99")
    await village.registers()
    assert (await village.says(village.midwife, "155")).startswith("Kata tidak dikenal.")


async def test_a_draft_is_one_persons(village: Any) -> None:
    await village.says(village.midwife, "BUMIL Siti # 27 # UK 12 # G2P1A0 # 99")
    other = village.phone("midwife@33.17.12.2002")
    assert (await village.says(other, "155")).startswith("Kata tidak dikenal.")


async def test_the_same_report_twice_is_one(village: Any) -> None:
    first = await village.says(village.midwife, f"BUMIL {BUMIL} # DARAH")
    assert await village.says(village.midwife, f"bumil {BUMIL.replace(' # ', '#')} # darah") == first
    assert (len(village.mothers), len(village.referrals), len(village.alerts("referral_offer"))) == (1, 1, 1)


async def test_the_same_key_is_one_report(village: Any) -> None:
    await village.says(village.midwife, f"BUMIL {BUMIL} # KUNCI ab12")
    await village.says(village.midwife, "BUMIL Siti Aminah # 28 # UK 13 # G2P1A0 # 156 # KUNCI ab12")
    assert len(village.mothers) == 1
    other = village.phone("kader@33.17.12.2002")
    await village.says(other, "BUMIL Wati # 28 # UK 13 # G2P1A0 # 156 # KUNCI ab12")
    assert len(village.mothers) == 2


async def test_a_mother_registered_by_somebody_else_too_warns_and_links(village: Any) -> None:
    code = await village.registers()
    other = village.phone("kader@33.17.12.2002")
    answer = await village.says(other, "BUMIL siti aminah # 27 # UK 13 # G2P1A0 # 156")
    assert answer.endswith(f"Mirip {code}, mungkin ibu yang sama.")
    first = next(mother for mother in village.mothers if mother.code == code)
    assert {mother.possible_duplicate_of for mother in village.mothers} == {None, first.id}


async def test_a_nik_finds_the_mother_under_another_name(village: Any) -> None:
    code = await village.registers("# NIK 3317124107990001")
    answer = await village.says(village.midwife, "BUMIL Aminah # 30 # UK 13 # G2P1A0 # 156 # NIK 3317124107990001")
    assert answer.endswith(f"Mirip {code}, mungkin ibu yang sama.")


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("SKOR <M> SUNGSANG", f"<M> Skor 10 KRT, sebelumnya 2 KRR. Baru: 17 sungsang 8. Lahir: {HIGH}"),
        ("skor <M>#sungsang", f"<M> Skor 10 KRT, sebelumnya 2 KRR. Baru: 17 sungsang 8. Lahir: {HIGH}"),
        ("SKOR SUNGSANG", f"<M> Skor 10 KRT, sebelumnya 2 KRR. Baru: 17 sungsang 8. Lahir: {HIGH}"),
        (
            "SKOR <M> janin mati, BENGKAK",
            "<M> Skor 10 KRT, sebelumnya 2 KRR. Baru: 12 bengkak dan tensi tinggi 4, 15 janin mati 4. Lahir: " + HIGH,
        ),
        ("SKOR <M>", "faktor belum ada. Kirim faktor saja, contoh: SUNGSANG. Daftar: BANTUAN SKOR"),
        (
            "SKOR <M> XYZ",
            "faktor XYZ tidak dikenal. Kirim faktor itu saja, contoh: SESAR. Daftar: BANTUAN SKOR",
        ),
        ("SKOR M2O0P SUNGSANG", "kode salah: M dan 4 huruf/angka. Kirim kode saja, contoh: M7K2P"),
        ("SKOR M2222 SUNGSANG", "M2222 tidak ditemukan. Kirim kode saja, contoh: M7K2P"),
        (
            "SKOR <M> PEB",
            (
                f"<M> Skor 10 KRT, sebelumnya 2 KRR. Baru: 20 PEB/kejang 8. Lahir: {HIGH} BAHAYA kejang: rujukan <R> "
                "ditawarkan ke Puskesmas Kragan I, dijawab dlm 5 mnt."
            ),
        ),
        (
            "SKOR <M> DEMAM",
            (
                "<M> Skor 2 KRR tetap, sudah tercatat. BAHAYA demam tinggi: rujukan <R> ditawarkan ke "
                "Puskesmas Kragan I, dijawab dlm 5 mnt."
            ),
        ),
    ],
)
async def test_skor(village: Any, typed: str, answer: str) -> None:
    code = await village.registers()
    said = await village.says(village.midwife, typed.replace("<M>", code))
    assert said == filled(village, answer)


async def test_skor_twice_changes_nothing(village: Any) -> None:
    code = await village.registers()
    await village.says(village.midwife, f"SKOR {code} SC")
    assert await village.says(village.midwife, f"SKOR {code} SESAR") == f"{code} Skor 10 KRT tetap, sudah tercatat."


async def test_only_a_code_that_names_nothing_is_repeated(village: Any) -> None:
    code = await village.registers()
    await village.says(village.midwife, "SKOR M2222 SUNGSANG KEMBAR")
    assert (await village.says(village.midwife, code)).startswith(f"{code} Skor 14 KRST")
    await village.says(village.midwife, "SKOR M2222 LINTANG")
    assert (await village.says(village.midwife, f"SKOR {code}")).startswith(f"{code} Skor 22 KRST")
    await village.says(village.midwife, f"SKOR {code}")
    assert (await village.says(village.midwife, f"SKOR {code} GULA")).startswith(f"{code} Skor 26 KRST")


async def test_several_open_mothers_are_listed(village: Any) -> None:
    first = await village.registers()
    await village.says(village.midwife, "BUMIL Tini # 20 # UK 20 # G1P0A0 # 150")
    second = next(mother.code for mother in village.mothers if mother.code != first)
    listed = await village.says(village.midwife, "SKOR SUNGSANG")
    assert listed.startswith("kode yang mana? Kirim kode saja: ")
    assert f"{first} S.A. Sendangmulyo" in listed
    assert f"{second} T. Sendangmulyo" in listed
    assert (await village.says(village.midwife, second)).startswith(f"{second} Skor 10 KRT")


@pytest.mark.parametrize("word", sorted(FACTOR_WORDS))
async def test_every_factor_word_counts_its_row(village: Any, word: str) -> None:
    code = await village.registers()
    await village.says(village.midwife, f"SKOR {code} {word.lower()}")
    row = FACTOR_WORDS[word]
    assert village.mothers[0].screening.rows == (row,)
    assert village.mothers[0].screening.score == 2 + ROWS[row].points
    assert bool(village.referrals) == (row in {"19", "20"})


@pytest.mark.parametrize("phrase", sorted(PHRASES))
async def test_every_danger_sign_starts_a_referral(village: Any, phrase: str) -> None:
    code = await village.registers()
    await village.says(village.midwife, f"bahaya {code} {phrase.lower()}")
    assert [referral.signs for referral in village.referrals] == [(PHRASES[phrase],)]


STARTED = (
    "<R> rujukan darurat <M> ditawarkan ke Puskesmas Kragan I, dijawab dlm 5 mnt. Anda dikabari tiap langkah. "
    "Siapkan ibu dan kendaraan."
)


@pytest.mark.parametrize(
    "typed",
    ["BAHAYA <M> DARAH", "bahaya <M>#keluar darah, pusing hebat", "BAHAYA DARAH", "BAHAYA <M> darah banyak sekali"],
)
async def test_bahaya(village: Any, typed: str) -> None:
    code = await village.registers()
    assert await village.says(village.midwife, typed.replace("<M>", code)) == filled(village, STARTED)
    assert len(village.alerts("referral_doctor")) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "BAHAYA Marya # 20 # KEJANG # DESA Sendangmulyo Kragan",
        "BAHAYA Marya # 20 # KEJANG # Sendangmulyo Kragan",
        "BAHAYA Marya, 20, KEJANG",
    ],
)
async def test_bahaya_of_a_mother_not_registered(village: Any, typed: str) -> None:
    assert await village.says(village.midwife, typed) == filled(village, STARTED)
    again = await village.says(village.midwife, typed)
    assert again.startswith(filled(village, "<R> sudah berjalan untuk <M>: "))
    assert (len(village.mothers), len(village.referrals)) == (1, 1)


async def test_bahaya_finds_the_registered_mother_by_name_age_and_village(village: Any) -> None:
    code = await village.registers()
    await village.says(village.midwife, "BAHAYA Siti Aminah # 27 # DEMAM")
    assert [mother.code for mother in village.mothers] == [code]


@pytest.mark.parametrize(
    ("typed", "answer", "repaired"),
    [
        (
            "BAHAYA <M>",
            f"tanda bahaya belum ada. Kirim tanda saja, contoh: DARAH. Pilihan: {SIGNS}",
            "KEJANG",
        ),
        (
            "BAHAYA <M> DRAH",
            f"tanda DRAH, maksudnya DARAH? Kirim tanda saja: DARAH. Pilihan: {SIGNS}",
            "DARAH",
        ),
        (
            "BAHAYA Tini # dua puluh # DARAH",
            "umur salah: umur dalam tahun atau tanggal lahir. Kirim umur saja, contoh: 27",
            "20",
        ),
        ("BAHAYA Bu Tini darah", "kode salah: M dan 4 huruf/angka. Kirim kode saja, contoh: M7K2P", "<M>"),
    ],
)
async def test_bahaya_asks_for_what_is_wrong(village: Any, typed: str, answer: str, repaired: str) -> None:
    code = await village.registers()
    assert await village.says(village.midwife, typed.replace("<M>", code)) == answer
    assert village.referrals == []
    await village.says(village.midwife, repaired.replace("<M>", code))
    assert len(village.referrals) == 1


async def test_signs_are_added_to_the_referral_that_runs(village: Any) -> None:
    code = await village.registers()
    await village.says(village.midwife, f"BAHAYA {code} DARAH")
    assert await village.says(village.midwife, f"BAHAYA {code} KEJANG") == filled(
        village,
        "<R> sudah berjalan untuk <M>: ditawarkan ke Puskesmas Kragan I, dijawab dlm 5 mnt. Tanda ditambahkan.",
    )
    assert [alert.values["signs"] for alert in village.alerts("referral_signs")] == ["perdarahan, kejang"]


async def test_terima(village: Any) -> None:
    await village.registers("# DARAH")
    duty = village.duty(village.referrals[0])
    answer = filled(
        village, "<R> S.A. Sendangmulyo diterima. Bidan dan dokter desa dikabari. Siapkan tempat dan tim."
    )
    assert await village.says(duty, "TERIMA") == answer
    assert await village.says(duty, filled(village, "TERIMA <R>")) == filled(
        village, "<R> sudah Anda terima. Contoh: TERIMA R2K7P"
    )
    assert len(village.alerts("referral_accepted")) == 1


@pytest.mark.parametrize(
    ("typed", "spoken"),
    [
        ("TOLAK <R> PENUH", "penuh"),
        ("tolak <R> darah", "tidak ada darah"),
        ("TOLAK <R> # DOKTER", "tidak ada dokter"),
        ("TOLAK ALAT", "alat tidak mampu"),
        ("TOLAK <R> listrik padam", "listrik padam"),
    ],
)
async def test_tolak(village: Any, typed: str, spoken: str) -> None:
    await village.registers("# DARAH")
    duty = village.duty(village.referrals[0])
    assert await village.says(duty, filled(village, typed)) == filled(
        village, f"<R> ditolak ({spoken}), bidan dikabari. Ditawarkan ke tempat lain. Terima kasih."
    )
    assert await village.says(duty, filled(village, "TERIMA <R>")) == filled(
        village, "<R> sudah ditutup, tidak bisa dijawab lagi. Contoh: TERIMA R2K7P"
    )


async def test_tolak_needs_a_reason(village: Any) -> None:
    await village.registers("# DARAH")
    duty = village.duty(village.referrals[0])
    assert (
        await village.says(duty, "TOLAK")
        == "alasan belum ada: PENUH, DARAH, DOKTER, ALAT, atau kata sendiri. Kirim alasan saja, contoh: PENUH"
    )
    assert (await village.says(duty, "PENUH")).startswith(filled(village, "<R> ditolak (penuh)"))


async def test_offers_of_others_and_unknown_ones(village: Any) -> None:
    await village.registers("# DARAH")
    other = village.phone("facility_duty@RS-ARAFAH")
    assert await village.says(other, filled(village, "TERIMA <R>")) == filled(
        village, "<R> tidak ditawarkan kepada Anda. Kirim kode saja, contoh: R2K7P"
    )
    assert await village.says(other, "TERIMA") == "Tidak ada rujukan yang menunggu jawaban Anda."
    assert await village.says(other, "TERIMA R1") == "kode salah: R dan 4 huruf/angka. Kirim kode saja, contoh: R2K7P"


async def test_status(village: Any) -> None:
    assert await village.says(village.midwife, "STATUS") == "Tidak ada ibu atau rujukan yang terbuka untuk Anda."
    code = await village.registers("# SESAR")
    known = filled(village, "<M> S.A. Sendangmulyo: Skor 10 KRT, faktor 10(8). UK 12+0, HPL 07-06-2027.")
    assert await village.says(village.midwife, f"STATUS {code}") == known
    assert await village.says(village.midwife, "status") == known
    assert [read.reader for read in village.memory.all(RecordRead)] == [village.midwife.contact] * 2
    await village.says(village.midwife, f"BAHAYA {code} DEMAM")
    duty = village.duty(village.referrals[0])
    await village.says(duty, "TOLAK PENUH")
    told = "<R> Sendangmulyo: Puskesmas Pamotan ditunggu sampai 10.05; Puskesmas Kragan I menolak (penuh)"
    assert await village.says(village.midwife, filled(village, "STATUS <R>")) == filled(village, told)
    assert await village.says(duty, filled(village, "STATUS <R>")) == filled(village, told)
    assert await village.says(village.midwife, "STATUS X1") == (
        "kode salah: M atau R dan 4 huruf/angka. Kirim kode saja, contoh: M7K2P"
    )


async def test_nobody_learns_of_mothers_of_other_villages(village: Any) -> None:
    code = await village.registers()
    other = village.phone("midwife@33.17.09.2004")
    for word in ("STATUS", "SKOR", "BAHAYA"):
        answer = await village.says(other, f"{word} {code} DARAH" if word != "STATUS" else f"{word} {code}")
        assert answer.startswith(f"{code} tidak ditemukan.")
        missing = await village.says(other, f"{word} M2222 DARAH" if word != "STATUS" else f"{word} M2222")
        assert missing.replace("M2222", code) == answer
    assert village.referrals == []


@pytest.mark.parametrize(
    "text", ["BUMIL x", "SKOR", "BAHAYA <M> DARAH", "TERIMA <R>", "STATUS <M>", "BANTUAN", "?", ""]
)
@pytest.mark.parametrize("grant", [None, "resident@33.17.12.2002", "collector@33.17"])
async def test_strangers_are_told_how_to_register_and_nothing_else(
    village: Any, text: str, grant: str | None
) -> None:
    await village.registers("# DARAH")
    stranger = village.phone(*([grant] if grant else []))
    before = len(village.memory.events)
    assert await village.says(stranger, filled(village, text)) == HOW_TO_REGISTER
    assert len(village.memory.events) == before + 1
    assert village.memory.events_of(Reply)[-1].contact == stranger.contact


@pytest.mark.parametrize("word", ["TERIMA R2K7P", "TOLAK R2K7P PENUH"])
async def test_a_word_of_another_role(village: Any, word: str) -> None:
    assert await village.says(village.midwife, word) == HOW_TO_REGISTER
    assert await village.says(village.phone("facility_duty@RS-ARAFAH"), "BUMIL x") == HOW_TO_REGISTER


@pytest.mark.parametrize("word", sorted(LATER))
async def test_words_that_come_later_say_so(village: Any, word: str) -> None:
    assert await village.says(village.midwife, f"{word} M7K2P") == (
        f"{word} belum tersedia, belum ada yang dicatat. Yang sudah bisa: BUMIL, SKOR, BAHAYA, TERIMA, TOLAK, STATUS"
    )


async def test_bantuan(village: Any) -> None:
    menu = "Telponi: BUMIL, SKOR, BAHAYA, TERIMA, TOLAK, STATUS. Ketik BANTUAN dan kata itu, contoh: BANTUAN BUMIL"
    assert await village.says(village.midwife, "BANTUAN") == menu
    assert await village.says(village.midwife, "apa kabar") == f"Kata tidak dikenal. {menu}"
    for name, word in WORDS.items():
        assert await village.says(village.midwife, f"bantuan {name.lower()}") == word.usage
        assert word.example in word.usage or word.example.split()[0] in word.usage


async def test_no_answer_needs_more_than_two_parts_or_leaves_gsm7(village: Any) -> None:
    await village.registers("# DARAH SESAR KEMBAR SUNGSANG LINTANG")
    for word in WORDS.values():
        await village.says(village.midwife, f"BANTUAN {word.name}")
    texts = [reply.text for reply in village.memory.events_of(Reply)]
    assert all(text.isascii() and len(text) <= 306 for text in texts)


async def test_messages_and_events_name_nobody(village: Any) -> None:
    code = await village.registers("# DARAH # NIK 3317124107990001 # HP 081234567890")
    await village.says(village.midwife, f"STATUS {code}")
    said = [repr(event) for event in village.memory.events]
    assert not any(
        secret in text for text in said for secret in ("Siti", "Aminah", "3317124107990001", "81234567890")
    )
    assert all(alert.values.get("initials", "S.A.") == "S.A." for alert in village.memory.events_of(Alert))


def filled(village: Any, text: str) -> str:
    if village.mothers:
        text = text.replace("<M>", village.mothers[0].code)
    return text.replace("<R>", village.referrals[0].code) if village.referrals else text
