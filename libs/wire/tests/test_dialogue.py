"""Every message is answered once; nobody hears what is not theirs; nothing is stored for nothing."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.kernel.alert import Channel, Lane, Reply
from chassis.kernel.errors import Poison
from kentongan.notifier.v1.field_message_pb2 import FieldMessageFact
from wire.dialogue.listening import HANDLED, step_of

NOT_YET = "NANTI belum tersedia, belum ada yang dicatat. Yang sudah bisa: LAPOR, DATA, CARI, TANDA, SIAPA"


async def test_a_reply_answers_its_message(talk):
    await talk.says("DATA Siti # 27")
    assert (talk.reply.contact, talk.reply.channel, talk.reply.lane) == (talk.person, Channel.WHATSAPP, Lane.URGENT)


async def test_the_lane_is_the_services(talk):
    talk.dialogue = replace(talk.dialogue, lane=Lane.LIFE_SAFETY)
    await talk.says("DATA")
    assert talk.reply.lane is Lane.LIFE_SAFETY


@pytest.mark.parametrize("text", ["DATA Siti # 27", "BANTUAN", "apa", "NANTI", "SIAPA", "CARI"])
async def test_who_leaves_nothing_unfinished_has_no_draft(talk, text):
    await talk.says(text)
    assert talk.drafts == []


async def test_a_draft_is_added_once_however_often_it_is_kept(talk):
    for _ in range(2):
        await talk.says("DATA Siti # tua")
        await talk.says("27")
    assert len(talk.drafts) == 1


async def test_a_word_of_a_role_tells_others_nothing(talk):
    assert await talk.says("SIAPA") == "Daftar dulu."
    assert await talk.says("SIAPA", "officer") == "Anda petugas."


@pytest.mark.parametrize("text", ["SIAPA", "BANTUAN", "DATA Siti # 27", "apa", ""])
async def test_a_service_of_roles_tells_strangers_how_to_register(talk, text):
    talk.dialogue = replace(talk.dialogue, vocabulary=replace(talk.dialogue.vocabulary, roles=("officer",)))
    assert await talk.says(text) == "Daftar dulu."
    assert await talk.says(text, "officer") != "Daftar dulu."


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("BANTUAN", "Menu."),
        ("bantuan data", "DATA nama # umur"),
        (
            "BANTUAN NANTI",
            NOT_YET,
        ),
        (
            "NANTI S7K2P",
            NOT_YET,
        ),
        ("apa kabar", "Kata tidak dikenal. Menu."),
        ("", "Kata tidak dikenal. Menu."),
        ("DATTA Siti # 27", "Dibaca DATA. Siti 27 -"),
    ],
)
async def test_what_is_no_report(talk, text, answer):
    assert await talk.says(text) == answer


PIECES = st.one_of(
    st.sampled_from(["DATA", "DATTA", "CARI", "LAPOR", "TANDA", "SIAPA", "NANTI", "BANTUAN", "S7K2P", "S2222", "#"]),
    st.sampled_from(["Siti", "27", "tua", "UK", "NAMA", "nama", "-", "1", "API", "Sendangmulyo", "DESA", "²"]),
    st.text(max_size=8),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.lists(PIECES, max_size=6).map(" ".join), st.booleans(), st.booleans()), min_size=1, max_size=5
    )
)
async def test_whatever_is_typed_is_answered_once(talk, messages):
    talk = type(talk)()
    for number, (text, located, photo) in enumerate(messages, start=1):
        assert await talk.says(text, "", (-6.7, 111.3) if located else None, "f1" if photo else None)
        assert len(talk.memory.events_of(Reply)) == number


def test_every_case_of_the_fact_is_handled():
    assert {field.name for field in FieldMessageFact.DESCRIPTOR.oneofs_by_name["fact"].fields} == HANDLED


def test_what_was_sealed_for_another_is_poison(talk):
    fact = FieldMessageFact()
    fact.metadata.aggregate_id = str(uuid4())
    fact.field_message_received.contact_id = str(UUID(int=1))
    fact.field_message_received.sealed_content = bytes(64)
    with pytest.raises(Poison):
        step_of(talk.dialogue, bytes(range(32)))(fact, None)
