"""Pieces of answers. One SMS is 160 characters of GSM-7; answers keep to it where they can."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from telponi.application.tell import minutes_of, why
from telponi.application.world import World
from telponi.domain.danger_signs import spoken
from telponi.domain.kspr import Screening
from telponi.domain.kspr_rows import ROWS
from telponi.domain.referral import Offer, Outcome, Referral, State

ONE_SMS = 160
BECAME = {
    Outcome.OPEN: "ditunggu",
    Outcome.ACCEPTED: "menerima",
    Outcome.EXPIRED: "tidak menjawab",
    Outcome.UNREACHED: "tidak bisa dihubungi",
}
MORE = "; {} lagi"


def day(value: date) -> str:
    """A date as people read it."""
    return f"{value:%d-%m-%Y}"


def hour(value: datetime, timezone: ZoneInfo) -> str:
    """A time of day as people read it."""
    return f"{value.astimezone(timezone):%H.%M}"


def score(screening: Screening) -> str:
    """`Skor 10 KRT`."""
    return f"Skor {screening.score} {screening.risk.name}"


def explained(rows: Iterable[str]) -> str:
    """Which factors gave which points: `7 tinggi 145 cm ke bawah 4, 13 kembar 4`."""
    return ", ".join(f"{row} {ROWS[row].name} {ROWS[row].points}" for row in rows)


def short_explained(rows: Iterable[str]) -> str:
    """The same by the numbers on the card: `7(4) 13(4)`."""
    return " ".join(f"{row}({ROWS[row].points})" for row in rows)


def asked(referral: Referral, world: World) -> str:
    """Name of the facility asked last."""
    return world.places.facility(referral.facility) if referral.facility else "-"


def state(referral: Referral, world: World) -> str:
    """How far a referral is, for the one who asked for it."""
    if offer := referral.open_offer:
        return f"ditawarkan ke {asked(referral, world)}, dijawab dlm {minutes_of(offer)} mnt"
    if referral.state is State.ACCEPTED:
        return f"diterima {asked(referral, world)}"
    return "belum ada RS/puskesmas yang menerima, Dinkes dipanggil"


def emergency(referral: Referral, world: World) -> str:
    """That an emergency referral runs, and why."""
    return f"BAHAYA {spoken(referral.signs)}: rujukan {referral.code} {state(referral, world)}."


def outcome(offer: Offer) -> str:
    """What became of an offer that is over."""
    if offer.outcome is Outcome.DECLINED:
        return f"menolak ({why(offer)})"
    return BECAME[offer.outcome]


def listed(head: str, items: Sequence[str]) -> str:
    """As many items as fit one SMS, and how many more there are."""
    text = f"{head} {'; '.join(items)}"
    shown = len(items)
    while len(text) > ONE_SMS and shown > 1:
        shown -= 1
        text = f"{head} {'; '.join(items[:shown])}{MORE.format(len(items) - shown)}"
    return text
