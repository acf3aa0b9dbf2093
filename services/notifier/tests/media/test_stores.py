"""One suite for every media store: the folder, and a bucket behind a real S3 interface."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from chassis.kernel.errors import NotFound, Transient
from notifier.adapters.media.s3 import S3Store
from notifier.adapters.media.settings import S3Place, place_of
from notifier.adapters.media.stores import store_at
from notifier.application.ports import MediaStore

LARGE = os.urandom(6 << 20)


@pytest.fixture(scope="module")
def s3_url():
    server = pytest.importorskip("moto.server", reason="no S3 server to test against").ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


async def bucket(url: str) -> S3Place:
    place = S3Place(f"b{uuid4().hex}", "photos/", url, access_key="kunci", secret_key="rahasia")
    store = S3Store(place)
    client = await store._connected()
    await client.create_bucket(Bucket=place.bucket)
    await store.stop()
    return place


@pytest.fixture(params=["folder", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[MediaStore]:
    if request.param == "folder":
        made = store_at(tmp_path / "media")
    else:
        place = await bucket(request.getfixturevalue("s3_url"))
        made = store_at(place, "kunci", "rahasia")
    await made.start()
    yield made
    await made.stop()


async def test_what_is_put_is_got_whole(store: MediaStore) -> None:
    name = str(uuid4())
    for content in (b"a", LARGE, b""):
        await store.put(name, content)
        assert await store.get(name) == content


async def test_what_is_not_there_is_said(store: MediaStore) -> None:
    with pytest.raises(NotFound):
        await store.get(str(uuid4()))
    await store.delete(str(uuid4()))


async def test_what_is_deleted_is_gone(store: MediaStore) -> None:
    name, other = str(uuid4()), str(uuid4())
    await store.put(name, b"a")
    await store.put(other, b"b")
    await store.delete(name)
    await store.delete(name)
    with pytest.raises(NotFound):
        await store.get(name)
    assert await store.get(other) == b"b"


async def test_many_at_once_do_not_mix(store: MediaStore) -> None:
    given = {str(uuid4()): os.urandom(9999) for _ in range(20)}
    await asyncio.gather(*[store.put(name, content) for name, content in given.items()])
    assert await asyncio.gather(*[store.get(name) for name in given]) == list(given.values())


async def test_a_folder_keeps_files_to_itself_and_leaves_no_halves(tmp_path: Path) -> None:
    store = store_at(tmp_path / "media")
    name = str(uuid4())
    await store.put(name, b"a")
    await store.put(name, b"b")
    [kept] = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert (kept.name, kept.stat().st_mode & 0o777) == (name, 0o600)


async def test_a_folder_that_takes_nothing_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("a file stands where the folder should")
    store = store_at(tmp_path / "media")
    with pytest.raises(Transient):
        await store.put(str(uuid4()), b"a")
    with pytest.raises(Transient):
        await store.get(str(uuid4()))


async def test_a_storage_that_is_away_or_has_no_bucket_is_tried_again(s3_url: str) -> None:
    place = await bucket(s3_url)
    for wrong in (replace(place, bucket="no-such-bucket"), replace(place, endpoint="http://127.0.0.1:9")):
        store = S3Store(wrong)
        await store.start()
        with pytest.raises(Transient):
            await store.put("a", b"a")
        await store.stop()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("file:///var/lib/kentongan/media", Path("/var/lib/kentongan/media")),
        (Path("/var/lib/milik saya#1").as_uri(), Path("/var/lib/milik saya#1")),
        ("s3://foto", S3Place("foto")),
        ("s3://foto/rembang/?endpoint=https://s3.example:9000&region=id-1",
         S3Place("foto", "rembang/", "https://s3.example:9000", "id-1")),
    ],
)  # fmt: skip
def test_where_photos_lie_is_read(text: str, place: object) -> None:
    assert place_of(text) == place


@pytest.mark.parametrize(
    "text", ["", "media", "file://host/media", "file:media", "s3://", "s3://key:secret@foto", "s3://foto?endpoint=x",
             "s3://foto?acl=public", "http://foto", "s3://foto:9000"],
)  # fmt: skip
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        place_of(text)


def test_the_secret_key_is_not_shown() -> None:
    assert "rahasia" not in repr(S3Place("foto", secret_key="rahasia"))
