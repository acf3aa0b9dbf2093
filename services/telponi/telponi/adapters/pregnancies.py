"""How pregnancies lie in PostgreSQL: the person encrypted, the rest in columns."""

from dataclasses import astuple
from datetime import date
from typing import Any
from uuid import UUID

from chassis.postgres.table import Table
from telponi.adapters.vault import Vault
from telponi.domain.age import Age
from telponi.domain.gpa import Gpa
from telponi.domain.kspr import Screening, in_order
from telponi.domain.pregnancy import History, Person, Pregnancy

COLUMNS = {
    "code": "text",
    "village": "text",
    "registered_by": "uuid",
    "registered_at": "timestamptz",
    "person": "bytea",
    "likeness": "text",
    "nik_hash": "text",
    "possible_duplicate_of": "uuid",
    "age_years": "int",
    "age_told_on": "date",
    "lmp": "date",
    "gpa": "text",
    "height_cm": "int",
    "years_married": "int",
    "years_since_birth": "int",
    "ticked": "text[]",
    "rule_version": "text",
    "counted": "text[]",
    "score": "int",
}


def pregnancies(vault: Vault) -> Table[Pregnancy]:
    """The table. The date of birth lies with the person, encrypted."""

    def to_row(one: Pregnancy) -> tuple[object, ...]:
        born = one.age.born.isoformat() if one.age.born else None
        history = one.history
        return (
            one.code,
            one.village,
            one.registered_by,
            one.registered_at,
            vault.close([*astuple(one.person), born], one.id),
            one.likeness,
            one.nik_hash,
            one.possible_duplicate_of,
            one.age.years,
            one.age.told_on,
            history.lmp,
            str(history.gpa) if history.gpa else None,
            history.height_cm,
            history.years_married,
            history.years_since_birth,
            in_order(one.ticked),
            one.screening.version,
            one.screening.rows,
            one.screening.score,
        )

    def from_row(pregnancy_id: UUID, version: int, *columns: Any) -> Pregnancy:
        given = dict(zip(COLUMNS, columns, strict=True))
        *person, born = vault.open(given["person"], pregnancy_id)
        return Pregnancy(
            pregnancy_id,
            version=version,
            **{name: given[name] for name in _AS_THEY_ARE},
            person=Person(*person),
            age=_age(given, born),
            history=_history(given),
            ticked=frozenset(given["ticked"]),
            screening=Screening(given["rule_version"], tuple(given["counted"])),
        )

    return Table(
        kind=Pregnancy,
        name="pregnancy",
        columns=COLUMNS,
        to_row=to_row,
        from_row=from_row,
        indexes={name: name for name in _LOOKED_UP},
        keys={
            "code": lambda one: one.code,
            "registered_by": lambda one: one.registered_by,
            "likeness": lambda one: one.likeness,
            "nik_hash": lambda one: one.nik_hash,
        },
    )


_AS_THEY_ARE = (
    "code",
    "village",
    "registered_by",
    "registered_at",
    "likeness",
    "nik_hash",
    "possible_duplicate_of",
)
_LOOKED_UP = ("code", "registered_by", "likeness", "nik_hash")


def _age(given: dict[str, Any], born: str | None) -> Age:
    return Age(given["age_years"], given["age_told_on"], date.fromisoformat(born) if born else None)


def _history(given: dict[str, Any]) -> History:
    return History(
        given["lmp"],
        Gpa.parse(given["gpa"]) if given["gpa"] else None,
        given["height_cm"],
        given["years_married"],
        given["years_since_birth"],
    )
