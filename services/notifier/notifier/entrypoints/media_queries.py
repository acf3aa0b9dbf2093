"""Photos by reference, over gRPC."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Protocol

from chassis.kernel.errors import Conflict, NotFound
from kentongan.notifier.v1 import media_service_pb2 as pb
from kentongan.notifier.v1 import media_service_pb2_grpc as rpc
from notifier.application.ports import MediaStore

PIECE = 256 << 10  # bytes


class Shelf(Protocol):
    """The table of media (`adapters.media.shelf`)."""

    async def find(self, reference: str) -> Any:
        """What became of it, or None."""


class MediaService(rpc.MediaServiceServicer):
    """MediaService of the contract."""

    def __init__(self, shelf: Shelf, store: MediaStore, decrypt: Callable[[bytes, bytes], bytes]) -> None:
        self._shelf, self._store, self._decrypt = shelf, store, decrypt

    async def ReadMedia(  # noqa: N802 - the contract's name
        self, request: pb.ReadMediaRequest, _context: Any
    ) -> AsyncIterator[pb.ReadMediaResponse]:
        """Give a photo out, piece by piece."""
        found = await self._shelf.find(request.reference)
        if found is not None and found.state == "waiting":
            raise Conflict("reference", "waiting", "foto masih diambil dari WhatsApp, coba lagi sebentar")
        if found is None or found.state != "kept":
            raise NotFound("reference")
        kept = await self._store.get(str(found.id))
        content = await asyncio.to_thread(self._decrypt, kept, found.id.bytes)
        yield pb.ReadMediaResponse(media_type=found.media_type, content=content[:PIECE])
        for begin in range(PIECE, len(content), PIECE):
            yield pb.ReadMediaResponse(content=content[begin : begin + PIECE])
