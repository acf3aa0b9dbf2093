from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from notifier.domain.acknowledgement import Acknowledgement, DeliveryAcknowledged, Said, Via, answered

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FLOOD, FLOOD_AGAIN, MOTHER, PICKUP = (UUID(int=n) for n in range(1, 5))


def waits(alert: UUID, code: str, template: str = "destana.incident") -> Acknowledgement:
    contact = uuid4()
    return Acknowledgement(
        Acknowledgement.id_of(alert, contact), alert, contact, uuid4(), template, code, "bpbd_duty", "33.17", AT,
        AT + timedelta(hours=3),
    )  # fmt: skip


FLOODED, REFERRED = waits(FLOOD, "B2K7P"), waits(MOTHER, "R4H2K", "telponi.referral_offer")
COLLECTS = waits(PICKUP, "J2K7P", "gareng_mesem.pickup_offer")
DESTANA, TELPONI, GARENG = "destana", "telponi", "gareng-mesem"


def said(text: str, word: str = "", service: str | None = None, replied: UUID | None = None) -> Said:
    return Said(text, word, service, replied)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (said("baik pak", replied=FLOOD), {FLOOD: Via.REPLY}),
        (said("SIAP B2K7P", "SIAP", DESTANA, FLOOD), {FLOOD: Via.REPLY}),
        (said("TERIMA R4H2K", "TERIMA", TELPONI, FLOOD), {FLOOD: Via.REPLY, MOTHER: Via.CODE}),
        (said("siap b2k7p.", "SIAP", DESTANA), {FLOOD: Via.CODE}),
        (said("kami berangkat #B2K7P", service=DESTANA), {FLOOD: Via.CODE}),
        (said("SIAP", "SIAP", DESTANA), {FLOOD: Via.WORD}),
        (said("TOLAK PENUH", "TOLAK", TELPONI), {MOTHER: Via.WORD}),
        (said("siap"), {}),  # nobody's word: three matters are open
        (said("SIAP B9999", "SIAP", DESTANA), {}),  # another one's code
        (said("STATUS", "STATUS", DESTANA), {}),
        (said("terima kasih", "KASIH"), {}),
        (said("apa kabar", replied=uuid4()), {}),
    ],
)
def test_what_answers_which_alert(heard: Said, expected: dict[UUID, Via]) -> None:
    found = answered([FLOODED, REFERRED, COLLECTS], heard)
    assert {one.alert: via for one, via in found} == expected


def test_a_bare_word_answers_the_only_open_matter_whoever_it_belongs_to() -> None:
    assert [via for _, via in answered([REFERRED], said("TERIMA"))] == [Via.WORD]


def test_a_bare_word_answers_no_other_services_alert() -> None:
    assert answered([FLOODED], said("TERIMA", "TERIMA", TELPONI)) == []


def test_two_alerts_of_one_incident_are_one_matter() -> None:
    both = [FLOODED, waits(FLOOD_AGAIN, "B2K7P")]
    assert {one.alert for one, _ in answered(both, said("SIAP", "SIAP", DESTANA))} == {FLOOD, FLOOD_AGAIN}
    assert {one.alert for one, _ in answered(both, said("SIAP B2K7P", "SIAP", DESTANA))} == {FLOOD, FLOOD_AGAIN}


@pytest.mark.parametrize("text", ["BUMIL Siti # 30 # UK 12", "jalan raya", ""])
def test_most_messages_answer_nothing_and_are_not_looked_up(text: str) -> None:
    assert not said(text).may_answer


def test_the_first_answer_counts_and_a_repeat_changes_nothing() -> None:
    one = waits(FLOOD, "B2K7P")
    one.answer(Via.CODE, AT + timedelta(seconds=74))
    one.answer(Via.OPERATOR, AT + timedelta(minutes=5), uuid4())
    assert (one.at, one.via, one.noted_by, one.open) == (AT + timedelta(seconds=74), Via.CODE, None, False)
    [told] = one.pull_events()
    assert isinstance(told, DeliveryAcknowledged)
    assert (told.waited, told.via) == (timedelta(seconds=74), Via.CODE)


def test_a_clock_that_went_back_makes_no_negative_wait() -> None:
    one = waits(FLOOD, "B2K7P")
    one.answer(Via.CODE, AT - timedelta(seconds=5))
    [told] = one.pull_events()
    assert isinstance(told, DeliveryAcknowledged)
    assert told.waited == timedelta(0)
