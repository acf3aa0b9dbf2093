"""Why a message did not arrive, in words for people. The short words are those of deliveries and carriers."""

from collections.abc import Mapping
from types import MappingProxyType

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "": "",
        # ours
        "no_address": "tidak ada nomor telepon",
        "no_template": "pesan ini tidak punya template WhatsApp yang disetujui",
        "nobody": "tidak ada penerima",
        "unknown_template": "nama pesan tidak dikenal",
        "missing_value": "isi pesan kurang lengkap",
        "malformed_values": "isi pesan tidak terbaca",
        "expired": "sudah lewat batas waktu sebelum terkirim",
        "cancelled": "dibatalkan sebelum terkirim",
        "unclear": "terputus saat dikirim, belum pasti terkirim",
        "unconfirmed": "belum ada kabar sampai, dicoba jalur lain juga",
        "internal": "kesalahan program, sudah dicatat",
        # the link to a carrier
        "carrier_down": "penyedia tidak tersambung",
        "no_connection": "penyedia tidak dapat dihubungi",
        "link_lost": "sambungan ke penyedia putus",
        "bind_failed": "penyedia menolak sambungan",
        "bind_refused": "penyedia menolak sambungan",
        "bind_timeout": "penyedia tidak menjawab",
        "response_timeout": "penyedia tidak menjawab pada waktunya",
        "stopped": "layanan sedang dihentikan",
        "channel_stopped": "akun ditolak oleh penyedia",
        "wrong_password": "kata sandi akun SMS ditolak",
        "wrong_system_id": "nama akun SMS ditolak",
        "authentication_failed": "token WhatsApp ditolak",
        "token_expired": "token WhatsApp kedaluwarsa",
        "not_permitted": "akun WhatsApp tidak diizinkan mengirim",
        # too much at a time
        "throttled": "penyedia minta diperlambat",
        "queue_full": "antrean penyedia penuh",
        "throughput_limit": "batas kecepatan WhatsApp tercapai",
        "app_limit": "batas pemakaian aplikasi WhatsApp tercapai",
        "account_limit": "batas pemakaian akun WhatsApp tercapai",
        "spam_limit": "WhatsApp menahan pengiriman karena banyak laporan spam",
        "pair_limit": "terlalu sering mengirim ke orang ini",
        "tier_exhausted": "jatah orang WhatsApp hari ini habis",
        # this person or this message
        "not_on_whatsapp": "nomor ini tidak memakai WhatsApp",
        "not_sent_for_engagement": "WhatsApp menahan pesan untuk orang ini",
        "in_experiment": "WhatsApp menahan pesan untuk orang ini",
        "needs_phone_number": "nomor telepon orang ini tidak diketahui WhatsApp",
        "needs_template": "lewat 24 jam: harus memakai template WhatsApp",
        "bad_number": "nomor telepon tidak sah",
        "unreachable": "nomor tidak dapat dihubungi",
        "undeliverable": "jaringan tidak dapat mengantar ke nomor ini",
        "expired_at_carrier": "telepon tidak terjangkau sampai batas waktu",
        "deleted_at_carrier": "dihapus oleh penyedia",
        "rejected_by_network": "ditolak oleh jaringan",
        "rejected": "ditolak oleh penyedia",
        "refused": "ditolak oleh penyedia",
        "sender_name_refused": "nama pengirim tidak terdaftar",
        "template_wrong": "template WhatsApp tidak cocok atau dihentikan",
        "payment_problem": "tagihan akun WhatsApp bermasalah",
        "account_locked": "akun WhatsApp dikunci",
        "policy_violation": "akun WhatsApp melanggar aturan Meta",
        "no_process": "tidak ada proses yang memakai penyedia ini",
    }
)


def in_words(reason: str) -> str:
    """The reason for people; one that nobody gave words to is told as it is."""
    return _WORDS.get(reason, reason.replace("_", " "))
