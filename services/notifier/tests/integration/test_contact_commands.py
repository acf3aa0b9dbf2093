"""Phones, language, consents and applications of contacts, over real gRPC and PostgreSQL, heard by real carriers."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from offices.office import VILLAGE, refusal, row

from chassis.testing.until import until
from kentongan.common.v1 import place_pb2
from kentongan.notifier.v1 import contact_changes_pb2 as pb
from kentongan.notifier.v1 import contact_pb2
from kentongan.notifier.v1 import contacts_service_pb2 as contacts

pytestmark = pytest.mark.integration
FIRST, SECOND, THIRD = "+6281200000001", "+6281200000002", "+6281200000003"
CONTACTS = "kentongan.notifier.contact.v1"


def about(contact: contacts.Contact) -> dict[str, str]:
    return {"idempotency_key": str(uuid4()), "contact_id": contact.contact_id}


async def test_a_contact_writes_from_every_phone_and_is_answered_at_the_first(office: Any) -> None:
    await office.brings(row())
    sri = await office.finds(FIRST)
    for phone in ("0812-0000-0002", "62 812 0000 0003"):
        added = await office.ask(office.contacts.AddPhone, pb.AddPhoneRequest(**about(sri), phone=phone))
    assert list(added.phones) == [FIRST, SECOND, THIRD]
    await office.notifier.centre.bring(10, source_addr="6281200000003", short_message=b"BANTUAN")
    await until(lambda: len(office.notifier.centre.submits) == 1)
    assert office.notifier.centre.submits[0].fields["destination_addr"] == "6281200000001"
    assert (await office.finds(THIRD)).contact_id == sri.contact_id

    first = await office.ask(office.contacts.MakePhoneFirst, pb.MakePhoneFirstRequest(**about(sri), phone=SECOND))
    assert first.phones[0] == SECOND
    await office.notifier.centre.bring(10, source_addr="6281200000001", short_message=b"MENU")
    await until(lambda: len(office.notifier.centre.submits) == 2)
    assert office.notifier.centre.submits[1].fields["destination_addr"] == "6281200000002"

    left = await office.ask(office.contacts.RemovePhone, pb.RemovePhoneRequest(**about(sri), phone=THIRD))
    assert list(left.phones) == [SECOND, FIRST]
    shown = await office.finds(FIRST)
    assert (shown.phone, list(shown.further_phones)) == (SECOND, [FIRST])
    assert await office.notifier.fetchval("select count(*) from contact") == 1


async def test_two_operators_who_give_one_number_away_give_it_once(office: Any) -> None:
    await office.brings(*(row(f"0812-0000-000{n}") for n in (1, 4, 5)))
    people = [await office.finds(f"0812-0000-000{n}") for n in (1, 4, 5)]
    calls = [office.ask(office.contacts.AddPhone, pb.AddPhoneRequest(**about(one), phone=SECOND)) for one in people]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert sum(not isinstance(result, Exception) for result in results) == 1
    assert await office.notifier.fetchval("select count(*) from further_phone where contact is not null") == 1


async def test_wrong_changes_name_the_field_and_what_is_allowed(office: Any) -> None:
    await office.brings(row(), row("0812-0000-0002"))
    sri = await office.finds(FIRST)
    stub = office.contacts
    wrong: list[tuple[Any, Any, tuple[str, str]]] = [
        (stub.AddPhone, pb.AddPhoneRequest(**about(sri), phone="rumah"), ("INVALID_ARGUMENT", "nomor telepon tidak")),
        (stub.AddPhone, pb.AddPhoneRequest(**about(sri), phone=SECOND), ("FAILED_PRECONDITION", "milik kontak lain")),
        (stub.RemovePhone, pb.RemovePhoneRequest(**about(sri), phone=FIRST), ("FAILED_PRECONDITION", "satu-satunya")),
        (stub.MakePhoneFirst, pb.MakePhoneFirstRequest(**about(sri), phone=THIRD), ("NOT_FOUND", "tidak memiliki")),
        (stub.SetLanguage, pb.SetLanguageRequest(**about(sri), language="xx"), ("INVALID_ARGUMENT", "language")),
        (stub.SetConsent, pb.SetConsentRequest(**about(sri), what="semua"), ("INVALID_ARGUMENT", "what")),
        (stub.ListApplications, pb.ListApplicationsRequest(page_token="x"), ("INVALID_ARGUMENT", "token halaman")),
    ]
    for method, request, (code, text) in wrong:
        said = await refusal(office.ask(method, request))
        assert said[0] == code
        assert text in said[1]


async def test_consents_are_kept_with_their_source_and_the_language_is_chosen(office: Any) -> None:
    await office.brings(row(language="jv", whatsapp="ya"))
    sri = await office.finds(FIRST)
    assert (sri.language, sri.whatsapp_opted_in, sri.opted_out) == ("jv", True, False)
    await office.notifier.centre.bring(10, source_addr="6281200000001", short_message=b"STOP")
    given = pb.SetConsentRequest(**about(sri), what="whatsapp", given=False)
    for _ in range(2):  # the same key: once
        await office.ask(office.contacts.SetConsent, given)
    await office.ask(office.contacts.SetLanguage, pb.SetLanguageRequest(**about(sri), language="en"))
    said = await office.ask(office.contacts.ListConsents, pb.ListConsentsRequest(contact_id=sri.contact_id))
    assert [(one.what, one.given, one.source) for one in said.consents] == [
        ("whatsapp", False, f"operator:{office.caller}"),
        ("routine", False, "message"),
        ("whatsapp", True, "import"),
    ]
    after = await office.finds(FIRST)
    assert (after.language, after.whatsapp_opted_in, after.opted_out) == ("en", False, True)


async def test_an_application_is_listed_approved_once_and_told(office: Any) -> None:
    for number, text in ((1, b"DAFTAR Siti # KADER # 33.17.12.2002"), (2, b"DAFTAR Ani # BIDAN # Kragan")):
        await office.notifier.centre.bring(10, source_addr=f"628120000000{number}", short_message=text)
    first = await office.ask(office.contacts.ListApplications, pb.ListApplicationsRequest(page_size=1))
    rest = await office.ask(
        office.contacts.ListApplications, pb.ListApplicationsRequest(page_size=1, page_token=first.next_page_token)
    )
    siti, ani = first.applications[0], rest.applications[0]
    assert (siti.name, siti.phone, siti.grant.role, siti.grant.place) == ("Siti", FIRST, "kader", VILLAGE)
    approvals = [
        office.ask(
            office.contacts.ApproveApplication,
            pb.ApproveApplicationRequest(idempotency_key=str(uuid4()), contact_id=siti.contact_id, grant=siti.grant),
        )
        for _ in range(2)
    ]
    assert sorted(answer.changed for answer in await asyncio.gather(*approvals)) == [False, True]
    other = place_pb2.Grant(role="doctor", place=VILLAGE)
    wrong = pb.RefuseApplicationRequest(idempotency_key=str(uuid4()), contact_id=ani.contact_id, grant=other)
    assert (await refusal(office.ask(office.contacts.RefuseApplication, wrong)))[0] == "FAILED_PRECONDITION"
    no = pb.RefuseApplicationRequest(idempotency_key=str(uuid4()), contact_id=ani.contact_id, grant=ani.grant)
    assert (await office.ask(office.contacts.RefuseApplication, no)).changed

    await until(lambda: len(office.notifier.sent()) == 4)
    texts = office.notifier.sent()[2:]
    assert any(text.startswith("Pendaftaran Anda sebagai KADER di Sendangmulyo, Kragan disetujui") for text in texts)
    assert any(text.startswith("Maaf, pendaftaran Anda sebagai BIDAN di Kragan") for text in texts)
    assert len((await office.finds(FIRST)).grants) == 1
    assert list((await office.ask(office.contacts.ListApplications, pb.ListApplicationsRequest())).applications) == []

    async def known() -> bool:
        stated = await office.notifier.read(CONTACTS, contact_pb2.ContactFact)
        return [grant.role for fact in stated for grant in fact.contact_stated.grants] == ["kader"]

    await until(known)
