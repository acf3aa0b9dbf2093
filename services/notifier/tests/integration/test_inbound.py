"""What people write: safe before it is answered, given to the service that owns the word, or answered."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from chassis.auth.cipher import Cipher
from chassis.kernel.alert import Lane
from chassis.settings import Address
from chassis.testing.until import until
from kentongan.notifier.v1 import contact_pb2
from notifier.adapters.aggregator.doorway import sms
from notifier.adapters.mailroom import Mailroom
from notifier.adapters.smpp.commands import Status
from notifier.adapters.vault import Vault
from notifier.adapters.whatsapp.testing import PHONE_NUMBER_ID
from notifier.adapters.whatsapp.webhook import signature_of
from notifier.application.incoming import IncomingSms
from notifier.config import GRPC, ROLES
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
VILLAGE = "33.17.12.2002"
HOOK = Address("127.0.0.1", 9628)
SECOND = timedelta(seconds=1)


def mailroom(notifier: Any) -> Mailroom:
    """The notifier's, of a process that runs for long."""
    keys, readers = notifier.settings.keys, notifier.settings.readers
    vault = Vault(Cipher(*keys.cipher), keys.hash, keys.sealing, readers.notifier, readers.by_service())
    return Mailroom(notifier.process.pool, vault, None, datetime.now(UTC) - timedelta(days=9))  # type: ignore[arg-type] # no template is asked for


async def write(notifier: Any, text: str, source: str = "628120000009") -> Any:
    return await notifier.centre.bring(10, source_addr=source, short_message=text.encode())


async def test_a_strangers_report_goes_to_its_service_and_makes_a_contact(notifier: Any) -> None:
    assert await write(notifier, "banjir Kragan 60") == Status.OK
    [(fact, text)] = await notifier.field_messages("destana", 1)
    assert text == "banjir Kragan 60"
    assert list(fact.field_message_received.grants) == []
    [stated] = await notifier.read("kentongan.notifier.contact.v1", contact_pb2.ContactFact)
    assert stated.metadata.aggregate_id == fact.field_message_received.contact_id
    [record] = await notifier.kafka.read("kentongan.notifier.field-message.destana.v1")
    assert b"Kragan" not in record.value


async def test_a_known_sender_brings_the_grants_and_a_wrong_letter_is_understood(notifier: Any) -> None:
    [midwife] = await notifier.people(("+628120000001", "midwife", VILLAGE, "sms"))
    await write(notifier, "BUMLI Siti # 28", "08120000001")
    [(fact, _)] = await notifier.field_messages("telponi", 1)
    assert fact.field_message_received.contact_id == str(midwife)
    assert [(g.role, g.place) for g in fact.field_message_received.grants] == [("midwife", VILLAGE)]


async def test_unknown_words_get_the_menu_and_stop_is_kept(notifier: Any) -> None:
    await write(notifier, "halo apa kabar")
    await until(lambda: len(notifier.sent()) == 1)
    assert "belum dimengerti" in notifier.sent()[0]
    await write(notifier, "STOP")
    await until(lambda: len(notifier.sent()) == 2)
    assert await notifier.fetchval("select opted_out from contact")


async def test_a_number_goes_to_the_service_spoken_with(notifier: Any) -> None:
    await write(notifier, "SAMPAH TUMPUKAN # Sendangmulyo # MOTOR")
    await write(notifier, "2")
    assert [text for _, text in await notifier.field_messages("gareng-mesem", 2)][1] == "2"


async def test_a_message_with_an_id_is_known_again_even_after_its_answer(notifier: Any) -> None:
    """An aggregator names its messages: it may bring one again days later, and a person may repeat words."""
    mail, now = mailroom(notifier), datetime.now(UTC)
    told = sms("awan", "SM1", "+628120000009", "2525", "BANJIR Kragan 60")
    first = await mail.ticket(told, now)
    await mail.answered(told, now, now)
    assert await mail.ticket(told, now + timedelta(days=2)) == first
    again = sms("awan", "SM2", "+628120000009", "2525", "BANJIR Kragan 60")
    assert await mail.ticket(again, now) != first


async def test_an_answer_for_which_a_centre_may_not_have_waited_leaves_the_same_bytes_a_repeat(notifier: Any) -> None:
    """Kafka comes back after ten seconds: the answer goes out at the moment in which the centre brings it again."""
    mail, came = mailroom(notifier), datetime.now(UTC)
    told = IncomingSms("smpp", "+628120000009", "2525", "BANJIR Kragan 60", fingerprint="bytes")
    first = await mail.ticket(told, came)
    await mail.answered(told, came, came + 10 * SECOND)
    again = came + 10 * SECOND
    assert await mail.ticket(told, again) == first
    await mail.answered(told, again, again + SECOND)
    later = again + 2 * SECOND
    assert await mail.ticket(told, later) != first, "somebody typed the same again"
    await mail.answered(told, later, later + 10 * SECOND)
    assert await mail.ticket(told, later + timedelta(hours=2)) != first, "nobody brings it again any more"


async def test_of_two_tries_of_a_message_the_later_ones_answer_counts(notifier: Any) -> None:
    mail, came = mailroom(notifier), datetime.now(UTC)
    told = IncomingSms("smpp", "+628120000009", "2525", "BANJIR Kragan 60", fingerprint="bytes")
    first = await mail.ticket(told, came)
    assert await mail.ticket(told, came + SECOND) == first
    await mail.answered(told, came, came + 2 * SECOND)
    assert await mail.ticket(told, came + 3 * SECOND) == first, "the second try was never answered"


async def test_what_was_not_answered_is_known_when_it_comes_again_however_late(notifier: Any) -> None:
    """As after a kill between the commit and the answer."""
    await write(notifier, "BANJIR Kragan 60")
    await notifier.process.pool.execute("update sms_seen set answered = false, at = at - interval '40 minutes'")
    await write(notifier, "BANJIR Kragan 60")
    await write(notifier, "BANJIR Kragan 61")
    assert len(await notifier.field_messages("destana", 2)) == 2
    assert await notifier.fetchval("select count(*) from message") == 2


async def test_an_answer_that_was_lost_with_its_link_makes_no_second_message(notifier: Any) -> None:
    await write(notifier, "BANJIR Kragan 60")
    notifier.centre.drop()
    await until(lambda: bool(notifier.centre.sockets))
    await write(notifier, "BANJIR Kragan 60")
    assert await notifier.fetchval("select count(*) from message") == 1


async def test_an_answer_that_died_with_its_process_makes_no_second_message(notifier: Any) -> None:
    """As after a kill between noting the answer and giving it: a new process doubts what came just before."""
    await write(notifier, "BANJIR Kragan 60")
    await notifier.stop()
    notifier.centre.sockets.clear()
    await notifier.start()
    await until(lambda: bool(notifier.centre.sockets))
    await write(notifier, "BANJIR Kragan 60")
    assert await notifier.fetchval("select count(*) from message") == 1
    await write(notifier, "BANJIR Kragan 60")
    assert await notifier.fetchval("select count(*) from message") == 2


async def test_equal_answers_to_two_questions_are_two_messages(notifier: Any) -> None:
    await write(notifier, "SAMPAH")
    await write(notifier, "2")
    await write(notifier, "2")
    assert [text for _, text in await notifier.field_messages("gareng-mesem", 3)] == ["SAMPAH", "2", "2"]


async def test_a_part_that_comes_again_after_the_whole_makes_no_second_message(notifier: Any) -> None:
    def part(number: int, text: bytes) -> bytes:
        return bytes((5, 0, 3, 9, 2, number)) + text

    given = {"source_addr": "628120000009", "esm_class": 0x40}
    await notifier.centre.bring(10, **given, short_message=part(2, b"Kragan 60"))
    await notifier.centre.bring(10, **given, short_message=part(1, b"BANJIR "))
    notifier.centre.drop()
    await until(lambda: bool(notifier.centre.sockets))
    await notifier.centre.bring(10, **given, short_message=part(1, b"BANJIR "))
    assert await notifier.fetchval("select count(*) from message_part") == 0
    assert await notifier.fetchval("select count(*) from message") == 1


async def test_parts_wait_for_each_other(notifier: Any) -> None:
    def part(number: Any, text: bytes) -> bytes:
        return bytes((5, 0, 3, 9, 2, number)) + text

    source = "628120000009"
    await notifier.centre.bring(source_addr=source, esm_class=0x40, short_message=part(2, b"Kragan 60"))
    assert await notifier.fetchval("select count(*) from message_part") == 1
    await notifier.centre.bring(source_addr=source, esm_class=0x40, short_message=part(1, b"BANJIR "))
    [(_, text)] = await notifier.field_messages("destana", 1)
    assert text == "BANJIR Kragan 60"
    assert await notifier.fetchval("select count(*) from message_part") == 0


async def test_an_answer_to_an_offer_goes_to_who_made_it(notifier: Any) -> None:
    people = tuple(await notifier.people(("+628120000001", "facility_duty", "P3317120201", "sms")))
    values = notifier.values("telponi.referral_offer")
    alert = await notifier.raise_alert("telponi.referral_offer", values, contacts=people, lane=Lane.URGENT)
    await notifier.reach(alert, State.SENT)
    await write(notifier, "TOLAK penuh", "628120000001")
    [(_, text)] = await notifier.field_messages("telponi", 1)
    assert text == "TOLAK penuh"


async def test_an_advertisement_is_quarantined(notifier: Any) -> None:
    assert await write(notifier, "PROMO", "INFOPROMO") == Status.OK
    assert await notifier.fetchval("select reason from quarantine") == "sender_is_no_phone"


async def test_a_button_on_whatsapp_is_handled_as_typed_and_answered_there(stopped: Any) -> None:
    await stopped.start(roles=frozenset(ROLES - {GRPC}), webhook_address=HOOK)
    await until(lambda: bool(stopped.centre.sockets))
    people = tuple(await stopped.people(("+628120000002", "bpbd_duty", "33.17", "whatsapp")))
    values = stopped.values("destana.incident")
    alert = await stopped.raise_alert("destana.incident", values, contacts=people)
    await stopped.reach(alert, State.SENT)
    button = {
        "id": "wamid.in1",
        "from": "628120000002",
        "timestamp": "1750000000",
        "type": "button",
        "button": {"payload": "SIAP B2K7P", "text": "Siap"},
        "context": {"id": "wamid.1", "from": "1"},
    }
    assert await _post(button, sign=False) == 401
    assert await _post(button) == 200
    assert await _post(button) == 200
    [(fact, text)] = await stopped.field_messages("destana", 1)
    assert text == "SIAP B2K7P"
    assert fact.field_message_received.in_reply_to_alert == str(alert.id)
    assert await stopped.fetchval("select count(*) from message") == 1
    menu = {"id": "wamid.in2", "from": "628120000002", "timestamp": "1750000001", "type": "text"}
    assert await _post({**menu, "text": {"body": "MENU"}}) == 200
    await until(lambda: len(stopped.api.bodies) == 2)
    assert "Kentongan" in stopped.api.bodies[1]["text"]["body"]
    assert stopped.sent() == []


async def test_a_pin_sent_before_goes_with_the_word_and_lies_encrypted(stopped: Any) -> None:
    await stopped.start(roles=frozenset(ROLES - {GRPC}), webhook_address=HOOK)
    about = {"from": "628120000002", "timestamp": "1750000001"}
    pin = {"latitude": -6.7045, "longitude": 111.3421}
    assert await _post({**about, "id": "w1", "type": "location", "location": pin}) == 200
    assert b"111.34" not in await stopped.fetchval("select kept_sealed from conversation")
    assert await _post({**about, "id": "w2", "type": "text", "text": {"body": "BANJIR 60"}}) == 200
    [(fact, _)] = await stopped.field_messages("destana", 1)
    content = stopped.opened("destana", fact)
    assert (content.text, content.location) == ("BANJIR 60", (-6.7045, 111.3421))
    assert await stopped.fetchval("select kept_sealed from conversation") is None


async def test_a_pin_whose_word_does_not_come_is_erased(notifier: Any) -> None:
    await notifier.process.pool.execute(
        "insert into conversation(id, version, kept_sealed, kept_service, kept_at)"
        " values (gen_random_uuid(), 1, 'x', 'destana', now() - interval '16 minutes')"
    )

    async def erased() -> bool:
        return await notifier.fetchval("select kept_sealed from conversation") is None

    await until(erased)


async def test_a_whatsapp_user_without_a_phone_number_is_answered_by_user_id(stopped: Any) -> None:
    await stopped.start(roles=frozenset(ROLES - {GRPC}), webhook_address=HOOK)
    for number in ("w1", "w2"):
        message = {"id": number, "from_user_id": "ID.13491208655302741918", "timestamp": str(int(time.time()))}
        assert await _post({**message, "type": "text", "text": {"body": "MENU"}}) == 200
    assert await stopped.fetchval("select count(*) from contact") == 1
    assert await stopped.fetchval("select phone_hash is null and whatsapp_hash is not null from contact")
    await until(lambda: len(stopped.api.bodies) == 2)
    assert {body["recipient"] for body in stopped.api.bodies} == {"ID.13491208655302741918"}


async def test_a_malformed_webhook_is_quarantined_and_the_rest_flows(stopped: Any) -> None:
    await stopped.start(roles=frozenset(ROLES - {GRPC}), webhook_address=HOOK)
    assert await _post_raw(b"{not json") == 200
    assert await stopped.fetchval("select count(*) from quarantine") == 1
    good = {"id": "w2", "from": "628120000002", "timestamp": "1750000001", "type": "text"}
    assert await _post({**good, "text": {"body": "API Kragan"}}) == 200
    assert len(await stopped.field_messages("destana", 1)) == 1


async def test_nothing_is_answered_before_kafka_has_it(stopped: Any) -> None:
    """Without the relay nothing leaves the outbox: the centre's message stays unanswered."""
    await stopped.start()
    await until(lambda: bool(stopped.centre.sockets))
    relay = next(part for part in stopped.process._started if part.name == "relay")
    await relay.stop()
    stopped.process._started.remove(relay)
    with pytest.raises(TimeoutError):
        await stopped.centre.bring(1, source_addr="628120000009", short_message=b"API Kragan")
    assert await stopped.fetchval("select count(*) from outbox") > 0


async def _post(message: Any, *, sign: bool = True) -> Any:
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "1", "phone_number_id": PHONE_NUMBER_ID},
        "contacts": [
            {"profile": {"name": "Bu Sri"}, "wa_id": message["from"]}
            if "from" in message
            else {"profile": {"name": "Bu Sri"}, "user_id": message["from_user_id"]}
        ],
        "messages": [message],
    }
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    raw = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    return await _post_raw(raw, sign=sign)


async def _post_raw(raw: bytes, *, sign: bool = True) -> Any:
    headers = {"X-Hub-Signature-256": signature_of("rahasia-app", raw)} if sign else {}
    async with aiohttp.ClientSession() as session:
        url = f"http://{HOOK}/webhooks/whatsapp"
        async with session.post(url, data=raw, headers=headers, timeout=aiohttp.ClientTimeout(10)) as answer:
            return answer.status
