"""All carriers of a channel as one: the first that can takes a message, and another when that one cannot."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeGuard

from notifier.adapters.member import Member
from notifier.application.carrier_errors import CarrierDown, CarrierError, ChannelStopped, Scope, Throttled
from notifier.application.carriers import Answer, Answers, Channel, each_of
from notifier.application.outgoing import Accepted, Outgoing
from notifier.domain.carrier_health import Health
from notifier.domain.lane import Lane


class Fleet:
    """A `Carrier` made of others, in the order in which they are wanted; all of one channel.

    The wanted one takes everything while it can. When it is down, rests, or says so now, the next one does, at once.
    Life-safety does not wait for the wanted one's turn where another is free. What may have been sent is never given
    to a second carrier here: whether it goes again is the lane's to say.
    """

    def __init__(self, channel: Channel, members: Sequence[Member]) -> None:
        self.name = channel.value
        self.channel = channel
        self.members = tuple(members)

    @property
    def up(self) -> bool:
        """Whether one of them would take a message now."""
        return any(member.ready for member in self.members)

    def cost(self, outgoing: Outgoing) -> int:
        """What it costs at the carrier that would get it."""
        return self.members[0].carrier.cost(outgoing)

    async def start(self) -> None:
        """Begin to connect all of them."""
        await asyncio.gather(*[member.carrier.start() for member in self.members])

    async def stop(self) -> None:
        """Let what is in flight be answered, then close."""
        self.hold()
        await asyncio.gather(*[member.carrier.stop() for member in self.members])

    def hold(self) -> None:
        """Let nobody wait for a turn any more: what has not been handed over goes back to its queue."""
        for member in self.members:
            member.close()

    def health(self) -> list[Health]:
        """How each of them does."""
        return [member.health() for member in self.members]

    def submit_all(self, outgoings: Sequence[Outgoing]) -> Answers:
        """As `submit` each; together where the one that is next keeps no pace."""
        member = next((member for member in self.members if member.ready), None)
        if member is None or not member.is_free:
            return each_of([self.submit(outgoing) for outgoing in outgoings])
        return self._submit_all(outgoings, member)

    async def _submit_all(self, outgoings: Sequence[Outgoing], member: Member) -> Answers:
        async for some in member.submit_all(outgoings):
            failed = [(place, answer) for place, answer in some if _may_go_elsewhere(answer)]
            if not failed:
                yield some
                continue
            if well := [(place, answer) for place, answer in some if not _may_go_elsewhere(answer)]:
                yield well
            async for again in each_of([self._submit(outgoings[place], {member: error}) for place, error in failed]):
                yield [(failed[number][0], answer) for number, answer in again]

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Send it through the first that takes it. Raises what the last one said that certainly did not."""
        return await self._submit(outgoing, {})

    async def _submit(self, outgoing: Outgoing, failures: dict[Member, CarrierError]) -> Accepted:
        while True:
            member = self._pick(outgoing.lane, failures)
            try:
                return await member.submit(outgoing)
            except CarrierError as error:
                if not _may_go_elsewhere(error):
                    raise
                failures[member] = error

    def _pick(self, lane: Lane, failures: dict[Member, CarrierError]) -> Member:
        left = [member for member in self.members if member not in failures]
        ready = [member for member in left if member.ready]
        if ready:
            soonest = lane is Lane.LIFE_SAFETY
            return min(ready, key=lambda member: member.wait(lane)) if soonest else ready[0]
        for member in left:
            if member.may_be_tried:
                return member
        raise self._nobody(failures)

    def _nobody(self, failures: dict[Member, CarrierError]) -> CarrierError:
        """All are down or rest: the shortest rest says when to come again."""
        rests = [member.rest for member in self.members if member.rest]
        if rests:
            return Throttled(timedelta(seconds=min(rests)), _reason(failures))
        return next(reversed(failures.values()), CarrierDown())


def _may_go_elsewhere(answer: Answer) -> TypeGuard[CarrierError]:
    """Whether the message was certainly not sent, for a reason that another carrier need not have."""
    if isinstance(answer, Throttled):
        return answer.scope is Scope.CARRIER
    return isinstance(answer, CarrierDown | ChannelStopped)


def _reason(failures: dict[Member, CarrierError]) -> str:
    return next((error.reason for error in reversed(failures.values())), "")
