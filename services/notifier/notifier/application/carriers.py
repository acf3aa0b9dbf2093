"""The port to the carriers.

How it is used:

* `submit` returns only when the carrier has taken every part. Whatever it raises says what to do next; anything else
  that escapes is a bug. A carrier does not retry, pace or choose: the lane does. It never sends twice by itself.
* Ids in `Accepted` and in `Receipt.candidates` are written the same way, so plain equality finds the delivery. Take
  the first candidate that is known *and* whose recipient fits: hex and decimal ids can collide. A receipt may come
  before `submit` returned, on another bind, twice, or never.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from functools import cache
from typing import Protocol, TypeVar, cast, runtime_checkable

from notifier.application.carrier_errors import CarrierError
from notifier.application.coming import Coming
from notifier.application.outgoing import Accepted, Outgoing
from notifier.domain.channel import Channel as Channel  # noqa: PLC0414 - users of the port take it from here

T = TypeVar("T")


class Carrier(Protocol):
    """A company or device that carries a channel. One object may hold several links; it is shared by all lanes."""

    @property
    def name(self) -> str:
        """As configured; stable, at most 64 characters."""

    @property
    def channel(self) -> Channel:
        """What it carries."""

    @property
    def up(self) -> bool:
        """Whether it would take something now. WhatsApp: always, until an answer says otherwise."""

    def cost(self, outgoing: Outgoing) -> int:
        """How many tokens of the carrier's budget it takes: SMS parts still to send; WhatsApp 1.

        Raises RejectedForGood where it cannot be written at all (too many parts).
        """

    async def start(self) -> None:
        """Begin to connect and return at once; `up` turns true when the link stands."""

    async def stop(self) -> None:
        """Let what is in flight be answered (bounded by a setting), then close. `submit` raises CarrierDown after."""

    async def submit(self, outgoing: Outgoing) -> Accepted:
        """Send it. Waits, by lane, for a slot of the carrier's window. Raises a CarrierError that says what to do."""


Answer = Accepted | Exception
"""What `submit` gave or raised."""

Answers = AsyncIterator[list[tuple[int, Answer]]]
"""The answers to several messages as they come, some together, each with its message's place."""


@runtime_checkable
class Bulk(Protocol):
    """A carrier to which many at once cost less than one after another."""

    def submit_all(self, outgoings: Sequence[Outgoing]) -> Answers:
        """Send messages of one lane, each as `submit` would; gives what that would give or raise."""


def submit_all(carrier: Carrier, outgoings: Sequence[Outgoing]) -> Answers:
    """Send messages of one lane through any carrier, all at the same time. Never raises."""
    if _takes_many(type(carrier)):
        return cast("Bulk", carrier).submit_all(outgoings)
    return each_of([carrier.submit(outgoing) for outgoing in outgoings])


@cache
def _takes_many(kind: type) -> bool:
    """Once for each kind of carrier: to look through a protocol takes as long as to write a message."""
    return issubclass(kind, Bulk)


async def each_of(submitting: Sequence[Awaitable[Accepted]]) -> Answers:
    """What each of them gives or raises."""
    coming: Coming[Answer] = Coming(len(submitting))
    tasks = [asyncio.create_task(put_answer(coming, place, one)) for place, one in enumerate(submitting)]
    try:
        while (some := await coming.more()) is not None:
            yield some
    finally:
        for task in tasks:
            task.cancel()


async def put_answer(coming: Coming[T | Answer], place: int, submitting: Awaitable[Accepted]) -> None:
    """Put what it gives or raises, even where what a carrier stands on gives up by itself: an empty place would be
    waited for without end.
    """
    try:
        coming.put(place, await answer_of(submitting))
    except asyncio.CancelledError:
        coming.put(place, RuntimeError("given up by the carrier itself"))
        raise


async def answer_of(submitting: Awaitable[Accepted]) -> Answer:
    """What it gives or raises."""
    try:
        return await submitting
    except Exception as error:  # noqa: BLE001 - whoever asked says what follows from it
        return error


@runtime_checkable
class Linked(Protocol):
    """A carrier that keeps links of its own: one can break while nothing is sent."""

    @property
    def fault(self) -> CarrierError | None:
        """Why the last link ended, or did not come to be; another object each time. None: nothing happened yet."""
