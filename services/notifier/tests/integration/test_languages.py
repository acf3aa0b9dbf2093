"""Each person is written to in a language of theirs, where the text exists in it."""

from typing import Any

import pytest

from notifier.domain.delivery import State

pytestmark = pytest.mark.integration
VILLAGE = "33.17.12.2002"
WARNING = "destana.incident"


async def test_one_alert_is_read_in_the_language_of_each(notifier: Any) -> None:
    rows = [(f"+62812000000{number}", "resident", VILLAGE, "sms") for number in range(3)]
    people = tuple(await notifier.people(*rows))
    for contact, language in zip(people, ("id", "jv", "en"), strict=True):
        await notifier.process.pool.execute("update contact set language = $2 where id = $1", contact, language)
    alert = await notifier.raise_alert(WARNING, notifier.values(WARNING), contacts=people)
    await notifier.reach(alert, *[State.SENT] * 3)
    words = sorted(text.split(" B2K7P")[0].rpartition(" ")[2] for text in notifier.sent())
    assert len(set(notifier.sent())) == 3
    assert words == ["Code", "Kode", "Kode"]


async def test_what_is_not_written_in_a_language_is_read_in_indonesian(notifier: Any) -> None:
    [contact] = await notifier.people(("+628120000001", "resident", VILLAGE, "sms"))
    await notifier.process.pool.execute("update contact set language = 'jv' where id = $1", contact)
    alert = await notifier.raise_alert("reply", {"text": "Tercatat."}, contacts=(contact,))
    await notifier.reach(alert, State.SENT)
    assert notifier.sent() == ["Tercatat."]
