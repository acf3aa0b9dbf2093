"""Did it reach somebody: search by name and phone, the timeline, and who looked; over real gRPC."""

from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from prometheus_client import generate_latest

from chassis.auth.cipher import Cipher
from chassis.kernel.alert import Group
from kentongan.notifier.v1 import contacts_service_pb2 as people_pb
from kentongan.notifier.v1 import people_service_pb2 as pb
from kentongan.notifier.v1.people_service_pb2_grpc import PeopleServiceStub
from notifier.adapters.name_search import NameSearch
from notifier.adapters.vault import Vault
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
HOME, NEXT = "33.17.12.2002", "33.17.09.2004"
NOBODY = "00000000-0000-7000-8000-000000000001"
SRI, DARMI, SRI_TOO = (
    ("0812-0000-0001", "Bidan Sri Wahyuni"),
    ("0812-0000-0002", "Darmi"),
    ("0812-0000-0003", "Sri Rejeki"),
)


class Window:
    """Where an operator asks about people."""

    def __init__(self, office: Any) -> None:
        self.office, self.pool = office, office.notifier.process.pool
        self.stub = PeopleServiceStub(office.channel)

    async def brings(self) -> None:
        rows = [
            people_pb.ContactRow(phone=phone, name=name, role=role, place=place, channel="sms")
            for (phone, name), role, place in (
                (SRI, "midwife", HOME),
                (DARMI, "resident", HOME),
                (SRI_TOO, "kader", NEXT),
            )
        ]
        await self.office.brings(*rows)

    async def search(self, query: str, **more: Any) -> Any:
        return await self.stub.SearchPeople(pb.SearchPeopleRequest(query=query, **more), metadata=self.office.token())

    async def names(self, query: str, **more: Any) -> list[str]:
        return sorted(one.masked_name for one in (await self.search(query, **more)).people)

    async def person(self, contact: str, **more: Any) -> Any:
        return await self.stub.GetPerson(
            pb.GetPersonRequest(contact_id=contact, **more), metadata=self.office.token()
        )


@pytest.fixture
async def window(office: Any) -> Window:
    return Window(office)


@pytest.fixture
async def quiet(quiet_office: Any) -> Window:
    made = Window(quiet_office)
    await made.brings()
    return made


async def test_people_are_found_by_words_of_their_name_and_shown_masked(quiet: Window) -> None:
    both = ["B... S... W...", "S... R..."]
    assert await quiet.names("Bu Sri") == both
    assert await quiet.names("sri") == both
    assert await quiet.names("WAHYUNI, Sri") == ["B... S... W..."]
    assert await quiet.names("sr wah") == ["B... S... W..."]
    assert await quiet.names("sri", place="33.17.09") == ["S... R..."]
    assert await quiet.names("sri", role="midwife") == ["B... S... W..."]
    assert await quiet.names("Siti") == []
    one = await quiet.search("sri", limit=1)
    assert (len(one.people), one.more) == (1, True)


async def test_people_are_found_by_phone(quiet: Window) -> None:
    [person] = (await quiet.search("+62 812 0000 0002")).people
    assert (person.masked_name, person.masked_phone) == ("D...", "...002")
    assert [(grant.role, grant.place) for grant in person.grants] == [("resident", HOME)]
    assert not (await quiet.search("0812-0000-0009")).people


async def test_a_new_name_is_found_and_the_old_one_no_more(quiet: Window) -> None:
    again = people_pb.ContactRow(phone=DARMI[0], name="Darmini", role="resident", place=HOME)
    await quiet.office.brings(again)
    assert await quiet.names("darmini") == ["D..."]
    await quiet.office.brings(people_pb.ContactRow(phone=DARMI[0], name="Suparmi", role="resident", place=HOME))
    assert (await quiet.names("darmi"), await quiet.names("suparmi")) == ([], ["S..."])


async def test_names_that_were_stored_before_are_found_after_a_while(quiet: Window) -> None:
    await quiet.pool.execute("update contact set name_keys = null")
    assert await quiet.names("sri") == []
    keys = quiet.office.notifier.settings.keys
    search = NameSearch(quiet.pool, Vault(Cipher(*keys.cipher), keys.hash, keys.sealing, b"", {}))
    assert [await search.fill_page(), await search.fill_page()] == [3, 0]
    assert len(await quiet.names("sri")) == 2


async def test_no_name_and_nothing_typed_lies_open(quiet: Window) -> None:
    await quiet.search("Bu Sri")
    [(keys, sealed)] = await quiet.pool.fetch(
        "select name_keys, name_sealed from contact where 'midwife@' || $1 = any(held)", HOME
    )
    assert len(keys) == len({"sr", "sri", *("wahyuni"[:n] for n in range(2, 8))})
    assert b"Sri" not in sealed
    assert b"Sri" not in await quiet.pool.fetchval("select asked_sealed from audit_read")


async def test_the_timeline_tells_when_it_was_taken_when_it_arrived_and_when_it_was_read(window: Window) -> None:
    await window.brings()
    alert = await window.office.notifier.raise_alert("reply", {"text": "Tercatat."}, groups=(Group("midwife", HOME),))
    await window.office.notifier.reach(alert, State.SENT)
    [carrier_id] = [row[0] for row in await window.pool.fetch("select carrier_id from carrier_message")]
    assert await window.office.notifier.centre.receipt(carrier_id, source="6281200000001") == 0
    await window.office.notifier.reach(alert, State.DELIVERED)
    [person] = (await window.search(SRI[0])).people
    [delivery] = (await window.person(person.contact_id, alert_id=str(alert.id))).deliveries
    carrier = window.office.notifier.settings.smpp.name
    assert [(step.what, step.carrier) for step in delivery.steps] == [
        ("planned", ""), ("sent", carrier), ("delivered", carrier)
    ]  # fmt: skip
    times = [step.at.ToDatetime(UTC) for step in delivery.steps]
    assert times == sorted(times)
    await window.pool.execute("update delivery set state = 5, reason = 'bad_number', at = $1", datetime.now(UTC))
    [delivery] = (await window.person(person.contact_id)).deliveries
    last = delivery.steps[-1]
    assert (last.what, last.reason, last.reason_words) == ("failed", "bad_number", "nomor telepon tidak sah")


async def test_every_look_is_noted_before_it_is_answered(quiet: Window) -> None:
    found = (await quiet.search("sri")).people
    await quiet.person(found[0].contact_id)
    looks = (await quiet.stub.ListLooks(pb.ListLooksRequest(), metadata=quiet.office.token())).looks
    assert [(one.what, one.reader_id) for one in looks] == [
        ("person.show", str(quiet.office.caller)), ("person.search", str(quiet.office.caller))
    ]  # fmt: skip
    assert sorted(looks[1].about) == sorted(one.contact_id for one in found)
    about = pb.ListLooksRequest(about=found[1].contact_id)
    assert len((await quiet.stub.ListLooks(about, metadata=quiet.office.token())).looks) == 1
    await quiet.pool.execute("alter table audit_read rename to gone")
    with pytest.raises(grpc.aio.AioRpcError):
        await quiet.search("sri")


async def test_who_opens_a_contact_is_noted_too(quiet: Window) -> None:
    found = await quiet.office.finds(SRI[0])
    request = people_pb.GetContactRequest(contact_id=found.contact_id)
    await quiet.office.contacts.GetContact(request, metadata=quiet.office.token())
    nobody = people_pb.FindContactRequest(phone="0812-0000-0009")
    assert await status(quiet.office.contacts.FindContact(nobody, metadata=quiet.office.token())) is (
        grpc.StatusCode.NOT_FOUND
    )
    looks = (await quiet.stub.ListLooks(pb.ListLooksRequest(), metadata=quiet.office.token())).looks
    assert [(one.what, list(one.about)) for one in looks] == [
        ("contact.find", []), ("contact.get", [found.contact_id]), ("contact.find", [found.contact_id])
    ]  # fmt: skip
    assert {one.reader_id for one in looks} == {str(quiet.office.caller)}
    asked = await quiet.pool.fetch("select asked_sealed from audit_read")
    assert not [row for row in asked if row[0] and b"81200000" in row[0]]
    await quiet.pool.execute("alter table audit_read rename to gone")
    for read in (
        quiet.office.contacts.GetContact(request, metadata=quiet.office.token()),
        quiet.office.finds(SRI[0]),
    ):
        with pytest.raises(grpc.aio.AioRpcError):
            await read


async def test_logs_and_metrics_say_nothing_of_whom_was_asked_for(quiet: Window, capfd: Any) -> None:
    for query in ("Bu Sri Wahyuni", SRI[0]):
        [person] = (await quiet.search(query)).people
    await quiet.person(person.contact_id)
    with pytest.raises(grpc.aio.AioRpcError):
        await quiet.search("Wahyuni" * 20)
    captured = capfd.readouterr()
    told = captured.out + captured.err + generate_latest().decode()
    assert [canary for canary in ("Wahyuni", "81200000001", "0812-0000-0001", HOME) if canary in told] == []


async def test_who_may_ask_about_people(quiet: Window) -> None:
    methods: list[tuple[Any, Any]] = [
        (quiet.stub.SearchPeople, pb.SearchPeopleRequest(query="sri")),
        (quiet.stub.GetPerson, pb.GetPersonRequest(contact_id=NOBODY)),
        (quiet.stub.ListLooks, pb.ListLooksRequest()),
    ]
    for method, request in methods:
        for role in ("operator", "bpbd_duty", "bpbd_commander", "midwife", "resident", "village_head"):
            said = await status(method(request, metadata=quiet.office.token(role)))
            assert (said is not grpc.StatusCode.PERMISSION_DENIED) == (role == "operator"), (method, role)
        assert await status(method(request)) is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize("query", ["s", "a b", "0812-0000-0001-0002-0003", "!!"])
async def test_nothing_to_look_for_is_refused(quiet: Window, query: str) -> None:
    assert await status(quiet.search(query)) is grpc.StatusCode.INVALID_ARGUMENT


async def test_somebody_unknown_is_not_found(quiet: Window) -> None:
    assert await status(quiet.person(NOBODY)) is grpc.StatusCode.NOT_FOUND


async def status(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as refused:
        return refused.code()
    return grpc.StatusCode.OK
