"""`kentongan desk` against a real server with TLS and tokens."""
# ruff: noqa: N802, ARG002 - methods bear the names of the contract, and their signature is grpc's

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from chassis.grpc import caller
from chassis.kernel.errors import Conflict, NotFound
from kentongan.notifier.v1 import alert_service_pb2 as alerts
from kentongan.notifier.v1 import contacts_service_pb2 as contacts
from kentongan.notifier.v1 import desk_service_pb2 as pb
from kentongan.notifier.v1.contacts_service_pb2_grpc import (
    ContactServiceServicer,
    add_ContactServiceServicer_to_server,
)
from kentongan.notifier.v1.desk_service_pb2_grpc import DeskServiceServicer, add_DeskServiceServicer_to_server

Run = Callable[..., Any]
PERSON = "5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001"  # the contact that the server knows by the phone below
PHONE = "0812-0000-0001"


@dataclass
class Desk(DeskServiceServicer):
    """One person who waits; remembers what was asked."""

    asked: list[Any] = field(default_factory=list)
    roles: list[set[str]] = field(default_factory=list)

    def _note(self, request: Any) -> pb.DeskConversation:
        self.asked.append(request)
        self.roles.append({grant.role for grant in caller().grants})
        one = pb.DeskConversation(contact_id=PERSON, state=pb.DESK_STATE_WAITING)
        one.waiting_since.FromJsonString("2026-11-25T02:00:00Z")
        return one

    async def ListConversations(self, request: Any, context: Any) -> Any:
        return pb.ListConversationsResponse(conversations=[self._note(request)])

    async def ReadConversation(self, request: Any, context: Any) -> Any:
        answer = pb.ReadConversationResponse(
            conversation=self._note(request), name="Warga Darmi", phone="+6281200000001"
        )
        said = answer.messages.add(officer_id=PERSON, delivery=alerts.DELIVERY_STATE_FAILED, reason="no_address")
        said.content.text = "Besok."
        shown = answer.messages.add()
        shown.content.text = "di [sini] \x1b[31m"
        shown.content.photo.reference = "media-1"
        shown.content.location.latitude, shown.content.location.longitude = -6.7, 111.3
        return answer

    async def ClaimConversation(self, request: Any, context: Any) -> Any:
        self._note(request)
        raise Conflict("contact_id", "claimed", "percakapan ini sedang dipegang petugas Rini")

    async def Reply(self, request: Any, context: Any) -> Any:
        return pb.ReplyResponse(message_id="m", conversation=self._note(request))

    async def HandBackConversation(self, request: Any, context: Any) -> Any:
        self._note(request)
        return pb.HandBackConversationResponse(conversation=pb.DeskConversation(state=pb.DESK_STATE_BOT))


class Contacts(ContactServiceServicer):
    """Knows one person."""

    async def FindContact(self, request: Any, context: Any) -> Any:
        if request.phone != PHONE:
            raise NotFound("phone")
        return contacts.FindContactResponse(contact=contacts.Contact(contact_id=PERSON, phone="+6281200000001"))


@pytest.fixture
def desk(serve: Any) -> Desk:
    def add(servicer: Any, server: Any) -> None:
        add_DeskServiceServicer_to_server(servicer, server)
        add_ContactServiceServicer_to_server(Contacts(), server)

    return serve(add, Desk())


@pytest.mark.usefixtures("desk")
def test_who_waits_is_listed_in_the_regions_time(run: Run) -> None:
    said = run("desk", "list")
    assert said.status == 0
    assert PERSON in said.out
    assert "menunggu" in said.out
    assert "25 Nov 2026 09.00.00" in said.out
    assert run("desk", "list", "--json").data[0]["contact_id"] == PERSON


@pytest.mark.usefixtures("desk")
def test_a_conversation_is_read_by_phone_or_id_with_places_photos_and_what_became_of_answers(run: Run, desk: Desk):
    for person in (PHONE, PERSON):
        said = run("desk", "read", person)
        assert (said.status, desk.asked[-1].contact_id) == (0, PERSON)
    assert "Warga Darmi" in said.out
    assert "di [sini] \N{REPLACEMENT CHARACTER}[31m" in said.out
    assert "[lokasi -6.70000,111.30000] [foto media-1]" in said.out
    assert "failed (no_address)" in said.out
    assert said.out.index("foto") < said.out.index("Besok.")  # the newest stands last
    assert run("desk", "read", PERSON, "--json").data["messages"][0]["content"]["text"] == "Besok."


@pytest.mark.usefixtures("desk")
def test_who_has_it_is_told_in_one_line(run: Run) -> None:
    said = run("desk", "claim", PHONE)
    assert said.status == 1
    assert said.err.count("\n") == 1
    assert "sedang dipegang petugas Rini" in said.err
    error = json.loads(run("desk", "claim", PHONE, "--json").err)["error"]
    assert (error["code"], error["fields"][0]["field"]) == ("FAILED_PRECONDITION", "contact_id")


@pytest.mark.usefixtures("desk")
def test_a_reply_has_words_or_a_template(run: Run, desk: Desk) -> None:
    assert run("desk", "reply", PHONE, "Besok pukul 9.").out == "menunggu\n"
    assert run("desk", "reply", PHONE, "--template", "notifier.desk_reopen").status == 0
    assert [asked.WhichOneof("words") for asked in desk.asked] == ["text", "template"]
    assert len({asked.idempotency_key for asked in desk.asked}) == 2
    for wrong in ((), ("ya", "--template", "x")):
        assert run("desk", "reply", PHONE, *wrong).err == "Gagal: isi salah satu: TEKS atau --template\n"


@pytest.mark.usefixtures("desk")
def test_it_is_given_back_by_the_officer_who_acts(run: Run, desk: Desk) -> None:
    assert run("desk", "back", PHONE).out == "otomatis\n"
    run("desk", "back", PHONE, "--as", PHONE)
    assert desk.roles[0] == {"operator"}


@pytest.mark.usefixtures("desk")
def test_nobody_by_that_number_is_said_in_one_line(run: Run) -> None:
    assert run("desk", "read", "0812-0000-0999").err == "Gagal: tidak ada kontak dengan nomor 0812-0000-0999\n"
