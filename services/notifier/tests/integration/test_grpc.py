"""Over real gRPC: the same use cases and questions, for those who may."""

from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from offices.office import VILLAGE, row

from chassis.kernel.alert import Group
from kentongan.common.v1 import place_pb2
from kentongan.notifier.v1 import alert_service_pb2 as alerts
from kentongan.notifier.v1 import channel_pb2
from kentongan.notifier.v1 import contact_changes_pb2 as changes
from kentongan.notifier.v1 import contacts_service_pb2 as contacts
from kentongan.notifier.v1 import message_service_pb2 as messages
from kentongan.notifier.v1 import roster_service_pb2 as rosters
from kentongan.notifier.v1 import whatsapp_service_pb2 as whatsapp
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
MOMENT = Timestamp(seconds=1796000000)
EVERYBODY = {
    "operator", "service_desk", "bpbd_duty", "bpbd_commander", "midwife", "kader", "doctor", "facility_duty",
    "resident", "collector", "village_head", "volunteer",
}  # fmt: skip
NOBODY_KNOWN = "00000000-0000-7000-8000-000000000001"


async def status(call: Any) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as refused:
        return refused.code()
    return grpc.StatusCode.OK


async def test_the_role_matrix(office: Any) -> None:
    key, one = str(uuid4()), NOBODY_KNOWN
    grant = place_pb2.Grant(role="midwife", place=VILLAGE)
    operator, watch = {"operator"}, {"operator", "bpbd_duty", "bpbd_commander"}
    methods: list[tuple[Any, Any, set[str]]] = [
        *((method, request, operator) for method, request in for_operators_alone(office)),
        (office.contacts.ImportContacts, contacts.ImportContactsRequest(idempotency_key=key, rows=[row()]), operator),
        (office.contacts.ExportContacts, contacts.ExportContactsRequest(), operator),
        (office.contacts.FindContact, contacts.FindContactRequest(phone="081200000001"), operator),
        (office.contacts.GetContact, contacts.GetContactRequest(contact_id=one), operator),
        (
            office.contacts.SetDuty,
            contacts.SetDutyRequest(idempotency_key=str(uuid4()), contact_id=one, on_duty=True),
            operator,
        ),
        (
            office.contacts.RevokeGrant,
            contacts.RevokeGrantRequest(idempotency_key=str(uuid4()), contact_id=one, grant=grant),
            operator,
        ),
        (office.alerts.GetAlert, alerts.GetAlertRequest(alert_id=one), watch),
        (office.alerts.ListDeliveries, alerts.ListDeliveriesRequest(alert_id=one), operator),
        (office.messages.ListMessages, messages.ListMessagesRequest(contact_id=one), operator),
        (office.whatsapp.GetWhatsAppAccount, whatsapp.GetWhatsAppAccountRequest(), operator),
        (office.whatsapp.ListWhatsAppTemplates, whatsapp.ListWhatsAppTemplatesRequest(), operator),
        (office.whatsapp.SubmitWhatsAppTemplates, whatsapp.SubmitWhatsAppTemplatesRequest(), operator),
    ]
    for method, request, allowed in methods:
        for role in sorted(EVERYBODY):
            said = await status(method(request, metadata=office.token(role)))
            assert (said is not grpc.StatusCode.PERMISSION_DENIED) == (role in allowed), (method, role)
        assert await status(method(request)) is grpc.StatusCode.UNAUTHENTICATED


def for_operators_alone(office: Any) -> list[tuple[Any, Any]]:
    """What changes people or tells of them, with a request that is well written and about nobody."""
    one, grant = NOBODY_KNOWN, place_pb2.Grant(role="midwife", place=VILLAGE)
    stub, board, keyed = office.contacts, office.rosters, {"idempotency_key": str(uuid4()), "contact_id": one}
    key, phone = {"idempotency_key": str(uuid4())}, "0812-0000-0009"
    return [
        (stub.GetImport, contacts.GetImportRequest(file="0" * 64)),
        (stub.AddPhone, changes.AddPhoneRequest(**keyed, phone=phone)),
        (stub.RemovePhone, changes.RemovePhoneRequest(**keyed, phone=phone)),
        (stub.MakePhoneFirst, changes.MakePhoneFirstRequest(**keyed, phone=phone)),
        (stub.SetLanguage, changes.SetLanguageRequest(**keyed, language="jv")),
        (stub.SetConsent, changes.SetConsentRequest(**keyed, what="routine")),
        (stub.ListConsents, changes.ListConsentsRequest(contact_id=one)),
        (stub.ListApplications, changes.ListApplicationsRequest()),
        (stub.ApproveApplication, changes.ApproveApplicationRequest(**keyed, grant=grant)),
        (stub.RefuseApplication, changes.RefuseApplicationRequest(**keyed, grant=grant)),
        (stub.DeleteContact, changes.DeleteContactRequest(**keyed, reason="diminta")),
        (board.SetShift, rosters.SetShiftRequest(**keyed, duty=grant, turn=1, begins=MOMENT, ends=MOMENT)),
        (board.RemoveShift, rosters.RemoveShiftRequest(**key, shift_id=one)),
        (board.ListShifts, rosters.ListShiftsRequest()),
        (board.GetDuty, rosters.GetDutyRequest(role="midwife", place=VILLAGE)),
        (board.ImportShifts, rosters.ImportShiftsRequest(**key, rows=[rosters.ShiftRow(role="midwife")])),
    ]


async def test_the_matrix_knows_every_method(office: Any) -> None:
    services = [
        contacts.DESCRIPTOR.services_by_name["ContactService"],
        rosters.DESCRIPTOR.services_by_name["RosterService"],
    ]
    told = {"ImportContacts", "ExportContacts", "FindContact", "GetContact", "SetDuty", "RevokeGrant"}
    told |= {request.DESCRIPTOR.name.removesuffix("Request") for _, request in for_operators_alone(office)}
    assert told == {method.name for service in services for method in service.methods}


async def test_a_contact_is_brought_found_put_off_duty_and_loses_a_role(office: Any) -> None:
    rows = (row(), row(role="raja"), row(phone="12"), row(place="99.99"), row(role="kader", channel="whatsapp"))
    rehearsed = await office.brings(*rows, dry_run=True)
    assert (rehearsed.created, [error.row for error in rehearsed.errors]) == (1, [2, 3])
    known = await office.contacts.ExportContacts(contacts.ExportContactsRequest(), metadata=office.token())
    assert list(known.rows) == []

    key = str(uuid4())
    first, again = [await office.brings(*rows, idempotency_key=key) for _ in range(2)]
    assert first == again
    assert first.created == 1
    contact = await office.finds("+6281200000001")
    assert {grant.role for grant in contact.grants} == {"midwife", "kader", "raja"}
    assert (contact.name, contact.on_duty, contact.channel) == ("Bu Sri", True, channel_pb2.CHANNEL_WHATSAPP)
    off = contacts.SetDutyRequest(idempotency_key=str(uuid4()), contact_id=contact.contact_id, on_duty=False)
    assert not (await office.contacts.SetDuty(off, metadata=office.token())).contact.on_duty
    less = contacts.RevokeGrantRequest(
        idempotency_key=str(uuid4()), contact_id=contact.contact_id, grant=contact.grants[0]
    )
    left = (await office.contacts.RevokeGrant(less, metadata=office.token())).contact
    assert len(left.grants) == 2
    same = await office.contacts.GetContact(
        contacts.GetContactRequest(contact_id=contact.contact_id), metadata=office.token()
    )
    assert same.contact == left


async def test_wrong_requests_are_refused(office: Any) -> None:
    stub, token = office.contacts, office.token()
    wrong: list[tuple[Any, Any]] = [
        (stub.ImportContacts, contacts.ImportContactsRequest(rows=[row()])),
        (stub.FindContact, contacts.FindContactRequest(phone="12")),
        (stub.GetContact, contacts.GetContactRequest(contact_id="x")),
        (office.alerts.GetAlert, alerts.GetAlertRequest(alert_id="x")),
        (office.alerts.ListDeliveries, alerts.ListDeliveriesRequest(alert_id=NOBODY_KNOWN, page_token="x")),
        (office.messages.ListMessages, messages.ListMessagesRequest(contact_id=NOBODY_KNOWN, page_size=501)),
    ]
    for method, request in wrong:
        assert await status(method(request, metadata=token)) is grpc.StatusCode.INVALID_ARGUMENT, request
    unknown = alerts.GetAlertRequest(alert_id=NOBODY_KNOWN)
    assert await status(office.alerts.GetAlert(unknown, metadata=token)) is grpc.StatusCode.NOT_FOUND


async def test_what_became_of_an_alert_and_of_a_message_is_told(office: Any) -> None:
    await office.brings(row(), row("0812-0000-0002", role="midwife"))
    alert = await office.notifier.raise_alert("reply", {"text": "Tercatat."}, groups=(Group("midwife", VILLAGE),))
    await office.notifier.reach(alert, State.SENT, State.SENT)
    asked = alerts.GetAlertRequest(alert_id=str(alert.id))
    told = await office.alerts.GetAlert(asked, metadata=office.token("bpbd_duty"))
    assert (told.template, told.planned, [count.count for count in told.counts]) == ("reply", 2, [2])
    seen: list[str] = []
    page = ""
    for _ in range(2):
        part = alerts.ListDeliveriesRequest(alert_id=str(alert.id), page_size=1, page_token=page)
        answer = await office.alerts.ListDeliveries(part, metadata=office.token())
        seen += [delivery.contact_id for delivery in answer.deliveries]
        page = answer.next_page_token
    assert len(set(seen)) == 2

    await office.notifier.centre.bring(10, source_addr="6281200000001", short_message=b"API Kragan")
    contact = await office.finds("0812-0000-0001")
    heard = await office.messages.ListMessages(
        messages.ListMessagesRequest(contact_id=contact.contact_id), metadata=office.token()
    )
    assert [(one.service, one.route) for one in heard.messages] == [("destana", "word")]


async def test_the_whatsapp_account_is_told_and_without_its_id_nothing_is_handed_in(office: Any) -> None:
    account = await office.whatsapp.GetWhatsAppAccount(whatsapp.GetWhatsAppAccountRequest(), metadata=office.token())
    assert (account.tier, account.tier_told, account.people_left) == (250, False, 250)
    listed = await office.whatsapp.ListWhatsAppTemplates(
        whatsapp.ListWhatsAppTemplatesRequest(sync=True), metadata=office.token()
    )
    assert "destana_incident" in [one.name for one in listed.templates if one.wanted]
    assert listed.problem == "http 404"  # the stand-in for Meta has no account to ask
    submit = office.whatsapp.SubmitWhatsAppTemplates(
        whatsapp.SubmitWhatsAppTemplatesRequest(), metadata=office.token()
    )
    assert await status(submit) is grpc.StatusCode.FAILED_PRECONDITION
