"""The service desk over gRPC (proto/kentongan/notifier/v1/desk_service.proto)."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from chassis.grpc import caller, idempotent
from chassis.kernel.clock import Clock
from chassis.kernel.errors import NotFound, Reject
from chassis.kernel.ids import derived_id
from chassis.kernel.work import Work
from chassis.postgres.boundary import Boundary
from chassis.postgres.step import Step
from kentongan.notifier.v1 import desk_service_pb2 as pb
from kentongan.notifier.v1 import desk_service_pb2_grpc as rpc
from notifier.application.desk_views import OPEN, Board, Standing
from notifier.application.hold_conversation import (
    NOBODY,
    Officer,
    claim_conversation,
    hand_conversation_back,
    transfer_conversation,
)
from notifier.application.house import House
from notifier.application.looks import Look, Looks, What
from notifier.application.reply_to_person import ReplyToPerson, reply_to_person
from notifier.application.say import Answer
from notifier.domain.contact import Contact
from notifier.domain.conversation import Conversation
from notifier.entrypoints import desk_shown as shown
from notifier.entrypoints.desk_watch import DeskWatch
from notifier.entrypoints.paging import read_token, token_of

CONVERSATIONS, MESSAGES = 100, 50
"""A page where the caller asks for no size."""


class People(Protocol):
    """Where a person's name is read."""

    async def by_id(self, contact: UUID) -> Contact | None:
        """The contact with this id."""


@dataclass(frozen=True, slots=True)
class DeskService(rpc.DeskServiceServicer):
    """DeskService of the contract. `approved` are the texts that may go out at any time, by name."""

    boundary: Boundary
    board: Board
    people: People
    house: House
    approved: Mapping[str, str]
    watch: DeskWatch
    looks: Looks
    clock: Clock

    async def ListConversations(
        self, request: pb.ListConversationsRequest, _context: Any
    ) -> pb.ListConversationsResponse:
        """List who waits and who is with an officer."""
        limit = request.page_size or CONVERSATIONS
        states = [shown.ASKED[state] for state in request.states] or OPEN
        found = await self.board.open(states, read_token(request.page_token), limit)
        return pb.ListConversationsResponse(
            conversations=[self._shown(one) for one in found],
            next_page_token=_token(found[-1]) if len(found) == limit else "",
        )

    async def ReadConversation(
        self, request: pb.ReadConversationRequest, _context: Any
    ) -> pb.ReadConversationResponse:
        """Read a page, after the line in the audit is committed."""
        by = _officer(request.contact_id)
        before, limit = _number(request.page_token), request.page_size or MESSAGES
        conversation = await self._standing(by.contact)
        await self.looks.note(Look(by.id, What.READ, (by.contact,), self.clock.now()))
        said = await self.board.said(by.contact, before, limit)
        person = await self.people.by_id(by.contact)
        return pb.ReadConversationResponse(
            conversation=conversation,
            name=person.name if person else "",
            phone=person.phone if person else "",
            grants=shown.grants(person.grants) if person else (),
            messages=[shown.message(one) for one in said],
            next_page_token=str(said[-1].seq) if len(said) == limit else "",
        )

    async def ClaimConversation(
        self, request: pb.ClaimConversationRequest, _context: Any
    ) -> pb.ClaimConversationResponse:
        """Take a conversation."""
        by = _officer(request.contact_id)
        await self._do(by, lambda work: claim_conversation(by, work, self.house.desk))
        return pb.ClaimConversationResponse(conversation=await self._standing(by.contact))

    async def HandBackConversation(
        self, request: pb.HandBackConversationRequest, _context: Any
    ) -> pb.HandBackConversationResponse:
        """Let the bot answer again."""
        by = _officer(request.contact_id)
        await self._do(by, lambda work: hand_conversation_back(by, work, self.house.desk))
        return pb.HandBackConversationResponse(conversation=await self._standing(by.contact))

    async def TransferConversation(
        self, request: pb.TransferConversationRequest, _context: Any
    ) -> pb.TransferConversationResponse:
        """Give it to another officer."""
        by, to = _officer(request.contact_id), UUID(request.to_officer_id)
        await self._do(by, lambda work: transfer_conversation(by, to, work, self.house.desk))
        return pb.TransferConversationResponse(conversation=await self._standing(by.contact))

    async def Reply(self, request: pb.ReplyRequest, _context: Any) -> pb.ReplyResponse:
        """Answer the person; the same key and words are said once."""
        by = _officer(request.contact_id)
        command = self._reply(request, by)

        async def handle(work: Work) -> pb.ReplyResponse:
            await reply_to_person(command, work, self.house)
            return pb.ReplyResponse(message_id=str(command.id))

        once = idempotent(request, pb.ReplyResponse)
        needs = ((Conversation, by.contact),)
        answer = await self.boundary.command(Step(None, handle, needs=needs, idempotency=once))
        answer.conversation.CopyFrom(await self._standing(by.contact))
        return answer

    async def WatchConversations(
        self, _request: pb.WatchConversationsRequest, _context: Any
    ) -> AsyncIterator[pb.WatchConversationsResponse]:
        """Tell what changes."""
        async with aclosing(self.watch.changes()) as changes:
            async for news in changes:
                yield pb.WatchConversationsResponse(conversations=[self._shown(one) for one in news])

    # --- inside

    def _reply(self, request: pb.ReplyRequest, by: Officer) -> ReplyToPerson:
        id_ = derived_id("desk-reply", str(by.id), request.idempotency_key)
        if request.WhichOneof("words") == "text":
            return ReplyToPerson(id_, by, Answer("reply", {"text": request.text}), request.text)
        name = request.template
        if name not in self.approved:
            known = ", ".join(sorted(self.approved))
            raise Reject("template", "unknown_template", f"templat tidak dikenal; yang boleh: {known}")
        return ReplyToPerson(id_, by, Answer(name), self.approved[name], free=False)

    async def _do(self, by: Officer, handle: Callable[[Work], Awaitable[Conversation]]) -> None:
        await self.boundary.command(Step(None, handle, needs=((Conversation, by.contact),)))

    async def _standing(self, contact: UUID) -> pb.DeskConversation:
        found = await self.board.standing(contact)
        if found is None:
            raise NotFound("contact_id", NOBODY)
        return self._shown(found)

    def _shown(self, one: Standing) -> pb.DeskConversation:
        return shown.conversation(one, self.house.desk.window)


def _officer(contact: str) -> Officer:
    return Officer(caller().contact_id, UUID(contact))


def _token(last: Standing) -> str:
    return token_of(last.since, last.contact) if last.since else ""


def _number(token: str) -> int | None:
    if not token:
        return None
    if not re.fullmatch(r"[0-9]{1,18}", token):
        raise Reject("page_token", "page_token", "bukan token halaman")
    return int(token)
