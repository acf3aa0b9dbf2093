"""Photos of the handset's phones: fetched, made clean, encrypted, kept; in the end every one is kept or gone."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
from aiohttp import web
from PIL import Image

from chassis.auth.cipher import Cipher
from chassis.kernel.errors import Poison, Transient
from chassis.testing.clock import MovableClock
from chassis.testing.postgres import Databases
from chassis.testing.until import until
from notifier.adapters.media.folder import FolderStore
from notifier.adapters.media.photos import clean
from notifier.adapters.media.shelf import MediaShelf
from notifier.adapters.vault import Vault
from notifier.adapters.whatsapp.graph import Graph
from notifier.adapters.whatsapp.media import WhatsAppMedia
from notifier.adapters.whatsapp.settings import WhatsAppSettings
from notifier.application.incoming import IncomingWhatsApp, Media, Quarantined
from notifier.entrypoints.photos import Photos

MIGRATIONS = Path(__file__).parents[2] / "migrations"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
VAULT = Vault(Cipher(b"k" * 32), b"h" * 32, b"", b"", {})


def jpeg(colour: str = "red") -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "KENARI"
    Image.new("RGB", (30, 20), colour).save(out, "JPEG", exif=exif)
    return out.getvalue()


@dataclass
class World:
    base: str
    control: str
    pool: Any
    folder: Path
    clock: MovableClock
    http: aiohttp.ClientSession
    spoiled: list[Quarantined] = field(default_factory=list)

    def media(self, **more: Any) -> WhatsAppMedia:
        settings = WhatsAppSettings(**{"base_url": self.base, "token": "token", "phone_number_id": "1", **more})
        return WhatsAppMedia(settings, Graph(settings, ""))

    def photos(self, **more: Any) -> Photos:
        async def quarantine(spoiled: Quarantined) -> None:
            self.spoiled.append(spoiled)

        given = {
            "shelf": MediaShelf(self.pool, VAULT),
            "store": FolderStore(self.folder),
            "fetch": {"whatsapp": self.media().fetch},
            "clean": clean,
            "encrypt": VAULT.cipher.encrypt,
            "quarantine": quarantine,
            "clock": self.clock,
        }
        return Photos(**{**given, **more})

    async def upload(self, content: bytes) -> str:
        form = aiohttp.FormData()
        form.add_field("file", content, filename="foto.jpg")
        headers = {"Authorization": "Bearer token"}
        async with self.http.post(f"{self.base}/100000000000001/media", data=form, headers=headers) as answer:
            return (await answer.json())["id"]

    async def row(self) -> Any:
        [row] = await self.pool.fetch("select * from media")
        return row


@pytest.fixture
async def world(database: Databases, tmp_path: Path) -> AsyncIterator[World]:
    config = pytest.importorskip("handset.config", reason="no handset")
    process = pytest.importorskip("handset.process", reason="no handset")
    own = await database("notifier", MIGRATIONS)
    told = {"http": "127.0.0.1:0", "smpp": "127.0.0.1:0", "whatsapp-token": "token"}
    handset = process.HandsetProcess(config.read([f"--{name}={value}" for name, value in told.items()], {}))
    await handset.start()
    control = f"http://127.0.0.1:{handset.http_port}"
    async with asyncpg.create_pool(own.dsn, min_size=1, max_size=5) as pool, aiohttp.ClientSession() as session:
        yield World(f"{control}/v23.0", control, pool, tmp_path / "media", MovableClock(NOW), session)
    await handset.stop()


def message(media_id: str, kind: str = "image", id_: str = "wamid.1") -> IncomingWhatsApp:
    media = Media(media_id, "image/jpeg" if kind == "image" else "audio/ogg")
    return IncomingWhatsApp("whatsapp", id_, kind, "+628111", None, NOW, media=media)


@pytest.mark.integration
async def test_a_photo_gets_its_reference_at_once_and_is_kept_clean_and_encrypted(world: World) -> None:
    photos, shelf = world.photos(), MediaShelf(world.pool, VAULT)
    given = message(await world.upload(jpeg()))
    picture = await photos.expect(given)
    assert picture == await photos.expect(given)  # a repeat is the same photo
    assert (picture.reference[:6], picture.media_type) == ("media/", "image/jpeg")
    assert (await shelf.find(picture.reference)).state == "waiting"
    assert given.media.id.encode() not in (await world.row())["carrier_sealed"]
    assert await photos.turn() == 1
    assert await photos.turn() == 0
    found = await shelf.find(picture.reference)
    assert (found.state, found.media_type) == ("kept", "image/jpeg")
    kept = await FolderStore(world.folder).get(str(found.id))
    assert b"JFIF" not in kept
    content = VAULT.cipher.decrypt(kept, found.id.bytes)
    assert content.startswith(b"\xff\xd8\xff")
    assert b"KENARI" not in content
    assert (await world.row())["size"] == len(content)


@pytest.mark.integration
@pytest.mark.parametrize("kind", ["document", "audio", "video", "sticker"])
async def test_other_media_are_noted_and_never_fetched(world: World, kind: str) -> None:
    photos = world.photos()
    assert await photos.expect(message("123", kind)) is None
    assert await photos.turn() == 0
    assert ((await world.row())["state"], (await world.row())["kind"]) == ("recorded", kind)
    assert await photos.expect(IncomingWhatsApp("whatsapp", "w", "text", "+62811", None, NOW, text="a")) is None


@pytest.mark.integration
async def test_a_carrier_that_is_away_is_asked_again_after_growing_pauses(world: World) -> None:
    photos = world.photos()
    await photos.expect(message(await world.upload(jpeg())))
    away = {"channel": "whatsapp", "seconds": 60}
    await world.http.post(f"{world.control}/api/faults/drop", json=away)
    pauses = []
    for _ in range(3):
        assert await photos.turn() == 1
        assert await photos.turn() == 0
        pauses.append((await world.row())["due"] - world.clock.now())
        world.clock.move(pauses[-1])
    assert pauses == [timedelta(seconds=2), timedelta(seconds=4), timedelta(seconds=8)]
    assert (await world.row())["reason"].startswith("no_answer")
    await world.http.delete(f"{world.control}/api/faults")
    assert await photos.turn() == 1
    assert (await world.row())["state"] == "kept"
    assert world.spoiled == []


@pytest.mark.integration
@pytest.mark.parametrize(
    ("content", "reason"), [(b"\xff\xd8\xff\xe0" + b"\0" * 99, "not_an_image"), (None, "media_gone")]
)
async def test_what_can_never_be_kept_is_gone_and_told(world: World, content: bytes | None, reason: str) -> None:
    photos = world.photos()
    picture = await photos.expect(message(await world.upload(content) if content else "999"))
    assert await photos.turn() == 1
    row = await world.row()
    assert (row["state"], row["reason"], row["due"]) == ("gone", reason, None)
    assert [(one.reason, one.raw) for one in world.spoiled] == [(reason, picture.reference.encode())]
    assert not world.folder.exists()


@pytest.mark.integration
async def test_after_the_carriers_seven_days_a_photo_is_given_up(world: World) -> None:
    async def away(_: str) -> bytes:
        raise Transient("busy")

    photos = world.photos(fetch={"whatsapp": away})
    await photos.expect(message("1"))
    world.clock.move(timedelta(days=7, seconds=1))
    assert await photos.turn() == 1
    assert ((await world.row())["state"], (await world.row())["reason"]) == ("gone", "media_gone")


@pytest.mark.integration
async def test_a_bug_with_one_photo_harms_no_other(world: World) -> None:
    def strange(content: bytes) -> Any:
        if b"\xff\xd8" in content[:2] and not seen.append(1) and len(seen) == 1:
            raise ZeroDivisionError
        return clean(content)

    seen: list[int] = []
    photos = world.photos(clean=strange)
    for number in range(2):
        await photos.expect(message(await world.upload(jpeg()), id_=f"wamid.{number}"))
    assert await photos.turn() == 2
    rows = await world.pool.fetch("select state, reason from media order by state")
    assert [tuple(row) for row in rows] == [("kept", ""), ("waiting", "ZeroDivisionError")]


@pytest.mark.integration
async def test_one_that_a_dead_process_took_is_taken_again_and_two_never_take_the_same(world: World) -> None:
    photos, shelf = world.photos(), MediaShelf(world.pool, VAULT)
    await photos.expect(message(await world.upload(jpeg())))
    [taken] = await shelf.claim(NOW, NOW + timedelta(minutes=5), 9)  # and then the process is killed
    assert taken.tries == 1
    assert await photos.turn() == 0
    world.clock.move(timedelta(minutes=5))
    assert await photos.turn() == 1
    assert (await world.row())["state"] == "kept"


@pytest.mark.integration
async def test_it_works_by_itself_and_goes_on_after_a_restart(world: World) -> None:
    first = world.photos()
    await first.start()
    await first.expect(message(await world.upload(jpeg())))

    async def kept(count: int) -> bool:
        return await world.pool.fetchval("select count(*) from media where state = 'kept'") == count

    await until(lambda: kept(1))
    await first.stop()
    await first.expect(message(await world.upload(jpeg("blue")), id_="wamid.2"))
    second = world.photos()
    await second.start()
    await until(lambda: kept(2))
    await second.stop()


@pytest.mark.integration
async def test_the_handsets_photo_comes_as_it_was_sent(world: World) -> None:
    assert await world.media().fetch(await world.upload(jpeg())) == jpeg()
    with pytest.raises(Poison, match="bad_media_id"):
        await world.media().fetch("../100")
    with pytest.raises(Transient, match="http 401"):
        await world.media(token="other").fetch("1")


class Somewhere:
    """A Cloud API whose answers about media are ours to choose."""

    def __init__(self) -> None:
        self.about: dict[str, Any] = {}
        self.status, self.body = 200, b"photo"
        self.tokens: list[str] = []

    async def describe(self, _: web.Request) -> web.Response:
        return web.json_response(self.about)

    async def download(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers.get("Authorization", ""))
        return web.Response(status=self.status, body=self.body, headers={"Location": "http://127.0.0.1:9/"})


@pytest.fixture
async def somewhere() -> AsyncIterator[tuple[Somewhere, str, WhatsAppMedia]]:
    api = Somewhere()
    application = web.Application()
    application.router.add_get("/v23.0/{id}", api.describe)
    application.router.add_get("/there", api.download)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    here = f"http://127.0.0.1:{runner.addresses[0][1]}"
    settings = WhatsAppSettings(f"{here}/v23.0", "tanda", "1")
    yield api, here, WhatsAppMedia(settings, Graph(settings, ""), most=1000)
    await runner.cleanup()


async def test_our_token_goes_to_nobody_else(somewhere: Any) -> None:
    api, here, media = somewhere
    for url in ("http://evil.example/x", "https://evil.example/fbsbx.com", here.replace("127.0.0.1", "localhost"),
                "http://lookaside.fbsbx.com/x", "file:///etc/passwd", "", None, 5):  # fmt: skip
        api.about = {"url": url}
        with pytest.raises(Poison, match="media_elsewhere"):
            await media.fetch("1")
    api.about = {"url": f"{here}/there"}
    assert await media.fetch("1") == b"photo"
    assert api.tokens == ["Bearer tanda"]


@pytest.mark.parametrize(("status", "why"), [(302, "http 302"), (404, "download_expired"), (500, "http 500")])
async def test_a_download_that_fails_is_tried_again(somewhere: Any, status: int, why: str) -> None:
    api, here, media = somewhere
    api.about, api.status = {"url": f"{here}/there"}, status
    with pytest.raises(Transient, match=why):
        await media.fetch("1")


async def test_what_is_too_large_is_cut_off_whatever_it_says_of_itself(somewhere: Any) -> None:
    api, here, media = somewhere
    api.about, api.body = {"url": f"{here}/there", "file_size": 5}, b"x" * 1001
    with pytest.raises(Poison, match="media_too_large"):
        await media.fetch("1")
    api.about["file_size"] = "1001"
    with pytest.raises(Poison, match="media_too_large"):
        await media.fetch("1")
    assert len(api.tokens) == 1
