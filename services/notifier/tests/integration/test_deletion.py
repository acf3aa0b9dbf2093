"""A person is forgotten: in every table, on the way out, on the bus; what was sent keeps counting."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from offices.office import VILLAGE, row

from chassis.auth.cipher import CannotDecryptError
from chassis.kernel.alert import Group, Lane
from chassis.testing.until import until
from kentongan.notifier.v1 import contact_changes_pb2 as pb
from kentongan.notifier.v1 import contact_pb2, delivery_pb2
from kentongan.notifier.v1 import contacts_service_pb2 as contacts
from notifier.adapters.erasures import Erasures
from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
FIRST, SECOND = "+6281200000001", "+6281200000002"
NAME = "Sri Wahyuni Kenari"


async def delete(office: Any, contact: str) -> bool:
    request = pb.DeleteContactRequest(
        idempotency_key=str(uuid4()), contact_id=contact, reason="atas permintaan sendiri"
    )
    return (await office.ask(office.contacts.DeleteContact, request)).changed


async def done(office: Any) -> None:
    async def there() -> bool:
        return await office.notifier.fetchval("select bool_and(done_at is not null) from erasure") is True

    await until(there, 20)


async def test_what_was_sent_counts_and_what_is_on_its_way_is_dropped(office: Any) -> None:
    await office.brings(row(name=NAME), row("0812-0000-0005"))
    sri = (await office.finds(FIRST)).contact_id
    midwives = (Group("midwife", VILLAGE),)
    sent = await office.notifier.raise_alert("reply", {"text": "Tercatat."}, groups=midwives)
    await office.notifier.reach(sent, State.SENT, State.SENT)
    late = datetime.now(UTC) + timedelta(hours=1)
    waiting = await office.notifier.raise_alert("reply", {"text": "Nanti."}, groups=midwives)
    await office.notifier.reach(waiting, State.SENT, State.SENT)
    await office.notifier.process.pool.execute(
        "update delivery set state = 8, due = $2 where alert = $1", waiting.id, late
    )
    assert await delete(office, sri)
    assert not await delete(office, sri)
    await done(office)
    rows = await office.notifier.process.pool.fetch(
        "select state, reason, due from delivery where alert = $1 and contact = $2", waiting.id, UUID(sri)
    )
    assert [tuple(one) for one in rows] == [(State.DROPPED, "deleted", None)]
    assert sorted(await office.notifier.states(sent)) == [State.SENT, State.SENT]

    async def told() -> bool:
        facts = await office.notifier.read("kentongan.notifier.delivery.v1", delivery_pb2.DeliveryFact)
        return [fact.delivery_dropped.reason for fact in facts if fact.WhichOneof("fact") == "delivery_dropped"] == [
            "deleted"
        ]

    await until(told)
    stated = await office.notifier.read("kentongan.notifier.contact.v1", contact_pb2.ContactFact)
    last = [fact.contact_stated for fact in stated if fact.metadata.aggregate_id == sri][-1]
    assert (list(last.grants), last.on_duty) == ([], False)


async def test_nothing_of_the_person_lies_anywhere(office: Any) -> None:
    notifier = office.notifier
    await office.brings(row(name=NAME, further_phones=SECOND))
    sri = (await office.finds(FIRST)).contact_id
    for text in (b"STOP", b"DAFTAR Sri # KADER # Kragan", b"ADMIN tolong saya"):
        await notifier.centre.bring(10, source_addr=FIRST[1:], short_message=text)
    part = bytes((5, 0, 3, 9, 2, 1)) + b"BANJIR "
    await notifier.centre.bring(10, source_addr=SECOND[1:], esm_class=0x40, short_message=part)
    vault, pool = notifier.vault, notifier.process.pool
    for spoiled in (b"\x00from 6281200000002 garbage", b"\x00from 6281200000077 garbage"):
        id_ = uuid4()
        await pool.execute(
            "insert into quarantine(id, carrier, reason, detail, sealed, at) values ($1, 'smpp', 'x', '', $2, now())",
            id_,
            vault.cipher.encrypt(spoiled, id_.bytes),
        )
    await until(lambda: len(notifier.sent()) >= 3)
    assert await delete(office, sri)
    await done(office)
    shown = await office.ask(office.contacts.GetContact, contacts.GetContactRequest(contact_id=sri))
    assert (shown.contact.deleted, shown.contact.name, shown.contact.phone) == (True, "", "")
    assert await pool.fetchval("select count(*) from quarantine") == 1
    assert await pool.fetchval("select count(*) from message_part") == 0
    assert await pool.fetchval("select count(*) from desk_message") == 0
    assert await pool.fetchval("select count(*) from consent where source <> ''") == 0
    assert await pool.fetchval("select count(*) from alert where sealed_values <> ''") == 0
    assert await pool.fetchval("select count(*) from delivery") >= 3
    assert await pool.fetchval("select numbers_sealed from erasure") is None
    await no_trace(pool, vault, [FIRST, SECOND, NAME, "tolong saya"])


async def no_trace(pool: Any, vault: Any, marks: list[str]) -> None:
    """No column of any table holds a keyed hash of a number, or tells a number or the name, encrypted or not."""
    hashes = {vault.digest(mark) for mark in marks}
    found = await pool.fetch(
        "select table_name, array_agg(column_name::text), bool_or(column_name = 'id' and data_type = 'uuid')"
        " from information_schema.columns where table_schema = 'public'"
        " and table_name not in ('outbox', 'inbox', 'sms_seen') group by table_name"
    )
    assert {"contact", "further_phone", "conversation", "desk_message", "contact_audit"} <= {one[0] for one in found}
    for table, columns, has_id in found:
        for stored in await pool.fetch(f'select * from "{table}"'):  # noqa: S608 - the database's own names
            for column in columns:
                told = opened(vault, stored[column], stored["id"] if has_id else None)
                assert not isinstance(stored[column], bytes) or stored[column] not in hashes, (table, column)
                assert not any(mark.lstrip("+") in told for mark in marks), (table, column)


def opened(vault: Any, value: Any, about: UUID | None) -> str:
    """A value as it can be read by whoever has the keys."""
    try:
        return vault.show(value, about) if isinstance(value, bytes) and about else str(value)
    except CannotDecryptError:
        return ""


async def test_a_new_message_from_the_same_phone_makes_somebody_new(office: Any) -> None:
    await office.brings(row())
    old = (await office.finds(FIRST)).contact_id
    await delete(office, old)
    await office.notifier.centre.bring(10, source_addr=FIRST[1:], short_message=b"MENU")
    fresh = await office.finds(FIRST)
    assert (fresh.contact_id != old, list(fresh.grants), fresh.deleted) == (True, [], False)
    await until(lambda: len(office.notifier.sent()) == 1)


async def test_a_deletion_that_was_begun_is_finished_by_the_next_process(office: Any) -> None:
    """As after a kill -9 between the operator's answer and the work: the request alone is stored."""
    await office.brings(row())
    sri = UUID((await office.finds(FIRST)).contact_id)
    await delete(office, str(sri))
    await done(office)
    process, vault = office.notifier.process, office.notifier.vault
    await process.pool.execute(
        "update erasure set done_at = null, numbers_sealed = $2 where id = $1", sri, vault.hide(FIRST, sri)
    )
    await done(office)
    assert not await Erasures(process.pool, vault, process.boundary.outbox).turn(datetime.now(UTC))


async def test_life_safety_to_somebody_deleted_fails_visibly(office: Any) -> None:
    await office.brings(row())
    sri = UUID((await office.finds(FIRST)).contact_id)
    await delete(office, str(sri))
    alert = await office.notifier.raise_alert("reply", {"text": "AWAS"}, lane=Lane.LIFE_SAFETY, contacts=(sri,))
    await office.notifier.facts(alert, "alert_planned", "delivery_failed")
