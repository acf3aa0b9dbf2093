"""Copies whose alert is over or gave way while they were on their way: told as it is, and not begun anew."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from answered import tries
from nacl.public import PrivateKey
from outboxes import hearers, waiting
from plans import NOW, REGION, Desk, desk

from chassis.auth.cipher import Cipher
from chassis.postgres.outbox import Outbox
from kentongan.notifier.v1 import delivery_pb2
from notifier.adapters.alert_news import AlertNews
from notifier.adapters.deliveries import LaneDeliveries
from notifier.adapters.receipts import Receipts
from notifier.adapters.templates import Templates
from notifier.adapters.vault import Vault
from notifier.adapters.wakes import Wakes
from notifier.application.carrier_errors import TryLater, Unreachable
from notifier.application.consequences import Times
from notifier.application.incoming import Receipt, ReceiptState
from notifier.application.ports import Outcome
from notifier.application.send_delivery import send_deliveries
from notifier.domain.alert import Alert, Words
from notifier.domain.channel import Channel
from notifier.domain.delivery import Next, State
from notifier.domain.lane import Lane, queue_of

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)
AFTER = NOW + 7 * HOUR  # the alert is over


@pytest.fixture
async def planner(database: Any) -> AsyncIterator[Desk]:
    made = await desk(database)
    yield made
    await made.pool.close()


@pytest.fixture
def vault() -> Vault:
    key = PrivateKey.generate()
    return Vault(Cipher(os.urandom(32)), os.urandom(32), bytes(key), bytes(key.public_key), {})


async def sent(planner: Desk, channel: Channel = Channel.WHATSAPP) -> Alert:
    """An alert to one person that a carrier took as `m1`."""
    await planner.people(1, preferred=channel.value)
    alert = await planner.raised()
    [contact] = await planner.contacts()
    await planner.become(alert, [contact], State.SENT)
    await planner.pool.execute(
        "insert into carrier_message(carrier, carrier_id, alert, contact, channel, at)"
        " values ('c', 'm1', $1, $2, $3, $4)",
        alert.id,
        contact,
        channel.value,
        NOW,
    )
    return alert


def receipts(planner: Desk, vault: Vault) -> Receipts:
    return Receipts(planner.pool, vault, Outbox(planner.pool), Wakes(), AlertNews(Wakes()))


async def copy(planner: Desk, alert: Alert) -> tuple[State, str]:
    return next(iter((await planner.copies(alert)).values()))


def failed(failure: Any) -> Receipt:
    return Receipt("c", ("m1",), ReceiptState.FAILED, failure=failure)


@pytest.mark.parametrize(
    "failure", [Unreachable(), TryLater("phone_off", ambiguous=False)], ids=["other channel", "later again"]
)
async def test_what_failed_after_the_expiry_is_not_begun_anew(planner: Desk, vault: Vault, failure: Any) -> None:
    alert = await sent(planner)
    await receipts(planner, vault).take([failed(failure)], AFTER)
    assert await copy(planner, alert) == (State.FAILED, failure.reason)
    assert await planner.facts(alert, "DeliveryFailed") == 1
    assert await planner.facts(alert, "DeliveryRerouted") == 0


async def test_what_failed_after_it_was_called_off_is_not_begun_anew(planner: Desk, vault: Vault) -> None:
    alert = await sent(planner)
    stored = await planner.stored(alert)
    stored.cancel("salah")
    await planner.keep(stored)
    await receipts(planner, vault).take([failed(Unreachable())], NOW + HOUR)
    assert await copy(planner, alert) == (State.FAILED, "unreachable")
    await planner.plan()
    assert await copy(planner, alert) == (State.FAILED, "unreachable")
    assert await planner.facts(alert, "DeliveryDropped") == 0


async def test_what_failed_in_time_goes_the_other_way(planner: Desk, vault: Vault) -> None:
    alert = await sent(planner)
    await receipts(planner, vault).take([failed(Unreachable())], NOW + HOUR)
    assert await copy(planner, alert) == (State.PLANNED, "unreachable")
    assert await planner.facts(alert, "DeliveryRerouted") == 1


async def lane(planner: Desk, database: Any, vault: Vault) -> LaneDeliveries:
    lock = await asyncpg.connect(database.url, password=database.password)
    templates = Templates.of(REGION)
    return LaneDeliveries(Lane.URGENT, planner.pool, lock, vault, templates, hearers(planner.pool))


def values(template: str) -> dict[str, str]:
    example = {"code": "B2K7P", "int": "5", "date": "01-02-2026", "time": "10.00"}
    return {name: example.get(kind, "x") for name, kind in Templates.of(REGION)[template].values.items()}


class NoCarrier:
    """Nothing may reach it."""

    channel, name, up = Channel.SMS, "none", True

    async def submit(self, outgoing: Any) -> Any:
        raise AssertionError(outgoing)


@pytest.mark.parametrize("reason", ["cancelled", "superseded"])
async def test_a_straggler_says_whether_it_was_called_off_or_gave_way(
    planner: Desk, vault: Vault, reason: str
) -> None:
    await planner.people(1)
    alert = await planner.raised(sealed_values=vault.seal_values(values("destana.incident")))
    stored = await planner.stored(alert)
    if reason == "superseded":
        words = Words("destana.incident", b"sealed")
        stored.give_way(stored.succeeded_by(words, uuid4(), NOW + 6 * HOUR, NOW).id)
    else:
        stored.cancel("salah")
    await planner.keep(stored)
    queue = queue_of(Lane.URGENT, Channel.SMS)
    deliveries = await lane(planner, planner.database, vault)
    [claimed] = await deliveries.turn(queue, (), range(1, await deliveries.head(queue) + 1), NOW)
    told = await deliveries.told(alert.id)
    [tried] = await tries(send_deliveries([claimed], [told], NoCarrier(), NOW, Times(24 * HOUR, HOUR)))  # type: ignore[arg-type]
    await deliveries.turn(queue, [tried.outcome], range(0), NOW)
    assert await copy(planner, alert) == (State.DROPPED, reason)
    [event] = await waiting(planner.pool, "DeliveryDropped")
    assert delivery_pb2.DeliveryFact.FromString(event.value).delivery_dropped.reason == reason
    await deliveries.close()


async def test_what_went_the_other_way_is_told_once_though_its_turn_comes_again(planner: Desk, vault: Vault) -> None:
    await planner.people(3)
    alert = await planner.raised(sealed_values=vault.seal_values(values("destana.incident")))
    queue = queue_of(Lane.URGENT, Channel.SMS)
    deliveries = await lane(planner, planner.database, vault)
    claimed = await deliveries.turn(queue, (), range(1, await deliveries.head(queue) + 1), NOW)
    told, spare = await deliveries.told(alert.id), Next(State.PLANNED, "unreachable", reroute=True)
    outcomes = [Outcome(one, spare, told) for one in claimed]
    for _ in range(2):  # the answer to the first commit was lost
        await deliveries.turn(queue, outcomes, range(0), NOW)
        assert await planner.pool.fetchval("select count(*) from outbox where type like '%Rerouted'") == 3
    other = queue_of(Lane.URGENT, Channel.WHATSAPP)
    assert await planner.pool.fetchval("select count(*) from delivery where queue = $1 and state = 0", other) == 3
    await deliveries.close()


async def test_whatever_a_carrier_writes_into_ids_and_reasons_each_outcome_stays_its_own(
    planner: Desk, vault: Vault
) -> None:
    await planner.people(3)
    alert = await planner.raised(sealed_values=vault.seal_values(values("destana.incident")))
    queue = queue_of(Lane.URGENT, Channel.SMS)
    deliveries = await lane(planner, planner.database, vault)
    first, second, third = await deliveries.turn(queue, (), range(1, await deliveries.head(queue) + 1), NOW)
    told = await deliveries.told(alert.id)
    odd = ("a\x1fb", "c\x1ed\x00", "")
    outcomes = [
        Outcome(first, Next(State.SENT), told, "smpp", odd),
        Outcome(second, Next(State.FAILED, "bad\x1fword"), told),
        Outcome(third, Next(State.SENT), told, "smpp", ("",)),
    ]
    await deliveries.turn(queue, outcomes, range(0), NOW)
    asked = "select state, reason from delivery where alert = $1 order by seq"
    found = [tuple(row) for row in await planner.pool.fetch(asked, alert.id)]
    assert found == [(State.SENT, ""), (State.FAILED, "badword"), (State.SENT, "")]
    ids = await planner.pool.fetch("select contact, carrier_id from carrier_message where alert = $1", alert.id)
    assert sorted(row[1] for row in ids if row[0] == first.contact) == ["", "ab", "cd"]
    assert [row[1] for row in ids if row[0] == third.contact] == [""]
    assert len(await waiting(planner.pool, "DeliverySent")) == 2
    await deliveries.close()
