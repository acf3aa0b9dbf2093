"""What everybody reads who writes to the number: word for word, and within one SMS each."""

from pathlib import Path

import pytest

from chassis.region.pack import Region
from notifier.adapters.templates import Templates
from notifier.domain.text.parts import part_count

TEXTS = Templates.of(Region.load(Path(__file__).parents[4] / "regions/33.17"))
CLOSED = {"day": "hari ini", "time": "07.00"}

SAID = {
    "menu": "Kentongan: BUMIL ibu hamil, BAHAYA darurat ibu, SAMPAH lapor sampah, BANJIR/ROB/API bencana, "
    "STATUS kode, INFO desa, ADMIN petugas. Contoh: BANTUAN SAMPAH",
    "unknown": "Maaf, pesan belum dimengerti. Ketik BUMIL, BAHAYA, SAMPAH, BANJIR, STATUS kode, atau BANTUAN kata. "
    "Contoh: BANTUAN SAMPAH",
    "unknown_again": "Maaf, pesan belum dimengerti. Balas ADMIN untuk bicara dengan petugas, atau MENU untuk daftar "
    "kata. Darurat: ketik BAHAYA atau BANJIR.",
    "desk_asked": "Pesan Anda diteruskan ke petugas. Tunggu balasannya di sini. Darurat tetap: ketik BAHAYA atau "
    "BANJIR. Ketik MENU untuk kembali ke layanan otomatis.",
    "desk_asked_closed": "Pesan Anda diteruskan ke petugas, yang menjawab hari ini mulai pukul 07.00. Darurat tetap: "
    "ketik BAHAYA atau BANJIR. Ketik MENU untuk layanan otomatis.",
    "desk_unanswered": "Maaf, petugas belum sempat menjawab pesan Anda. Balas ADMIN untuk bertanya lagi, atau MENU "
    "untuk daftar kata.",
    "desk_reopen": "Petugas Kentongan ingin menjawab pesan Anda yang lalu. Balas pesan ini untuk melanjutkan "
    "percakapan.",
    "help_stop": "STOP atau BERHENTI: tanpa pesan rutin; peringatan bahaya dan jawaban tetap dikirim. MULAI: "
    "menerima lagi. Ketik satu kata itu saja.",
    "help_desk": "ADMIN: bicara dengan petugas. Contoh: ADMIN saya ingin bertanya soal jadwal posyandu. Ketik MENU "
    "untuk kembali ke layanan otomatis.",
    "help_offer": "TERIMA kode atau TOLAK kode alasan: menjawab tawaran rujukan (R) atau jemputan sampah (J). "
    "Contoh: TERIMA R2K7P, TOLAK R2K7P PENUH",
    "help_status": "STATUS kode: keadaan ibu (M), rujukan (R), laporan sampah (S), atau kejadian bencana (B). "
    "Contoh: STATUS S2K7P",
}


@pytest.mark.parametrize("name", sorted(SAID))
def test_word_for_word_and_in_one_sms(name) -> None:
    values = CLOSED if name == "desk_asked_closed" else {}
    assert not TEXTS.fault(f"notifier.{name}", values)
    text = TEXTS.render(f"notifier.{name}", values).text
    assert text == SAID[name]
    assert part_count(text) == 1


def test_only_the_invitation_and_the_digest_may_go_out_after_the_24_hours() -> None:
    own = [name for name in TEXTS.names() if name.startswith("notifier.")]
    assert [name for name in own if TEXTS[name].approved] == ["notifier.desk_reopen", "notifier.digest"]
