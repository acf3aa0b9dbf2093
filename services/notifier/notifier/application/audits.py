"""Remembers what operators did with people's data."""

from uuid import UUID

from chassis.kernel.ids import new_id
from chassis.kernel.work import Work
from notifier.domain.audit import Audit


def audit(work: Work, by: UUID, what: str, about: UUID | None = None, reason: str = "") -> None:
    """Keep who did what to whom, with the commit that does it."""
    work.add(Audit(new_id(), work.now, by, what, about, reason))
