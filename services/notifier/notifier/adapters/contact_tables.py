"""How what belongs to contacts lies in its tables: phones, consents, shifts, files, deletions, audits."""

from typing import Any
from uuid import UUID

from chassis.postgres.table import Table
from notifier.adapters.vault import Vault
from notifier.domain.audit import Audit
from notifier.domain.consent import Consent, Matter
from notifier.domain.contact import Grant
from notifier.domain.erasure import Erasure
from notifier.domain.file_import import FileImport, RowError
from notifier.domain.phone import FurtherPhone
from notifier.domain.roster import Shift


def further_phones(vault: Vault) -> Table[FurtherPhone]:
    """Numbers besides the first; the id follows from the keyed hash, the number itself is encrypted."""
    return Table(
        kind=FurtherPhone,
        name="further_phone",
        columns={"contact": "uuid", "phone_sealed": "bytea", "since": "timestamptz"},
        to_row=lambda phone: (phone.contact, vault.hide(phone.number, phone.id), phone.since),
        from_row=lambda id_, version, contact, sealed, since: FurtherPhone(
            id_, contact, vault.show(sealed, id_), since, version=version
        ),
        indexes={"contact": "contact"},
        keys={"contact": lambda phone: phone.contact},
    )


def _consent(id_: UUID, version: int, contact: UUID, what: str, *row: Any) -> Consent:
    return Consent(id_, contact, Matter(what), *row, version=version)


CONSENTS = Table(
    kind=Consent,
    name="consent",
    columns={"contact": "uuid", "what": "text", "given": "boolean", "at": "timestamptz", "source": "text"},
    to_row=lambda consent: (consent.contact, consent.what.value, consent.given, consent.at, consent.source),
    from_row=_consent,
    indexes={"contact": "contact"},
    keys={"contact": lambda consent: consent.contact},
)


def _file(id_: UUID, version: int, next_row: int, *row: Any) -> FileImport:
    created, changed, unchanged, refused, errors, done, at = row
    made = FileImport(id_, next_row, at, created, changed, unchanged, refused, version=version)
    made.errors, made.done = [RowError(*error) for error in errors], done
    return made


IMPORTS = Table(
    kind=FileImport,
    name="contact_import",
    columns={
        "next_row": "int",
        "created": "int",
        "changed": "int",
        "unchanged": "int",
        "refused": "int",
        "errors": "jsonb",
        "done": "boolean",
        "at": "timestamptz",
    },
    to_row=lambda file: (
        file.next_row,
        file.created,
        file.changed,
        file.unchanged,
        file.refused,
        [[error.row, error.field, error.rule, error.message] for error in file.errors],
        file.done,
        file.at,
    ),
    from_row=_file,
)


def audits(vault: Vault) -> Table[Audit]:
    """What operators did; their reasons are encrypted, for they may name people."""
    return Table(
        kind=Audit,
        name="contact_audit",
        columns={
            "at": "timestamptz",
            "by_contact": "uuid",
            "what": "text",
            "about": "uuid",
            "reason_sealed": "bytea",
        },
        to_row=lambda one: (one.at, one.by, one.what, one.about, vault.hide(one.reason, one.id)),
        from_row=lambda id_, version, at, by, what, about, reason: Audit(
            id_, at, by, what, about, vault.show(reason, id_), version=version
        ),
    )


def erasures(vault: Vault) -> Table[Erasure]:
    """Deletions; the numbers are encrypted until they go."""
    return Table(
        kind=Erasure,
        name="erasure",
        columns={"asked_at": "timestamptz", "numbers_sealed": "bytea", "done_at": "timestamptz"},
        to_row=lambda one: (one.asked_at, vault.hide(" ".join(one.numbers), one.id), one.done_at),
        from_row=lambda id_, version, asked_at, numbers, done_at: Erasure(
            id_, asked_at, tuple(vault.show(numbers, id_).split()), done_at, version=version
        ),
    )


def _shift(id_: UUID, version: int, duty: str, *row: Any) -> Shift:
    return Shift(id_, Grant.read(duty), *row, version=version)


SHIFTS = Table(
    kind=Shift,
    name="roster_shift",
    columns={
        "duty": "text",
        "contact": "uuid",
        "turn": "smallint",
        "begins": "timestamptz",
        "ends": "timestamptz",
        "removed": "boolean",
    },
    to_row=lambda shift: (str(shift.duty), shift.contact, shift.turn, shift.begins, shift.ends, shift.removed),
    from_row=_shift,
    indexes={"contact": "contact"},
    keys={"contact": lambda shift: shift.contact},
)


def tables(vault: Vault) -> list[Table[Any]]:
    """All of them; they come after the contacts' own, in which order rows are locked."""
    return [further_phones(vault), CONSENTS, SHIFTS, IMPORTS, erasures(vault), audits(vault)]
