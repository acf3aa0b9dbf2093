"""Files of people over real gRPC and PostgreSQL: row by row, killed and gone on, out again."""

import hashlib
from typing import Any
from uuid import uuid4

import pytest
from offices.office import VILLAGE, refusal, row

from kentongan.notifier.v1 import contact_changes_pb2 as changes
from kentongan.notifier.v1 import contacts_service_pb2 as pb

pytestmark = pytest.mark.integration
FILE = hashlib.sha256(b"people.csv").hexdigest()


def people(first: int, count: int, **more: str) -> list[Any]:
    return [row(f"0812-0001-{number:04}", **more) for number in range(first, first + count)]


async def test_a_file_is_remembered_row_by_row_and_goes_on_where_it_broke_off(office: Any) -> None:
    async def progress() -> Any:
        return await office.ask(office.contacts.GetImport, pb.GetImportRequest(file=FILE))

    assert (await progress()).next_row == 0
    key = str(uuid4())
    first = await office.brings(*people(0, 300), row("12"), file=FILE, first_row=2, idempotency_key=key)
    again = await office.brings(*people(0, 300), row("12"), file=FILE, first_row=2, idempotency_key=key)
    assert (first, first.created) == (again, 300), "an answer that got lost is given again"
    half = await progress()
    assert (half.next_row, half.done, half.created, half.refused) == (303, False, 300, 1)
    assert [(error.row, error.field) for error in half.errors] == [(302, "phone")]

    out_of_order = office.brings(*people(0, 300), file=FILE, first_row=2)
    assert await refusal(out_of_order) == ("FAILED_PRECONDITION", "berkas ini menunggu baris 303")
    await office.brings(*people(300, 10), file=FILE, first_row=303, last=True)
    whole = await progress()
    assert (whole.done, whole.created, whole.next_row) == (True, 310, 313)
    assert (await refusal(office.brings(*people(0, 1), file=FILE, first_row=313)))[1].startswith(
        "berkas ini sudah masuk"
    )
    anew = await office.brings(*people(0, 300), file=FILE, first_row=2, again=True)
    assert (anew.created, anew.unchanged) == (0, 300)
    assert await office.notifier.fetchval("select count(*) from contact") == 310


async def test_a_process_that_ended_in_the_middle_knows_how_far_the_file_is(office: Any) -> None:
    """Rows and progress are one commit: whatever was killed, neither is there without the other."""
    await office.brings(*people(0, 50), file=FILE, first_row=2)
    rows = await office.notifier.fetchval("select next_row from contact_import")
    assert rows - 2 == await office.notifier.fetchval("select count(*) from contact") == 50


async def test_every_wrong_cell_is_named_with_what_is_allowed(office: Any) -> None:
    await office.brings(row("0812-0000-0009"))
    rows = [
        row(phone="12"),
        row(name="x" * 121),
        row(role="Bidan"),
        row(place="99"),
        row(channel="pos"),
        row(language="xx"),
        row(further_phones="12"),
        row(further_phones="0812-0000-0009"),
        row(further_phones=" ".join(f"0812-0002-000{n}" for n in range(6))),
        row(routine="mungkin"),
        row(whatsapp="1"),
        row(phone="0" * 1500),
    ]
    answer = await office.brings(*rows, first_row=2)
    assert [(error.row, error.field) for error in answer.errors] == list(
        zip(
            range(2, 14),
            ["phone", "name", "role", "place", "channel", "language", *["further_phones"] * 3, "routine", "whatsapp",
             "phone"],
            strict=True,
        )
    )  # fmt: skip
    assert all(error.message for error in answer.errors)
    assert answer.errors[5].message == "isi id, jv atau en"
    assert answer.errors[1].message == "paling panjang 120 huruf"
    assert await office.notifier.fetchval("select count(*) from contact") == 1


async def test_what_goes_out_comes_in_again_and_changes_nothing(office: Any) -> None:
    everything = {
        "language": "jv",
        "further_phones": "0812-0000-0002 0812-0000-0003",
        "routine": "tidak",
        "whatsapp": "ya",
    }
    await office.brings(row(**everything), row(role="kader"), row("0812-0000-0007", role="", place=""))
    first = await office.ask(office.contacts.ExportContacts, pb.ExportContactsRequest(page_size=1, reason="uji"))
    token = first.next_page_token
    second = await office.ask(office.contacts.ExportContacts, pb.ExportContactsRequest(page_size=1, page_token=token))
    rows = [*first.rows, *second.rows]
    sri = next(one for one in rows if one.role == "midwife")
    assert (sri.phone, sri.further_phones, sri.language) == ("+6281200000001", "+6281200000002 +6281200000003", "jv")
    assert (sri.routine, sri.whatsapp, sri.on_duty, sri.place) == ("tidak", "ya", "ya", VILLAGE)
    answer = await office.brings(*rows)
    assert (answer.created, answer.changed, answer.unchanged, list(answer.errors)) == (0, 0, 2, [])
    audited = await office.notifier.process.pool.fetch("select by_contact, what, reason_sealed from contact_audit")
    assert [(one["by_contact"], one["what"]) for one in audited] == [(office.caller, "contacts_exported")]
    assert b"uji" not in audited[0]["reason_sealed"]


async def test_a_file_of_moved_and_deleted_people_is_one_commit_as_well(office: Any) -> None:
    """Contacts whose ids do not follow from their phones any more, many in one request."""
    await office.brings(*people(0, 150))
    pool = office.notifier.process.pool
    for number in range(150):
        found = await office.finds(f"0812-0001-{number:04}")
        about = {"idempotency_key": str(uuid4()), "contact_id": found.contact_id}
        if number < 75:
            await office.ask(office.contacts.DeleteContact, changes.DeleteContactRequest(**about, reason="uji"))
        else:
            phone = f"0812-0003-{number:04}"
            await office.ask(office.contacts.AddPhone, changes.AddPhoneRequest(**about, phone=phone))
    answer = await office.brings(*people(0, 150, further_phones=""), *people(0, 150, further_phones=""))
    assert (answer.created, answer.changed, answer.unchanged) == (75, 0, 75)
    moved = [row(f"0812-0003-{n:04}", further_phones=f"0812-0004-{n:04}") for n in range(75, 150)]
    assert (await office.brings(*moved)).changed == 75
    assert await pool.fetchval("select count(*) from further_phone where contact is not null") == 150
