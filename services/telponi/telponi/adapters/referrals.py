"""How referrals lie in PostgreSQL: state in columns, offers as a list."""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.postgres.table import OpenOnly, Table
from telponi.adapters.vault import Vault
from telponi.domain.danger_signs import DangerSign
from telponi.domain.referral import DeclineReason, Offer, Outcome, Referral, State

COLUMNS = {
    "code": "text",
    "pregnancy": "uuid",
    "village": "text",
    "areas": "text[]",
    "facility": "text",
    "requested_by": "uuid",
    "requested_at": "timestamptz",
    "signs": "int[]",
    "score": "int",
    "offer_time": "interval",
    "untried": "text[]",
    "said": "bytea",
    "gestation_days": "int",
    "state": "int",
    "offers": "jsonb",
}


def areas(village: str) -> tuple[str, ...]:
    """The village and all that it lies in: `33.17.12.2002`, `33.17.12`, `33.17`."""
    province, regency, district, number = village.split(".")
    outer = f"{province}.{regency}"
    return f"{outer}.{district}.{number}", f"{outer}.{district}", outer


def referrals(vault: Vault) -> Table[Referral]:
    """The table. What people said in their own words is encrypted."""

    def to_row(one: Referral) -> tuple[object, ...]:
        said = [one.note, *(offer.words for offer in one.offers)]
        return (
            one.code,
            one.pregnancy,
            one.village,
            areas(one.village),
            one.facility,
            one.requested_by,
            one.requested_at,
            tuple(int(sign) for sign in one.signs),
            one.score,
            one.offer_time,
            one.untried,
            vault.close(said, one.id),
            one.gestation_days,
            int(one.state),
            [_stored(offer) for offer in one.offers],
        )

    def from_row(referral_id: UUID, version: int, *columns: Any) -> Referral:
        given = dict(zip(COLUMNS, columns, strict=True))
        note, *words = vault.open(given["said"], referral_id)
        return Referral(
            referral_id,
            version=version,
            **{name: given[name] for name in _AS_THEY_ARE},
            signs=tuple(DangerSign(sign) for sign in given["signs"]),
            untried=list(given["untried"]),
            note=note,
            state=State(given["state"]),
            offers=[_offer(offer, own) for offer, own in zip(given["offers"], words, strict=True)],
        )

    return Table(
        kind=Referral,
        name="referral",
        columns=COLUMNS,
        to_row=to_row,
        from_row=from_row,
        indexes={"code": "code", "pregnancy": "pregnancy", "facility": "facility", "area": "areas"},
        keys={
            "code": lambda one: one.code,
            "pregnancy": lambda one: one.pregnancy,
            "facility": lambda one: one.facility,
            "area": lambda one: areas(one.village),
        },
        open_only=dict.fromkeys(("pregnancy", "facility", "area"), _OPEN),
    )


_AS_THEY_ARE = (
    "code",
    "pregnancy",
    "village",
    "requested_by",
    "requested_at",
    "score",
    "offer_time",
    "gestation_days",
)
_OPEN: OpenOnly[Referral] = OpenOnly("state <> 3", lambda one: one.state is not State.UNANSWERED)


def _stored(offer: Offer) -> list[object]:
    return [
        offer.facility,
        offer.made_at.isoformat(),
        offer.answer_by.isoformat(),
        int(offer.outcome),
        offer.answered_at.isoformat() if offer.answered_at else None,
        int(offer.reason) if offer.reason else None,
    ]


def _offer(stored: list[Any], words: str) -> Offer:
    facility, made_at, answer_by, outcome, answered_at, reason = stored
    return Offer(
        facility,
        datetime.fromisoformat(made_at),
        datetime.fromisoformat(answer_by),
        Outcome(outcome),
        datetime.fromisoformat(answered_at) if answered_at else None,
        DeclineReason(reason) if reason else None,
        words,
    )
