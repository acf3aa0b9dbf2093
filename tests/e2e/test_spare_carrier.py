"""The second SMS carrier takes over when the first is gone, and people can write to it."""

import pytest

from handset.demo.stage import Stage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


async def test_with_the_first_operator_gone_the_second_one_asks_and_answers(stage: Stage):
    resident = stage.one("resident", "sms")
    await stage.phones.drop("sms", seconds=60)
    await stage.phones.say(resident.phone, "MENU", carrier="sms2")
    answer = await stage.phones.expect(resident.phone, "SAMPAH", timeout=30)
    assert answer["carrier"] == "sms2"
    assert [event["what"] for event in answer["events"]][:2] == ["submitted", "accepted"]
