"""What is known of the account, against the handset's look-alike and a real database."""

import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import pytest
from aiohttp import web

from chassis.kernel.errors import Conflict, Reject
from chassis.testing.clock import MovableClock
from chassis.testing.postgres import Databases
from chassis.testing.until import until
from notifier.adapters.wakes import Wakes
from notifier.adapters.whatsapp import tier
from notifier.adapters.whatsapp.account import WhatsAppAccount
from notifier.adapters.whatsapp.client import WhatsAppCarrier
from notifier.adapters.whatsapp.fitting import Wanted, handed_in
from notifier.adapters.whatsapp.graph import Graph, GraphError
from notifier.adapters.whatsapp.office import Office
from notifier.adapters.whatsapp.registry import Registry
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.adapters.whatsapp.webhook import webhook
from notifier.application.carrier_errors import RejectedForGood, Throttled, TryLater, Unreachable
from notifier.application.incoming import Notice
from notifier.application.outgoing import Outgoing, TemplateMessage

pytestmark = pytest.mark.integration
MIGRATIONS = Path(__file__).parents[2] / "migrations"
SECRET = "rahasia"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PHONE = "+6281200000001"
OFFER = Wanted("offer", "id", ("code",), ("Terima",), "Rujukan {code}, jawab", {"code": "code"})
SENT = TemplateMessage("offer", "id", ("R2K7P",), ("TERIMA R2K7P",))


@dataclass
class World:
    """A handset whose webhooks come here, and as many processes of ours as a test wants."""

    base: str
    control: str
    hook_port: int
    dsn: str
    pool: asyncpg.Pool
    clock: MovableClock
    running: list[Any]
    session: aiohttp.ClientSession

    def settings(self, **more: Any) -> WhatsAppSettings:
        return replace(WhatsAppSettings(self.base, "token", "100000000000001"), **more)

    async def account(self, business_id: str = "1", *, reads: bool = True) -> WhatsAppAccount:
        wakes = Wakes()
        await wakes.join(lambda: asyncpg.connect(self.dsn))
        await until(lambda: wakes.joined)
        graph = Graph(self.settings(), business_id)
        made = WhatsAppAccount(self.pool, graph, Registry([OFFER]), wakes, self.clock, 250, reads=reads)
        await made.start()
        self.running += [wakes.leave, made.stop]
        return made

    async def hook(self, account: WhatsAppAccount, sink: Any) -> None:
        application = web.Application()
        application.add_routes(webhook(SECRET, "v", sink, self.settings(), path="/hook", account=account))
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self.hook_port).start()
        self.running.append(runner.cleanup)

    async def carrier(self, account: WhatsAppAccount) -> WhatsAppCarrier:
        made = WhatsAppCarrier(self.settings(), account)
        await made.start()
        self.running.append(made.stop)
        return made

    async def change(self, path: str, **body: Any) -> None:
        async with self.session.patch(f"{self.control}/api/whatsapp/{path}", json=body) as answer:
            assert answer.status == 200

    async def left(self) -> int:
        return await tier.left(self.pool, self.clock.now())

    async def until_left(self, people: int) -> None:
        async def there() -> bool:
            return await self.left() == people

        await until(there)


@pytest.fixture
async def world(database: Databases) -> AsyncIterator[World]:
    config = pytest.importorskip("handset.config", reason="no handset")
    process = pytest.importorskip("handset.process", reason="no handset")
    own = await database("notifier", MIGRATIONS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {"http": "127.0.0.1:0", "smpp": "127.0.0.1:0", "webhook-url": f"http://127.0.0.1:{port}/hook"}
    told |= {"whatsapp-app-secret": SECRET, "whatsapp-token": "token"}
    handset = process.HandsetProcess(config.read([f"--{name}={value}" for name, value in told.items()], {}))
    await handset.start()
    control = f"http://127.0.0.1:{handset.http_port}"
    async with asyncpg.create_pool(own.dsn, min_size=1, max_size=5) as pool, aiohttp.ClientSession() as session:
        made = World(f"{control}/v23.0", control, port, own.dsn, pool, MovableClock(NOW), [], session)
        yield made
        for stop in reversed(made.running):
            await stop()
        await handset.stop()


def outgoing(content: TemplateMessage = SENT) -> Outgoing:
    return Outgoing(UUID(int=7), PHONE, content)


async def test_everything_is_read_from_the_account_page_by_page(world: World) -> None:
    for number in range(230):
        await Graph(world.settings(), "1").create(handed_in(replace(OFFER, name=f"t{number:03}")))
    await world.change("account", tier="TIER_2K", quality="YELLOW")
    account = await world.account()
    await until(lambda: len(account.registry.compare()) == 231, 20)
    assert [one.name for one in account.registry.compare() if one.differences] == ["offer"]
    assert await world.left() == 2000
    assert await world.pool.fetchval("select quality from whatsapp_account") == "YELLOW"
    assert await account.read() == ""


async def test_what_is_gone_from_the_account_is_forgotten_and_news_that_came_meanwhile_stay(world: World) -> None:
    graph = Graph(world.settings(), "1")
    await graph.create(handed_in(OFFER))
    account = await world.account(reads=False)
    await world.pool.execute(
        "insert into whatsapp_template(name, language, status, synced_at) values ('old', 'id', 'APPROVED', $1),"
        " ('offer', 'id', 'PAUSED', $2)",
        NOW - timedelta(hours=1),
        NOW + timedelta(seconds=1),
    )
    assert await account.read() == ""
    assert [(one.name, one.known.status) for one in account.registry.compare()] == [("offer", "PAUSED")]
    world.clock.move(timedelta(minutes=10))
    assert await account.read() == ""
    assert account.refusal(SENT) == ""


class Sink:
    """Takes what the handset tells."""

    def __init__(self) -> None:
        self.kinds: list[str] = []

    async def on_receipt(self, receipts: Any) -> None:
        pass

    async def on_message(self, message: Any) -> None:
        pass

    async def on_quarantine(self, spoiled: Any) -> None:
        raise AssertionError(spoiled)

    async def on_notice(self, notice: Notice) -> None:
        self.kinds.append(notice.kind)


async def test_a_paused_template_is_not_sent_by_any_process_and_an_approved_one_is_again(world: World) -> None:
    await Graph(world.settings(), "1").create(handed_in(OFFER))
    reader, lane = await world.account(), await world.account(reads=False)
    await world.hook(reader, Sink())
    carrier = await world.carrier(lane)
    await until(lambda: lane.registry.compare()[0].known is not None)
    assert (await carrier.submit(outgoing())).carrier_message_ids
    await world.change("templates", name="offer", status="PAUSED", reason="QUALITY")
    await until(lambda: lane.refusal(SENT) == "template_not_approved")
    with pytest.raises(Unreachable, match="template_not_approved"):
        await carrier.submit(outgoing())
    assert carrier.up
    world.clock.move(timedelta(seconds=1))  # else what was read meanwhile, still paused, would be as new as the news
    await world.change("templates", name="offer", status="APPROVED")
    await until(lambda: lane.refusal(SENT) == "")
    assert (await carrier.submit(outgoing())).carrier_message_ids
    [row] = await world.pool.fetch("select status, components from whatsapp_template")
    assert (row["status"], len(json.loads(row["components"]))) == ("APPROVED", 2)


async def test_tier_and_quality_come_by_webhook_too(world: World) -> None:
    account = await world.account(reads=False)
    sink = Sink()
    await world.hook(account, sink)
    assert await world.left() == 250
    await world.change("account", tier="TIER_10K")
    await until(lambda: "phone_number_quality_update" in sink.kinds)
    await world.until_left(10_000)
    for value, people in (
        ({"max_daily_conversations_per_business": "TIER_2K"}, 2000),
        ({"max_daily_conversation_per_phone": 1000, "max_phone_numbers_per_business": 25}, 1000),
        ({"max_daily_conversation_per_phone": -1}, tier.UNLIMITED),
        ({"max_daily_conversation_per_phone": {"a": 1}}, tier.UNLIMITED),
    ):
        await account.take(Notice("whatsapp", "business_capability_update", json.dumps({"value": value})))
        assert await world.left() == people


@pytest.mark.parametrize("body", ["", "5", "{}", '{"value": 7}', '{"value": {"message_template_name": 5}}', "[]"])
@pytest.mark.parametrize("kind", ["message_template_status_update", "phone_number_quality_update", "account_update"])
async def test_news_without_shape_change_nothing(world: World, body: str, kind: str) -> None:
    account = await world.account(reads=False)
    await account.take(Notice("whatsapp", kind, body))
    assert await world.left() == 250
    assert account.registry.compare()[0].known is None


async def test_a_long_pause_is_kept_by_every_process_and_ends(world: World) -> None:
    one, other = await world.account(reads=False), await world.account(reads=False)
    carrier = await world.carrier(other)
    await one.heard(TryLater("server_error", ambiguous=False))
    await one.heard(Throttled(timedelta(seconds=5)))
    assert one.pause() is None
    await one.heard(Throttled(timedelta(hours=1), "spam_limit", alarm=True))
    await until(lambda: not carrier.up)
    with pytest.raises(Throttled, match="spam_limit") as raised:
        await carrier.submit(outgoing())
    assert raised.value.retry_after == timedelta(hours=1)
    late = await world.account(reads=False)  # a process that starts later knows it as well
    assert late.pause().retry_after == timedelta(hours=1)
    world.clock.move(timedelta(hours=1))
    assert carrier.up
    assert (await carrier.submit(outgoing())).carrier_message_ids


async def test_an_account_that_gives_no_answer_is_told_of_and_asked_again(world: World) -> None:
    graph = Graph(world.settings(base_url="http://127.0.0.1:9/v23.0"), "1")
    account = WhatsAppAccount(world.pool, graph, Registry([OFFER]), Wakes(), world.clock, 250, reads=False)
    assert "no_answer" in await account.read()
    assert "no_answer" in await world.pool.fetchval("select problem from whatsapp_account")
    assert account.refusal(SENT) == ""
    wrong = Graph(world.settings(token="other"), "1")
    with pytest.raises(GraphError, match="http 401 code 190"):
        await wrong.templates()


async def test_what_the_account_refuses_says_why(world: World) -> None:
    with pytest.raises(GraphError, match="code 131008"):
        await Graph(world.settings(), "1").create({"name": "x"})


async def test_what_the_account_has_not_is_handed_in_once_and_then_goes_out(world: World) -> None:
    account = await world.account(reads=False)
    office = Office(account, world.pool, Graph(world.settings(), "1"), world.clock)
    await Graph(world.settings(), "1").create(handed_in(replace(OFFER, name="other")))
    assert await office.read() == ""
    assert account.refusal(SENT) == "template_not_approved"
    with pytest.raises(Reject, match="mystery"):
        await office.submit(["mystery"])
    assert [(one.name, one.status) for one in await office.submit(["offer"])] == [("offer", "APPROVED")]
    assert await office.submit() == []
    assert account.refusal(SENT) == ""
    view = await office.view()
    assert (view.tier, view.tier_told, view.people_left, view.quality) == (100_000, True, 100_000, "GREEN")
    assert (view.templates_at, view.problem, view.rests_until) == (NOW, "", None)
    await account.heard(Throttled(timedelta(hours=1), "spam_limit"))
    assert ((await office.view()).rests_until, (await office.view()).rests_why) == (
        NOW + timedelta(hours=1),
        "spam_limit",
    )
    with pytest.raises(Conflict, match="KENTONGAN_WHATSAPP_BUSINESS_ID"):
        await Office(account, world.pool, Graph(world.settings(), ""), world.clock).submit()


async def test_what_cannot_be_read_is_not_handed_in(world: World) -> None:
    graph = Graph(world.settings(token="other"), "1")
    account = WhatsAppAccount(world.pool, graph, Registry([OFFER]), Wakes(), world.clock, 250, reads=False)
    with pytest.raises(Conflict, match="tidak terbaca: http 401"):
        await Office(account, world.pool, graph, world.clock).submit()


async def test_without_the_business_id_only_the_number_is_asked(world: World) -> None:
    await world.change("account", tier="TIER_100K")
    account = await world.account("")
    await world.until_left(100_000)
    assert account.refusal(SENT) == ""
    assert await tier.reserve(world.pool, [uuid4()], NOW)


async def test_a_template_that_the_account_itself_refuses_falls_to_the_operator(world: World) -> None:
    """The registry did not know yet: Meta's answer decides."""
    await Graph(world.settings(), "1").create(handed_in(OFFER))
    await world.change("templates", name="offer", status="DISABLED")
    carrier = await world.carrier(await world.account("", reads=False))
    with pytest.raises(RejectedForGood, match="template_wrong") as raised:
        await carrier.submit(outgoing())
    assert (raised.value.code, raised.value.alarm) == ("132016", True)
