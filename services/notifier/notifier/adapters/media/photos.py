"""A photo as it is kept: really an image, of a sane size, and with nothing in it but what is seen.

Camera data (EXIF with its GPS), comments, colour profiles and whatever was hung behind the image do not survive, for
the pixels are written anew.
"""

import io
import warnings
from typing import NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from chassis.kernel.errors import Poison

MOST_PIXELS = 40_000_000
"""More than WhatsApp's largest photos; decoded they take 160 MB at most."""

_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_OPTIONS: dict[str, dict[str, int]] = {"JPEG": {"quality": 88}, "PNG": {"compress_level": 6}, "WEBP": {"quality": 88}}
_CLEAR = {"PNG": "RGBA", "WEBP": "RGBA"}


class Photo(NamedTuple):
    """A clean photo."""

    content: bytes
    media_type: str


def clean(content: bytes) -> Photo:
    """Check and write anew. Blocks for up to seconds: call it in a thread.

    Raises Poison: `not_an_image`, `photo_too_large` (pixels: a photo bomb), `photo_broken`.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # we count the pixels ourselves
            image = Image.open(io.BytesIO(content), formats=tuple(_TYPES))
    except Image.DecompressionBombError as error:
        raise Poison("photo_too_large") from error
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError) as error:
        raise Poison("not_an_image") from error
    with image:
        if image.width * image.height > MOST_PIXELS:
            raise Poison("photo_too_large")
        try:
            return _written_anew(image, str(image.format))
        except (OSError, ValueError, SyntaxError, MemoryError, EOFError, IndexError) as error:
            raise Poison("photo_broken") from error


def _written_anew(image: Image.Image, kind: str) -> Photo:
    image.load()
    upright = ImageOps.exif_transpose(image)  # what the camera noted about its position is lost with the rest
    pixels = upright.convert(_CLEAR.get(kind, "RGB") if upright.has_transparency_data else "RGB")
    pixels.info = {}
    written = io.BytesIO()
    pixels.save(written, kind, **_OPTIONS[kind])
    return Photo(written.getvalue(), _TYPES[kind])
