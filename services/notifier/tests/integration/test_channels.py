"""The channel a person prefers, the other one when it fails."""

import json
from typing import Any

import pytest

from chassis.kernel.alert import Lane
from chassis.testing.until import until
from kentongan.notifier.v1 import delivery_pb2
from notifier.application.carrier_errors import NeedsTemplate, Unreachable
from notifier.application.incoming import Notice, Receipt, ReceiptState
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
VILLAGE = "33.17.12.2002"
REPLY = {"text": "Tercatat."}
OFFER = "destana.incident"


def sink(notifier: Any) -> Any:
    return next(part for part in notifier.process._started if part.name == "inbound")


async def whatsapp_person(notifier: Any) -> Any:
    return tuple(await notifier.people(("+628120000002", "midwife", VILLAGE, "whatsapp")))


async def open_window(notifier: Any, contact: Any) -> None:
    await notifier.process.pool.execute(
        "insert into conversation(id, version, whatsapp_at) values ($1, 1, now())", contact
    )


async def test_outside_the_window_the_approved_template_is_sent_with_its_payloads(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await notifier.reach(alert, State.SENT)
    [body] = notifier.api.bodies
    assert body["template"]["name"] == "destana_incident"
    assert "SIAP B2K7P" in str(body)


async def test_inside_the_window_it_is_free_text_with_buttons(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    await open_window(notifier, people[0])
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await notifier.reach(alert, State.SENT)
    [body] = notifier.api.bodies
    assert body["type"] == "interactive"
    assert "SIAP B2K7P" in str(body)


async def test_without_a_template_a_closed_window_means_sms(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    alert = await notifier.raise_alert("reply", REPLY, contacts=people)
    await notifier.reach(alert, State.SENT)
    assert notifier.sent() == ["Tercatat."]
    await notifier.facts(alert, "alert_planned", "delivery_rerouted", "delivery_sent")


async def test_no_whatsapp_on_this_phone_means_sms(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    notifier.api.error = 131026
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await notifier.reach(alert, State.SENT)
    assert len(notifier.sent()) == 1
    await notifier.facts(alert, "alert_planned", "delivery_rerouted", "delivery_sent")


async def test_a_template_that_the_account_paused_means_sms_and_the_reason_is_told(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    news = {"event": "PAUSED", "message_template_name": "destana_incident", "message_template_language": "id"}
    account = next(part for part in notifier.process._started if part.name == "whatsapp account")
    await account.take(Notice("whatsapp", "message_template_status_update", json.dumps({"value": news})))
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await notifier.reach(alert, State.SENT)
    assert len(notifier.sent()) == 1
    assert notifier.api.bodies == []
    await notifier.facts(alert, "alert_planned", "delivery_rerouted", "delivery_sent")
    facts = await notifier.read("kentongan.notifier.delivery.v1", delivery_pb2.DeliveryFact)
    [told] = [fact.delivery_rerouted for fact in facts if fact.WhichOneof("fact") == "delivery_rerouted"]
    assert told.reason == "template_not_approved"


async def test_a_failed_status_sends_the_sms(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await notifier.reach(alert, State.SENT)
    failed = Receipt("whatsapp", ("wamid.1",), ReceiptState.FAILED, "+628120000002", failure=Unreachable())
    await sink(notifier).on_receipt([failed])
    await sink(notifier).on_receipt([failed])
    await until(lambda: bool(notifier.sent()))
    await notifier.facts(alert, "alert_planned", "delivery_sent", "delivery_rerouted", "delivery_sent")


async def test_a_status_that_asks_for_a_template_gets_the_template_and_no_sms(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    await open_window(notifier, people[0])
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await notifier.reach(alert, State.SENT)
    failed = Receipt("whatsapp", ("wamid.1",), ReceiptState.FAILED, "+628120000002", failure=NeedsTemplate())
    await sink(notifier).on_receipt([failed])
    await sink(notifier).on_receipt([failed])
    await until(lambda: len(notifier.api.bodies) == 2)
    await notifier.reach(alert, State.SENT)
    assert [body["type"] for body in notifier.api.bodies] == ["interactive", "template"]
    assert notifier.sent() == []


async def counted(notifier: Any) -> int:
    """People of the tier: as the account counts them and as they are listed, at one moment."""
    counts = "select array[counted, (select count(*) from whatsapp_person)] from whatsapp_account"
    found, listed = await notifier.fetchval(counts)
    assert found == listed
    return int(found)


async def test_a_template_instead_of_refused_free_text_counts_in_the_tier(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    await open_window(notifier, people[0])
    notifier.api.refusals = [131047]
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await notifier.reach(alert, State.SENT)
    assert [body["type"] for body in notifier.api.bodies] == ["interactive", "template"]
    assert await counted(notifier) == 1


async def test_a_template_after_a_status_that_asks_for_one_counts_in_the_tier(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    await open_window(notifier, people[0])
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await notifier.reach(alert, State.SENT)
    assert await counted(notifier) == 0, "free text counts for nothing"
    failed = Receipt("whatsapp", ("wamid.1",), ReceiptState.FAILED, "+628120000002", failure=NeedsTemplate())
    await sink(notifier).on_receipt([failed])
    await until(lambda: len(notifier.api.bodies) == 2)
    await notifier.reach(alert, State.SENT)
    assert await counted(notifier) == 1


async def test_a_template_instead_of_an_sms_counts_in_the_tier(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    notifier.centre.status = lambda _: 0x0B  # invalid destination address
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await until(lambda: len(notifier.api.bodies) == 1, 40)
    await notifier.reach(alert, State.SENT)
    assert await counted(notifier) == 1


async def test_a_template_of_which_nobody_knows_whether_it_went_counts_in_the_tier(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    notifier.centre.status = lambda _: 0x0B  # invalid destination address
    notifier.api.hang_up = True
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await until(lambda: len(notifier.api.bodies) > 0, 40)
    await until(lambda: said(notifier), 40)
    notifier.api.hang_up = False
    await notifier.reach(alert, State.SENT)
    assert await counted(notifier) == 1, "sent again it is the same person"


async def said(notifier: Any) -> bool:
    """Whether the account counts the person while the try's answer is missing."""
    waiting = await notifier.fetchval("select count(*) from delivery where state in (0, 1, 8)")
    return waiting == 1 and await counted(notifier) == 1


async def test_a_status_that_asks_for_a_template_where_there_is_none_sends_the_sms(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    await open_window(notifier, people[0])
    alert = await notifier.raise_alert("reply", REPLY, contacts=people)
    await notifier.reach(alert, State.SENT)
    failed = Receipt("whatsapp", ("wamid.1",), ReceiptState.FAILED, "+628120000002", failure=NeedsTemplate())
    await sink(notifier).on_receipt([failed])
    await until(lambda: notifier.sent() == ["Tercatat."])


async def test_when_no_channel_works_the_failure_is_visible(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    notifier.api.error = 131026
    notifier.centre.status = lambda _: 0x0B  # invalid destination address
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people)
    await notifier.reach(alert, State.FAILED)
    await notifier.facts(alert, "alert_planned", "delivery_rerouted", "delivery_failed")


async def test_receipts_move_a_delivery_on_and_repeats_change_nothing(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    alert = await notifier.raise_alert("reply", REPLY, contacts=people)
    await notifier.reach(alert, State.SENT)
    assert await notifier.centre.receipt("1", source="628120000001") == 0
    assert await notifier.centre.receipt("1", source="628120000001") == 0
    await notifier.reach(alert, State.DELIVERED)
    await notifier.facts(alert, "alert_planned", "delivery_sent", "delivery_delivered")


async def test_a_receipt_before_the_response_is_matched_later(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    notifier.centre.delay = 0.5
    alert = await notifier.raise_alert("reply", REPLY, contacts=people)
    await until(lambda: bool(notifier.centre.submits))
    assert await notifier.centre.receipt("1", source="628120000001") == 0
    assert await notifier.states(alert) == [State.SENDING]
    await notifier.reach(alert, State.DELIVERED)
    assert await notifier.fetchval("select count(*) from early_receipt") == 0


async def test_a_receipt_of_somebody_elses_message_changes_nothing(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    alert = await notifier.raise_alert("reply", REPLY, contacts=people)
    await notifier.reach(alert, State.SENT)
    assert await notifier.centre.receipt("1", source="628999999999") == 0
    assert await notifier.states(alert) == [State.SENT]


async def test_what_one_carrier_took_has_not_failed_because_the_other_cannot_say_it(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    alert = await notifier.raise_alert("reply", REPLY, contacts=people, lane=Lane.LIFE_SAFETY)
    await until(lambda: bool(notifier.sent()))

    async def tried_both() -> bool:
        return (
            await notifier.fetchval("select count(*) from delivery where reason = 'no_template' and state = 2") == 1
        )

    await until(tried_both, 40)
    await notifier.facts(alert, "alert_planned", "delivery_sent", "delivery_rerouted")


async def test_life_safety_goes_the_other_way_too_when_nothing_confirms_it(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people, lane=Lane.LIFE_SAFETY)
    await notifier.reach(alert, State.SENT)
    await until(lambda: bool(notifier.sent()))
    await notifier.reach(alert, State.SENT)
    assert len(notifier.api.bodies) == 1
    await notifier.facts(alert, "alert_planned", "delivery_sent", "delivery_rerouted", "delivery_sent")


async def test_life_safety_that_arrived_is_not_sent_again(notifier: Any) -> None:
    people = await whatsapp_person(notifier)
    alert = await notifier.raise_alert(OFFER, notifier.values(OFFER), contacts=people, lane=Lane.LIFE_SAFETY)
    await notifier.reach(alert, State.SENT)
    await sink(notifier).on_receipt([Receipt("whatsapp", ("wamid.1",), ReceiptState.READ, "+628120000002")])
    assert await notifier.states(alert) == [State.READ]
    assert await notifier.fetchval("select count(*) from delivery where due is not null") == 0
    assert notifier.sent() == []


async def test_a_carrier_that_is_away_is_waited_for(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "midwife", VILLAGE, "sms")))
    notifier.centre.bind_status = 0x0D  # bind failed
    notifier.centre.drop()
    alert = await notifier.raise_alert("reply", REPLY, contacts=people)
    await notifier.reach(alert, State.PLANNED)
    notifier.centre.bind_status = 0
    await notifier.reach(alert, State.SENT)
    assert len(notifier.sent()) == 1
