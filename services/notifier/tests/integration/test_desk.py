"""The service desk with real gRPC, PostgreSQL, Kafka and both carriers."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.protobuf import json_format
from prometheus_client import REGISTRY

from chassis.auth.cipher import Cipher
from chassis.auth.grants import Grant
from chassis.testing.until import until
from kentongan.notifier.v1 import alert_service_pb2 as alerts
from kentongan.notifier.v1 import channel_pb2
from kentongan.notifier.v1 import desk_service_pb2 as pb
from kentongan.notifier.v1.desk_service_pb2_grpc import DeskServiceStub
from notifier.adapters.desk_board import DeskBoard
from notifier.adapters.vault import Vault
from notifier.entrypoints.desk_upkeep import tend_once

pytestmark = pytest.mark.integration
PERSON, OTHER = "628120000009", "628120000008"
NOBODY = "00000000-0000-7000-8000-000000000001"
VAULT = Vault(Cipher(b"k" * 32), b"h" * 32, b"", b"", {})
CANARY = "Painah Kanarisih"
EVERYBODY = {
    "operator", "service_desk", "bpbd_duty", "bpbd_commander", "midwife", "kader", "doctor", "facility_duty",
    "resident", "collector", "village_head", "volunteer",
}  # fmt: skip


class Desk:
    """Officers who call the running notifier."""

    def __init__(self, office: Any) -> None:
        self.notifier, self._signer = office.notifier, office._signer
        self.stub = DeskServiceStub(office.channel)
        self.rini = self.budi = uuid4()

    async def staff(self) -> None:
        self.rini, self.budi = await self.notifier.people(
            ("+628129990001", "service_desk", "33.17", "sms"), ("+628129990002", "service_desk", "33.17", "sms")
        )

    def token(self, who: UUID, role: str = "service_desk") -> list[tuple[str, str]]:
        signed = self._signer.issue(who, [Grant(role, "33.17")], timedelta(minutes=5))
        return [("authorization", f"Bearer {signed}")]

    async def writes(self, text: str, source: str = PERSON) -> None:
        await self.notifier.centre.bring(10, source_addr=source, short_message=text.encode())

    async def asks(self, text: str = "ADMIN", source: str = PERSON) -> str:
        """Write a text that is for the desk; give the person's id."""
        await self.writes(text, source)
        found = await self.notifier.fetchval("select contact from desk_message order by seq desc limit 1")
        return str(found)

    async def list(self, **asked: Any) -> list[pb.DeskConversation]:
        answer = await self.stub.ListConversations(
            pb.ListConversationsRequest(**asked), metadata=self.token(self.rini)
        )
        return list(answer.conversations)

    async def read(self, who: str, **asked: Any) -> pb.ReadConversationResponse:
        request = pb.ReadConversationRequest(contact_id=who, **asked)
        return await self.stub.ReadConversation(request, metadata=self.token(self.rini))

    async def claims(self, officer: UUID, who: str) -> pb.DeskConversation:
        request = pb.ClaimConversationRequest(contact_id=who)
        answer = await self.stub.ClaimConversation(request, metadata=self.token(officer))
        return answer.conversation

    async def replies(self, who: str, officer: UUID | None = None, **words: str) -> pb.ReplyResponse:
        given = {"idempotency_key": str(uuid4()), "contact_id": who, **words}
        return await self.stub.Reply(pb.ReplyRequest(**given), metadata=self.token(officer or self.rini))


@pytest.fixture
async def desk(office: Any) -> Desk:
    made = Desk(office)
    await made.staff()
    return made


async def refused(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as told:
        await call
    return told.value


async def test_a_question_is_claimed_answered_seen_arriving_and_handed_back(desk: Desk) -> None:
    person = await desk.asks("ADMIN jadwal posyandu?")
    await until(lambda: len(desk.notifier.sent()) == 1)
    assert desk.notifier.sent()[0].startswith("Pesan Anda diteruskan ke petugas")
    [waiting] = await desk.list()
    assert (waiting.contact_id, waiting.state) == (person, pb.DESK_STATE_WAITING)
    assert not waiting.HasField("whatsapp_open_until")

    held = await desk.claims(desk.rini, person)
    assert (held.state, held.officer_id, held.officer_name) == (pb.DESK_STATE_HUMAN, str(desk.rini), "Nama")
    await desk.writes("di Kragan")
    said = await desk.replies(person, text="Besok pukul 9.")
    await until(lambda: "Besok pukul 9." in desk.notifier.sent())

    async def arrived() -> bool:
        newest = (await desk.read(person)).messages[0]
        return newest.delivery == alerts.DELIVERY_STATE_SENT

    await until(arrived)
    answer = await desk.read(person)
    assert [one.content.text for one in answer.messages] == ["Besok pukul 9.", "di Kragan", "ADMIN jadwal posyandu?"]
    assert answer.messages[0].message_id == said.message_id
    assert (answer.phone, answer.messages[0].channel) == (f"+{PERSON}", channel_pb2.CHANNEL_SMS)
    assert answer.conversation.answered

    request = pb.HandBackConversationRequest(contact_id=person)
    back = await desk.stub.HandBackConversation(request, metadata=desk.token(desk.rini))
    assert back.conversation.state == pb.DESK_STATE_BOT
    assert await desk.list() == []
    await desk.writes("halo")
    await until(lambda: "belum dimengerti" in desk.notifier.sent()[-1])


async def test_of_two_who_claim_at_once_one_wins_and_the_other_learns_who(desk: Desk) -> None:
    person = await desk.asks()
    both = await asyncio.gather(
        desk.claims(desk.rini, person), desk.claims(desk.budi, person), return_exceptions=True
    )
    [won] = [one for one in both if isinstance(one, pb.DeskConversation)]
    [lost] = [one for one in both if isinstance(one, grpc.aio.AioRpcError)]
    assert lost.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert lost.details() == "percakapan ini sedang dipegang petugas Nama"
    assert won.officer_id in {str(desk.rini), str(desk.budi)}
    loser = desk.budi if won.officer_id == str(desk.rini) else desk.rini
    assert (await refused(desk.replies(person, loser, text="x"))).code() is grpc.StatusCode.FAILED_PRECONDITION


async def test_a_reply_with_the_same_key_is_said_once(desk: Desk) -> None:
    person, key = await desk.asks(), str(uuid4())
    await desk.claims(desk.rini, person)
    first, again = [await desk.replies(person, text="Ya.", idempotency_key=key) for _ in range(2)]
    assert first.message_id == again.message_id
    other = await refused(desk.replies(person, text="Tidak.", idempotency_key=key))
    assert "idempotency_key" in str(other.trailing_metadata())
    assert await desk.notifier.fetchval("select count(*) from desk_message where officer is not null") == 1


async def test_whatsapp_takes_free_text_for_24_hours_then_a_template_alone(desk: Desk) -> None:
    person = await desk.asks()
    await desk.claims(desk.rini, person)
    pool = desk.notifier.process.pool
    for hours, allowed in ((1, True), (25, False)):
        await pool.execute(
            "update conversation set version = version + 1, last_channel = 'whatsapp',"
            " whatsapp_at = now() - make_interval(hours => $1) where id = $2",
            hours,
            UUID(person),
        )
        if allowed:
            await desk.replies(person, text="Ya.")
            await until(lambda: len(desk.notifier.api.bodies) == 1)
    late = await refused(desk.replies(person, text="Ya."))
    assert late.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "window_closed" in str(late.trailing_metadata())
    unknown = await refused(desk.replies(person, template="notifier.menu"))
    assert (unknown.code(), "notifier.desk_reopen" in unknown.details()) == (grpc.StatusCode.INVALID_ARGUMENT, True)
    await desk.replies(person, template="notifier.desk_reopen")
    await until(lambda: len(desk.notifier.api.bodies) == 2)
    assert [body["type"] for body in desk.notifier.api.bodies] == ["text", "template"]


async def test_what_is_said_lies_encrypted_and_reading_leaves_a_line(desk: Desk) -> None:
    person = await desk.asks(f"ADMIN {CANARY}")
    sealed = await desk.notifier.fetchval("select sealed from desk_message")
    assert CANARY.encode() not in sealed
    assert [one.content.text for one in (await desk.read(person)).messages] == [f"ADMIN {CANARY}"]
    rows = await desk.notifier.process.pool.fetch("select reader, what, about from audit_read")
    assert [tuple(row) for row in rows] == [(desk.rini, "desk.read", [UUID(person)])]
    assert CANARY not in json_format.MessageToJson((await desk.list())[0])

    async def all_told() -> bool:
        return not await desk.notifier.fetchval("select count(*) from outbox")

    await until(all_told, what="that nothing waits for the bus")


async def test_what_was_said_is_erased_after_its_time_and_who_waits_is_counted(desk: Desk) -> None:
    await desk.asks("ADMIN dulu")
    pool = desk.notifier.process.pool
    await pool.execute("update desk_message set at = at - interval '90 days 1 minute'")
    person = await desk.asks("ADMIN sekarang", OTHER)
    shelf = DeskBoard(pool, VAULT)
    await tend_once(shelf, timedelta(days=90), datetime.now(UTC))
    assert [str(row[0]) for row in await pool.fetch("select contact from desk_message")] == [person]
    assert metric("notifier_desk_waiting") == 2
    since = await pool.fetchval("select min(desk_since) from conversation")
    assert metric("notifier_desk_oldest_question_timestamp_seconds") == pytest.approx(since.timestamp())


def metric(name: str) -> float | None:
    return REGISTRY.get_sample_value(name)


async def test_pages_hold_everything_once(desk: Desk) -> None:
    people = [await desk.asks(f"ADMIN {n}", f"62812000001{n}") for n in range(3)]
    seen, token = [], ""
    for _ in range(4):
        request = pb.ListConversationsRequest(page_size=1, page_token=token)
        page = await desk.stub.ListConversations(request, metadata=desk.token(desk.rini))
        seen += [one.contact_id for one in page.conversations]
        token = page.next_page_token
        if not token:
            break
    assert seen == people  # who waits longest comes first
    for text in ("dua", "tiga"):
        await desk.writes(text, "628120000010")
    first = await desk.read(people[0], page_size=2)
    rest = await desk.read(people[0], page_size=2, page_token=first.next_page_token)
    assert [one.content.text for one in (*first.messages, *rest.messages)] == ["tiga", "dua", "ADMIN 0"]
    assert rest.next_page_token == ""


async def test_conversations_and_claims_survive_a_restart_and_a_claim_lapses_after_it(desk: Desk) -> None:
    person = await desk.asks()
    await desk.claims(desk.rini, person)
    await desk.notifier.stop()
    desk.notifier.centre.sockets.clear()
    clocks = {**desk.notifier.settings.process.clocks, "notifier.desk_claim": timedelta(seconds=1)}
    process = replace(desk.notifier.settings.process, clocks=clocks)
    await desk.notifier.start(process=process)
    state = "select desk_state from conversation where id = $1"
    assert await desk.notifier.fetchval(state, UUID(person)) == "human"
    await desk.notifier.process.pool.execute(
        "update timer set due = now(), fire_at = now() where kind = 'desk_claim'"
    )

    async def lapsed() -> bool:
        return await desk.notifier.fetchval(state, UUID(person)) == "waiting"

    await until(lapsed)


async def test_silence_gives_the_conversation_back_with_a_word(desk: Desk) -> None:
    person = await desk.asks()
    await desk.notifier.process.pool.execute("update timer set due = now(), fire_at = now() where kind = 'desk_rest'")
    await until(lambda: "belum sempat menjawab" in desk.notifier.sent()[-1] if desk.notifier.sent() else False)
    state = await desk.notifier.fetchval("select desk_state from conversation where id = $1", UUID(person))
    assert state == "bot"
    assert await desk.notifier.fetchval("select count(*) from timer") == 0


async def test_who_watches_is_told_all_then_what_changes(desk: Desk) -> None:
    person = await desk.asks()
    call = desk.stub.WatchConversations(pb.WatchConversationsRequest(), metadata=desk.token(desk.budi))
    told = call.__aiter__()

    async def next_state() -> tuple[str, int, str]:
        async with asyncio.timeout(20):
            [one] = (await anext(told)).conversations
        return one.contact_id, one.state, one.officer_id

    assert await next_state() == (person, pb.DESK_STATE_WAITING, "")
    await desk.claims(desk.rini, person)
    assert await next_state() == (person, pb.DESK_STATE_HUMAN, str(desk.rini))
    await desk.writes("MENU")
    assert await next_state() == (person, pb.DESK_STATE_BOT, "")
    began = time.monotonic()
    for _ in range(3):
        await desk.asks()
        assert (await next_state())[1] == pb.DESK_STATE_WAITING
        await desk.writes("MENU")
        assert (await next_state())[1] == pb.DESK_STATE_BOT
    assert time.monotonic() - began < 20, "it was found by looks that nobody woke: they are 5 s apart"
    call.cancel()


async def test_a_reply_to_an_officers_message_goes_to_the_desk_again(desk: Desk) -> None:
    person = await desk.asks()
    await desk.claims(desk.rini, person)
    said = await desk.replies(person, text="Jam berapa?")
    carrier = "select carrier, carrier_id from carrier_message where alert = $1"

    async def sent() -> bool:
        return await desk.notifier.process.pool.fetchrow(carrier, UUID(said.message_id)) is not None

    await until(sent)
    row = await desk.notifier.process.pool.fetchrow(carrier, UUID(said.message_id))
    inbound = next(part for part in desk.notifier.process._started if part.name == "inbound")
    assert await inbound._mail.replied(row["carrier"], row["carrier_id"]) == (UUID(said.message_id), "desk")


async def test_the_role_matrix(desk: Desk) -> None:
    key = str(uuid4())
    stub = desk.stub
    calls: list[tuple[Any, Any]] = [
        (stub.ListConversations, pb.ListConversationsRequest()),
        (stub.ReadConversation, pb.ReadConversationRequest(contact_id=NOBODY)),
        (stub.ClaimConversation, pb.ClaimConversationRequest(contact_id=NOBODY)),
        (stub.Reply, pb.ReplyRequest(idempotency_key=key, contact_id=NOBODY, text="x")),
        (stub.HandBackConversation, pb.HandBackConversationRequest(contact_id=NOBODY)),
        (stub.TransferConversation, pb.TransferConversationRequest(contact_id=NOBODY, to_officer_id=NOBODY)),
    ]
    for method, request in calls:
        for role in sorted(EVERYBODY):
            said = await status(method(request, metadata=desk.token(desk.rini, role)))
            allowed = role in {"operator", "service_desk"}
            assert (said is not grpc.StatusCode.PERMISSION_DENIED) == allowed, (request, role)
        assert await status(method(request)) is grpc.StatusCode.UNAUTHENTICATED
    stranger = stub.WatchConversations(pb.WatchConversationsRequest(), metadata=desk.token(desk.rini, "midwife"))
    assert (await refused(anext(stranger.__aiter__()))).code() is grpc.StatusCode.PERMISSION_DENIED


async def status(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def test_wrong_requests_are_refused(desk: Desk) -> None:
    person, stub = await desk.asks(), desk.stub
    key, me = str(uuid4()), desk.token(desk.rini)
    wrong: list[tuple[Any, Any]] = [
        (stub.ListConversations, pb.ListConversationsRequest(page_token="x")),
        (stub.ListConversations, pb.ListConversationsRequest(page_token=f"2026-01-01T00:00:00_{NOBODY}")),
        (stub.ListConversations, pb.ListConversationsRequest(states=[pb.DESK_STATE_BOT])),
        (stub.ReadConversation, pb.ReadConversationRequest(contact_id=person, page_token="9" * 30)),
        (stub.ReadConversation, pb.ReadConversationRequest(contact_id="x")),
        (stub.Reply, pb.ReplyRequest(idempotency_key=key, contact_id=person)),
        (stub.Reply, pb.ReplyRequest(idempotency_key=key, contact_id=person, text="  ")),
        (stub.Reply, pb.ReplyRequest(idempotency_key=key, contact_id=person, text="x" * 641)),
        (stub.TransferConversation, pb.TransferConversationRequest(contact_id=person, to_officer_id=person)),
    ]
    for method, request in wrong:
        assert await status(method(request, metadata=me)) is grpc.StatusCode.INVALID_ARGUMENT, request
    nobody = pb.ClaimConversationRequest(contact_id=NOBODY)
    assert await status(stub.ClaimConversation(nobody, metadata=me)) is grpc.StatusCode.NOT_FOUND
