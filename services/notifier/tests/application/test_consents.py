"""What people agree to and take back is kept with its time and source, and holds."""

from datetime import timedelta
from typing import Any

import pytest

from chassis.kernel.work import Work
from notifier.application.consents import SetConsent, set_consent
from notifier.application.contacts import set_language
from notifier.application.import_contacts import Row, import_contacts
from notifier.domain.channel import Channel
from notifier.domain.consent import Consent, Matter
from notifier.domain.language import Language
from notifier.domain.message import Content


def said(town: Any) -> list[tuple[str, bool, str]]:
    return [(one.what.value, one.given, one.source) for one in sorted(town.work.all(Consent), key=lambda one: one.at)]


async def test_words_sent_in_are_kept(town: Any, clock: Any) -> None:
    sri = await town.bring(1)
    for text in ("STOP", "BERHENTI", "MULAI"):
        await town.write(town.phone(1), Content(text), Channel.SMS)
        clock.move(timedelta(minutes=1))
    assert said(town) == [("routine", False, "message"), ("routine", False, "message"), ("routine", True, "message")]
    assert not town.contact(sri).opted_out
    assert not town.contact(sri).whatsapp_opted_in


async def test_mulai_on_whatsapp_agrees_to_whatsapp(town: Any) -> None:
    sri = await town.bring(1)
    await town.write(town.phone(1), Content("MULAI"), Channel.WHATSAPP)
    assert town.contact(sri).whatsapp_opted_in
    assert {what for what, _, _ in said(town)} == {"routine", "whatsapp"}


@pytest.mark.parametrize("what", list(Matter))
async def test_an_operator_writes_it_down(town: Any, what: Matter) -> None:
    sri = await town.bring(1)
    for given in (True, False):
        await town.work.do(set_consent, SetConsent(sri, what, given, "operator:7"))
        assert town.contact(sri).agrees(what) is given
    assert sorted(said(town)) == [(what.value, False, "operator:7"), (what.value, True, "operator:7")]


async def test_a_file_says_it_once(town: Any) -> None:
    rows = (Row(town.phone(1), "Bu Ani", None, None, routine=False, whatsapp=True),)
    for changed in (0, 0):
        assert (await town.work.do(import_contacts, rows)).changed == changed
    assert sorted(said(town)) == [("routine", False, "import"), ("whatsapp", True, "import")]


async def test_the_language_is_chosen(town: Any) -> None:
    sri = await town.bring(1)

    async def choose(language: Language, work: Work) -> None:
        await set_language(sri, language, work)

    await town.work.do(choose, Language.JAVANESE)
    assert town.contact(sri).language is Language.JAVANESE
    await town.work.do(import_contacts, (Row(town.phone(1), "", None, None, language=Language.ENGLISH),))
    assert town.contact(sri).language is Language.ENGLISH
