"""A person's message may acknowledge alerts that wait for it."""

from uuid import UUID

from chassis.kernel.work import Work
from notifier.domain.acknowledgement import Acknowledgement, Said, answered


async def acknowledge_alert(contact: UUID, said: Said, work: Work) -> None:
    """Take it for the answer to what it answers: see `answered`. Most messages answer nothing and cost nothing."""
    if not said.may_answer:
        return
    waiting = await work.find(Acknowledgement, "contact", contact)
    for acknowledgement, via in answered([one for one in waiting if one.expires_at > work.now], said):
        acknowledgement.answer(via, work.now)
