"""`kentongan person` and `kentongan looks` against a real server."""
# ruff: noqa: N802, ARG002 - methods bear the names and the signature of the contract

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.kernel.errors import NotFound
from kentongan.common.v1.place_pb2 import Grant
from kentongan.notifier.v1 import alert_pb2, channel_pb2
from kentongan.notifier.v1 import people_service_pb2 as pb
from kentongan.notifier.v1.people_service_pb2_grpc import PeopleServiceServicer, add_PeopleServiceServicer_to_server

SRI, OTHER, ALERT = (f"5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a00{n}" for n in (1, 2, 3))
AT = datetime(2026, 11, 25, 7, 5, 9, tzinfo=UTC)
Run = Callable[..., Any]


def somebody(contact: str = SRI) -> pb.Person:
    grants = [Grant(role="midwife", place="33.17.09.2004")]
    return pb.Person(contact_id=contact, masked_name="B... S...", masked_phone="...001", grants=grants)


@dataclass
class People(PeopleServiceServicer):
    """Knows two people called Sri; the phone is the first one's."""

    asked: list[Any] = field(default_factory=list)

    async def SearchPeople(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        found = {"Bu Sri": [somebody(), somebody(OTHER)], "0812-0000-0001": [somebody()]}.get(request.query, [])
        return pb.SearchPeopleResponse(people=found, more=request.limit == 2)

    async def GetPerson(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        if request.contact_id != SRI:
            raise NotFound("contact_id")
        steps = [
            pb.DeliveryStep(what="planned"),
            pb.DeliveryStep(what="sent", channel=channel_pb2.CHANNEL_SMS, carrier="telko"),
            pb.DeliveryStep(what="failed", reason="bad_number", reason_words="nomor telepon tidak sah"),
        ]
        for number, step in enumerate(steps):
            step.at.FromDatetime(AT + timedelta(minutes=number))
        delivery = pb.PersonDelivery(
            alert_id=ALERT, template="destana.incident", lane=alert_pb2.LANE_URGENT, tries=2, steps=steps
        )
        return pb.GetPersonResponse(person=somebody(), deliveries=[delivery])

    async def ListLooks(self, request: Any, context: Any) -> Any:
        look = pb.Look(reader_id=OTHER, what="person.search", about=[SRI])
        look.at.FromDatetime(AT)
        return pb.ListLooksResponse(looks=[look])


@pytest.fixture
def people(serve: Any) -> Any:
    return serve(add_PeopleServiceServicer_to_server, People())


def test_one_person_found_is_shown_with_the_timeline(run: Run, people: Any):
    out = run("person", "0812-0000-0001", "--alert", ALERT).out
    for word in (
        "B... S... ...001, midwife@33.17.09.2004, tidak bertugas",
        "destana.incident (urgent)",
        "dicoba 2 kali",
    ):
        assert word in out
    rows = [line.split() for line in out.splitlines() if line.startswith("25 Nov")]
    assert [row[3] for row in rows] == ["14.05.09", "14.06.09", "14.07.09"]
    assert "GAGAL" in out
    assert "nomor telepon tidak sah" in out
    assert people.asked[-1].alert_id == ALERT


def test_several_are_listed_to_choose_from(run: Run, people: Any):
    out = run("person", "Bu Sri", "--role", "midwife", "--limit", "2").out
    for word in (SRI, OTHER, "Masih ada yang lain", "kentongan person --id ID"):
        assert word in out
    [asked] = people.asked
    assert (asked.query, asked.role) == ("Bu Sri", "midwife")
    assert [each["contact_id"] for each in run("person", "Bu Sri", "--json").data["people"]] == [SRI, OTHER]


@pytest.mark.usefixtures("people")
def test_one_is_chosen_by_id(run: Run):
    assert run("person", "--id", SRI, "--json").data["deliveries"][0]["steps"][1]["channel"] == "sms"
    assert f"tidak ada orang dengan id {OTHER}" in run("person", "--id", OTHER).err


@pytest.mark.usefixtures("people")
def test_nobody_found_is_said(run: Run):
    assert run("person", "Siti").out == "Tidak ada orang dengan nama atau nomor itu.\n"


@pytest.mark.parametrize("arguments", [(), ("Bu Sri", "--id", SRI)])
@pytest.mark.usefixtures("people")
def test_a_person_is_named_or_chosen(run: Run, arguments: tuple[str, ...]):
    said = run("person", *arguments)
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert "sebutkan nama atau nomor, atau --id" in said.err


@pytest.mark.usefixtures("people")
def test_who_looked_is_told(run: Run):
    out = run("looks").out
    for word in ("25 Nov 2026 14.05.09", OTHER, "person.search", SRI):
        assert word in out
    assert run("looks", "--json").data[0]["about"] == [SRI]
