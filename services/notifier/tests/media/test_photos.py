"""A photo is what it says, and nothing but what is seen is kept."""

import contextlib
import io
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from chassis.kernel.errors import Poison
from notifier.adapters.media.photos import MOST_PIXELS, clean

CANARY = b"KENARI-RAHASIA"


def written(image: Image.Image, kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def with_camera_data() -> bytes:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = CANARY.decode(), 6  # maker; turned by 90 degrees
    exif.get_ifd(0x8825).update({1: "S", 2: (6.0, 42.0, 30.0), 3: "E", 4: (111.0, 20.0, 0.0)})
    image = Image.new("RGB", (40, 20), "red")
    image.putpixel((0, 0), (0, 0, 255))
    return written(image, "JPEG", exif=exif, comment=CANARY, quality=100) + b"behind the image: " + CANARY


def test_camera_place_comment_and_what_hangs_behind_do_not_survive_and_it_stands_upright() -> None:
    given = with_camera_data()
    assert given.count(CANARY) == 3
    photo = clean(given)
    assert photo.media_type == "image/jpeg"
    assert CANARY not in photo.content
    with Image.open(io.BytesIO(photo.content)) as kept:
        assert kept.size == (20, 40)
        assert dict(kept.getexif()) == {}
        assert not {"comment", "exif", "xmp", "icc_profile"} & set(kept.info)


def test_a_png_keeps_its_transparency_and_loses_its_words() -> None:
    from PIL.PngImagePlugin import PngInfo  # noqa: PLC0415 - only here

    told = PngInfo()
    told.add_text("Author", CANARY.decode())
    image = Image.new("RGBA", (3, 3), (1, 2, 3, 0))
    photo = clean(written(image, "PNG", pnginfo=told))
    assert CANARY not in photo.content
    with Image.open(io.BytesIO(photo.content)) as kept:
        assert (kept.format, kept.mode, kept.getpixel((0, 0))) == ("PNG", "RGBA", (1, 2, 3, 0))


@pytest.mark.parametrize(
    ("mode", "kind", "media_type"),
    [("L", "JPEG", "image/jpeg"), ("CMYK", "JPEG", "image/jpeg"), ("1", "PNG", "image/png"),
     ("P", "PNG", "image/png"), ("I;16", "PNG", "image/png"), ("RGB", "WEBP", "image/webp"),
     ("RGBA", "WEBP", "image/webp")],
)  # fmt: skip
def test_every_kind_of_pixel_is_taken(mode: str, kind: str, media_type: str) -> None:
    photo = clean(written(Image.new(mode, (5, 4)), kind))
    assert photo.media_type == media_type
    with Image.open(io.BytesIO(photo.content)) as kept:
        assert kept.size == (5, 4)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    head = width.to_bytes(4) + height.to_bytes(4) + bytes((8, 2, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (b"", "not_an_image"),
        (b"%PDF-1.7 not a photo", "not_an_image"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (written(Image.new("RGB", (9, 9)), "GIF"), "not_an_image"),
        (written(Image.new("RGB", (9, 9)), "TIFF"), "not_an_image"),
        (bomb(50_000, 50_000), "photo_too_large"),
        (bomb(MOST_PIXELS, 2), "photo_too_large"),
        (written(Image.effect_noise((200, 200), 90), "JPEG")[:2000], "photo_broken"),
        (bomb(200, 200), "photo_broken"),
    ],
)
def test_what_is_no_photo_or_would_blow_up_is_refused(given: bytes, reason: str) -> None:
    with pytest.raises(Poison) as refused:
        clean(given)
    assert refused.value.reason == reason


GOOD = written(Image.effect_noise((40, 30), 90).convert("RGB"), "JPEG")


@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=20))
def test_whatever_is_changed_it_is_a_photo_or_refused(place: int, instead: bytes) -> None:
    changed = GOOD[:place] + instead + GOOD[place + len(instead) :]
    with contextlib.suppress(Poison):
        assert clean(changed).media_type == "image/jpeg"
