"""Whatever is typed: one answer, short enough, nothing half done."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.kernel.alert import Reply
from telponi.domain.danger_signs import PHRASES
from telponi.domain.kspr_rows import FACTOR_WORDS
from telponi.domain.referral import Outcome
from telponi.entrypoints.words.table import VOCABULARY

PIECES = st.one_of(
    st.sampled_from(sorted(VOCABULARY.all)),
    st.sampled_from(sorted({*PHRASES, *FACTOR_WORDS})),
    st.sampled_from(["#", "\n", ",", ";", " ", "-", "1", "4", "YA", "DESA", "NIK", "KUNCI", "HPHT", "JARAK", "UK"]),
    st.sampled_from(["Siti", "27", "UK 12", "31/08/2026", "G2P1A0", "G2P2A0", "155", "Sendangmulyo Kragan"]),
    st.sampled_from(["<M>", "<R>", "M2222", "PENUH"]),
    st.text(max_size=12),
)
MESSAGES = st.lists(st.lists(PIECES, max_size=9).map(" ".join), min_size=1, max_size=4)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    messages=MESSAGES, role=st.sampled_from(["midwife@33.17.12.2002", "facility_duty@P3317120101", "doctor@33.17"])
)
def test_every_message_is_answered_once(village: Any, messages: list[str], role: str) -> None:
    asyncio.run(converse(type(village)(), messages, role))


async def converse(village: Any, messages: list[str], role: str) -> None:
    code = await village.registers("# DARAH")
    who = village.phone(role)
    for number, message in enumerate(messages, start=2):
        text = message.replace("<M>", code).replace("<R>", village.referrals[0].code)
        answer = await village.says(who, text)
        assert 0 < len(answer) <= 306
        assert len(village.memory.events_of(Reply)) == number
    for referral in village.referrals:
        waiting = [offer for offer in referral.offers if offer.outcome is Outcome.OPEN]
        assert len(waiting) == sum(timer.subject == referral.id for timer in village.memory.timers.values())
