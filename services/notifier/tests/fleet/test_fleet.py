"""Several carriers as one: who gets a message, and what happens when that one cannot."""

import asyncio
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from answered import answered

from notifier.adapters.fleet import Fleet
from notifier.adapters.fleets import read_carriers
from notifier.adapters.member import Limits, Member
from notifier.application.carrier_errors import (
    CarrierDown,
    CarrierError,
    ChannelStopped,
    RejectedForGood,
    Scope,
    Throttled,
    TryLater,
    Unreachable,
)
from notifier.application.carriers import Answers, Channel, each_of, submit_all
from notifier.application.outgoing import Accepted, Outgoing, PlainText
from notifier.domain.lane import Lane

SOON = timedelta(seconds=0.15)


class Pretended:
    """A carrier that says what it is told to say."""

    channel = Channel.SMS

    def __init__(self, name: str) -> None:
        self.name, self.up = name, True
        self.says: deque[CarrierError] = deque()
        self.got: list[Outgoing] = []

    def cost(self, _: Outgoing) -> int:
        return 1

    async def start(self) -> None:
        self.up = True

    async def stop(self) -> None:
        self.up = False

    async def submit(self, outgoing: Outgoing) -> Accepted:
        self.got.append(outgoing)
        if not self.up:
            raise CarrierDown
        if self.says:
            raise self.says.popleft()
        return Accepted((f"{self.name}-{len(self.got)}",))


class Slow(Pretended):
    """A carrier that answers when it is told to."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.answer = asyncio.Event()

    async def submit(self, outgoing: Outgoing) -> Accepted:
        taken = await super().submit(outgoing)
        await self.answer.wait()
        return taken


def sms(lane: Lane = Lane.URGENT, accepted: tuple[str, ...] = ()) -> Outgoing:
    return Outgoing(UUID(int=1), "+6281200000001", PlainText("Halo"), lane=lane, already_accepted=accepted)


@pytest.fixture
def first():
    return Pretended("first")


@pytest.fixture
def second():
    return Pretended("second")


@pytest.fixture
async def fleet(first, second):
    return fleet_of(first, second)


def fleet_of(*carriers: Pretended, **limits: float) -> Fleet:
    return Fleet(Channel.SMS, [Member(one, Limits(**limits), lambda: datetime.now(UTC)) for one in carriers])


async def test_the_wanted_one_takes_all_while_it_can(fleet, second):
    answers = [await fleet.submit(sms(lane)) for lane in Lane]
    assert [one.carrier for one in answers] == ["first"] * 3
    assert not second.got


@pytest.mark.parametrize("error", [Throttled(SOON), CarrierDown(), ChannelStopped()])
async def test_another_takes_what_it_certainly_did_not_and_nobody_sees_an_error(fleet, first, second, error):
    first.says.append(error)
    assert (await fleet.submit(sms())).carrier == "second"
    assert len(first.got) == len(second.got) == 1


async def test_a_throttled_one_is_left_alone_as_long_as_it_asks_and_then_wanted_again(fleet, first):
    first.says.append(Throttled(SOON))
    assert [(await fleet.submit(sms())).carrier for _ in range(3)] == ["second"] * 3
    await asyncio.sleep(SOON.total_seconds())
    assert (await fleet.submit(sms())).carrier == "first"


@pytest.mark.parametrize(
    "error",
    [TryLater("response_timeout", ambiguous=True), Unreachable(), RejectedForGood(), TryLater(ambiguous=False)],
)
async def test_what_may_have_been_sent_or_is_about_the_message_goes_to_nobody_else(fleet, first, second, error):
    first.says.append(error)
    with pytest.raises(type(error)):
        await fleet.submit(sms())
    assert not second.got


async def test_one_that_fails_again_and_again_is_left_alone(fleet, first):
    first.says.extend(TryLater("response_timeout", ambiguous=True) for _ in range(5))
    for _ in range(5):
        with pytest.raises(TryLater):
            await fleet.submit(sms())
    assert (await fleet.submit(sms())).carrier == "second"
    [health, _] = fleet.health()
    assert (health.up, health.reason, health.failed) == (False, "response_timeout", 5)


async def test_what_is_unanswered_is_told_as_the_window_used():
    slow = Slow("slow")
    fleet = fleet_of(slow, window=2)
    sending = [asyncio.create_task(fleet.submit(sms())) for _ in range(3)]
    while len(slow.got) < len(sending):  # noqa: ASYNC110 - it is told by nothing else
        await asyncio.sleep(0)
    [health] = fleet.health()
    assert (health.window, health.used) == (2, 2), "the third waits for a slot"
    slow.answer.set()
    await asyncio.gather(*sending)
    assert fleet.health()[0].used == 0


async def test_when_all_rest_the_shortest_rest_is_told(fleet, first, second):
    first.says.append(Throttled(timedelta(seconds=9)))
    second.says.append(Throttled(timedelta(seconds=3)))
    with pytest.raises(Throttled) as told:
        await fleet.submit(sms())
    assert told.value.scope is Scope.CARRIER
    assert timedelta(seconds=2) < told.value.retry_after <= timedelta(seconds=3)
    assert not fleet.up


async def test_when_all_are_down_it_says_so_and_each_was_asked(fleet, first, second):
    first.up = second.up = False
    assert not fleet.up
    with pytest.raises(CarrierDown):
        await fleet.submit(sms())
    assert len(first.got) == len(second.got) == 1, "a carrier that is down may be up again: only a try tells"


async def test_life_safety_does_not_wait_for_the_wanted_ones_turn(first, second):
    fleet = fleet_of(first, second, rate=5)
    waiting = [asyncio.create_task(fleet.submit(sms(Lane.LIFE_SAFETY))) for _ in range(2)]
    answers = await asyncio.wait_for(asyncio.gather(*waiting), 1)
    assert {one.carrier for one in answers} == {"first", "second"}


async def test_parts_that_another_carrier_took_are_sent_again_its_own_are_not(fleet, first, second):
    first.says.append(TryLater("link_lost", ambiguous=True, accepted=("a", "b")))
    with pytest.raises(TryLater) as lost:
        await fleet.submit(sms())
    await fleet.submit(sms(accepted=lost.value.accepted))
    first.up = False
    await fleet.submit(sms(accepted=lost.value.accepted))
    assert first.got[1].already_accepted == ("a", "b")
    assert second.got[0].already_accepted == ()


async def test_too_much_routine_to_one_person_waits_for_that_person_alone(first):
    fleet = fleet_of(first, pair_burst=2, pair_seconds=6)
    await fleet.submit(sms(Lane.ROUTINE))
    await fleet.submit(sms(Lane.ROUTINE))
    with pytest.raises(Throttled) as told:
        await fleet.submit(sms(Lane.ROUTINE))
    assert told.value.scope is Scope.PERSON
    assert fleet.up
    assert [(await fleet.submit(sms(lane))).carrier for lane in (Lane.LIFE_SAFETY, Lane.URGENT)] == ["first"] * 2


async def test_what_waits_for_a_turn_goes_back_at_once_when_all_stops(first):
    fleet = fleet_of(first, rate=1)
    await fleet.submit(sms())
    waiting = asyncio.create_task(fleet.submit(sms()))
    await asyncio.sleep(0)
    fleet.hold()
    with pytest.raises(CarrierDown):
        await waiting
    assert len(first.got) == 1


def test_carriers_are_read_in_their_order():
    found = read_carriers("smpp://a:b@h:1?name=one&rate=50  twilio://SID:TOKEN@api.example.id?from=KENTONGAN")
    assert [(one.name, one.rate) for one in found] == [("one", 50), ("twilio", 0)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ftp://a:geheim@h", "begins with one of smpp://"),
        ("twilio://S:geheim@h?from=K twilio://S:geheim@i?from=K", "two carriers are called twilio"),
        ("smpp://a:geheim@h?rate=fast", "rate"),
    ],
)
def test_a_wrong_carrier_is_told_in_one_line_without_its_password(text, said):
    with pytest.raises(ValueError, match=said) as refused:
        read_carriers(text)
    assert "geheim" not in str(refused.value)
    assert "\n" not in str(refused.value)


class Many(Pretended):
    """A carrier to which many at once are one call."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.calls: list[int] = []

    def submit_all(self, outgoings: Sequence[Outgoing]) -> Answers:
        self.calls.append(len(outgoings))
        return each_of([self.submit(outgoing) for outgoing in outgoings])


async def test_many_go_together_and_alone_only_what_another_may_take() -> None:
    first, second = Many("first"), Many("second")
    fleet = fleet_of(first, second)
    first.says.extend([Throttled(SOON), TryLater("timeout", ambiguous=True), Unreachable("bad_number")])
    answers = await answered(fleet.submit_all([sms() for _ in range(5)]))
    assert (first.calls, second.calls) == ([5], [])
    assert [type(one) for one in answers] == [Accepted, TryLater, Unreachable, Accepted, Accepted]
    assert [one.carrier for one in answers if isinstance(one, Accepted)] == ["second", "first", "first"]
    assert len(second.got) == 1, "what may have been sent is given to nobody else"


async def test_where_a_pace_is_kept_each_waits_for_its_turn() -> None:
    first = Many("first")
    answers = await answered(fleet_of(first, rate=1000.0).submit_all([sms() for _ in range(5)]))
    assert (first.calls, len(first.got), len(answers)) == ([], 5, 5)


async def test_of_many_one_that_nobody_takes_keeps_its_own_answer() -> None:
    first = Many("first")
    first.up = False
    answers = await answered(fleet_of(first).submit_all([sms(), sms()]))
    assert [type(one) for one in answers] == [CarrierDown, CarrierDown]


async def test_a_carrier_that_failed_is_tried_by_one_of_many() -> None:
    first = Many("first")
    fleet = fleet_of(first)
    first.says.extend([TryLater("timeout", ambiguous=True)] * 5)
    await answered(fleet.submit_all([sms() for _ in range(5)]))
    assert not fleet.up
    await asyncio.sleep(1.05)
    answers = await answered(fleet.submit_all([sms() for _ in range(3)]))
    assert first.calls == [5]
    assert Accepted in {type(one) for one in answers}


async def test_a_carrier_that_gives_up_by_itself_is_not_waited_for() -> None:
    """What an HTTP client cancels inside is no end of ours; nobody knows whether it was sent."""

    class Quitting(Pretended):
        async def submit(self, outgoing: Outgoing) -> Accepted:
            if outgoing.to.endswith("0"):
                raise asyncio.CancelledError
            return await super().submit(outgoing)

    async with asyncio.timeout(5):
        messages = [sms()._replace(to=f"+62811{number}") for number in range(3)]
        answers = await answered(submit_all(Quitting("quitting"), messages))
    assert [type(one) for one in answers] == [RuntimeError, Accepted, Accepted]
