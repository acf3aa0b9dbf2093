"""The store that the settings name."""

from dataclasses import replace
from pathlib import Path

from notifier.adapters.media.folder import FolderStore
from notifier.adapters.media.settings import Place
from notifier.application.ports import MediaStore


def store_at(place: Place, access_key: str = "", secret_key: str = "") -> MediaStore:
    """A folder or a bucket."""
    if isinstance(place, Path):
        return FolderStore(place)
    from notifier.adapters.media.s3 import S3Store  # noqa: PLC0415 - half a second and 11 MB that a folder needs not

    return S3Store(replace(place, access_key=access_key, secret_key=secret_key))
