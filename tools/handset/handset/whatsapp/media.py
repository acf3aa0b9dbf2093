"""Photos: what phones send and what the service uploads, kept as files."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path

LARGEST = 5 * 1024 * 1024
"""Octets of an image, as WhatsApp allows."""
_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}
_SUFFIX = {"image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(slots=True)
class Media:
    """A kept file."""

    id: str
    kind: str
    octets: bytes

    @property
    def sha256(self) -> str:
        """Its digest in base64, as webhooks carry it."""
        return base64.b64encode(hashlib.sha256(self.octets).digest()).decode("ascii")


class MediaFolder:
    """Keeps media under their ids."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def add(self, octets: bytes) -> Media:
        """Keep a photo. Raises ValueError: no JPEG or PNG, or too large."""
        if len(octets) > LARGEST:
            raise ValueError(f"a photo has at most {LARGEST // 1024 // 1024} MB")
        kind = next((name for start, name in _KINDS.items() if octets.startswith(start)), None)
        if kind is None:
            raise ValueError("only JPEG and PNG are photos")
        media = Media(str(secrets.randbelow(9 * 10**15) + 10**15), kind, octets)
        (self._folder / (media.id + _SUFFIX[kind])).write_bytes(octets)
        return media

    def get(self, media_id: str) -> Media | None:
        """Give it back, None when there is none."""
        if not media_id.isdigit():
            return None
        for kind, suffix in _SUFFIX.items():
            path = self._folder / (media_id + suffix)
            if path.exists():
                return Media(media_id, kind, path.read_bytes())
        return None
