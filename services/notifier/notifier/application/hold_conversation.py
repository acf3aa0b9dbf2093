"""An officer of the service desk takes a person's conversation, gives it to another one, or back."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.ids import new_id
from chassis.kernel.work import Work
from notifier.application.desk_clock import wind
from notifier.domain.contact import Contact
from notifier.domain.conversation import Conversation
from notifier.domain.desk import Claimed, Desk, DeskTimes
from notifier.domain.desk_message import Deed, DeskDeed

OFFICERS = frozenset({"service_desk", "operator"})
"""Roles that may hold a conversation."""

NOBODY = "tidak ada percakapan dengan orang ini"


@dataclass(frozen=True, slots=True)
class Officer:
    """Who acts on whose conversation."""

    id: UUID
    contact: UUID


async def claim_conversation(by: Officer, work: Work, times: DeskTimes) -> Conversation:
    """Take it; of two at once the later one learns who has it. Raises NotFound, Claimed."""
    return await act(by, Deed.CLAIM, lambda desk: desk.claim(by.id, work.now), work, times)


async def hand_conversation_back(by: Officer, work: Work, times: DeskTimes) -> Conversation:
    """Let the bot answer again. Raises NotFound, Claimed, NotClaimed."""
    return await act(by, Deed.HAND_BACK, lambda desk: desk.hand_back(by.id), work, times)


async def transfer_conversation(by: Officer, to: UUID, work: Work, times: DeskTimes) -> Conversation:
    """Give it to another officer. Raises NotFound, Claimed, NotClaimed, Reject where `to` is no officer."""
    try:
        taker = await work.get(Contact, to)
    except NotFound:
        raise NotFound("to_officer_id", "tidak ada orang dengan id ini") from None
    if OFFICERS.isdisjoint(grant.role for grant in taker.grants):
        raise Reject("to_officer_id", "no_officer", "orang ini bukan petugas meja layanan (service_desk)")
    return await act(by, Deed.TRANSFER, lambda desk: desk.transfer(by.id, to, work.now), work, times)


async def act(by: Officer, deed: Deed, change: Callable[[Desk], Desk], work: Work, times: DeskTimes) -> Conversation:
    """Change who answers, wind the clocks, leave a line in the audit. Raises NotFound and what `change` raises."""
    conversation = await conversation_of(by.contact, work)
    try:
        desk = change(conversation.desk)
    except Claimed as taken:
        raise Claimed(taken.officer, await _name(taken.officer, work)) from None
    conversation.turn(desk)
    wind(conversation, work, times)
    work.add(DeskDeed(new_id(), by.id, by.contact, deed, work.now))
    return conversation


async def conversation_of(contact: UUID, work: Work) -> Conversation:
    """A person's conversation. Raises NotFound for somebody who never wrote and was never offered anything."""
    try:
        return await work.get(Conversation, contact)
    except NotFound:
        raise NotFound("contact_id", NOBODY) from None


async def _name(officer: UUID, work: Work) -> str:
    """An officer's name; empty for the operator's command line, which is nobody's contact."""
    try:
        return (await work.get(Contact, officer)).name
    except NotFound:
        return ""
