"""A photo from a phone: its reference goes to the service at once, the photo is there for who may see it."""

import io
import os
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import grpc
import pytest
from PIL import Image

from chassis.testing.until import until
from kentongan.notifier.v1 import media_service_pb2 as pb
from kentongan.notifier.v1.media_service_pb2_grpc import MediaServiceStub
from notifier.application.incoming import IncomingWhatsApp, Media

pytestmark = pytest.mark.integration


def photo() -> bytes:
    """Noise, so that it is larger than one piece."""
    out = io.BytesIO()
    Image.frombytes("RGB", (500, 400), os.urandom(600_000)).save(out, "PNG")
    return out.getvalue()


async def send(notifier: Any, kind: str = "image", text: str = "SAMPAH TUMPUKAN # Kragan # MOTOR") -> None:
    sink = next(part for part in notifier.process._started if part.name == "inbound")
    media = Media("4711", "image/png" if kind == "image" else "audio/ogg")
    about = (f"wamid.{kind}", kind, "+628120000009", None, datetime.now(UTC))
    await sink.on_message(IncomingWhatsApp("whatsapp", *about, text=text, media=media))


async def reference_of(notifier: Any) -> str:
    [(fact, _)] = await notifier.field_messages("gareng-mesem", 1)
    return str(notifier.opened("gareng-mesem", fact).photo)


async def read(office: Any, reference: str, role: str = "operator") -> tuple[str, list[bytes]]:
    request = pb.ReadMediaRequest(reference=reference)
    pieces = [
        piece async for piece in MediaServiceStub(office.channel).ReadMedia(request, metadata=office.token(role))
    ]
    return pieces[0].media_type, [piece.content for piece in pieces]


async def refused(office: Any, reference: str, role: str = "operator") -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await read(office, reference, role)
    return error.value.code()


async def test_the_message_flows_at_once_and_the_photo_follows(office: Any) -> None:
    notifier = office.notifier
    await send(notifier)
    reference = await reference_of(notifier)
    assert reference.startswith("media/")
    assert (
        await notifier.fetchval("select state from media") == "waiting"
    )  # the account has nothing under this id yet
    assert await refused(office, reference) is grpc.StatusCode.FAILED_PRECONDITION
    notifier.api.media["4711"] = photo()

    async def kept() -> bool:
        return await notifier.fetchval("select state from media") == "kept"

    await until(kept)
    media_type, pieces = await read(office, reference)
    assert media_type == "image/png"
    assert len(pieces) > 1
    with Image.open(io.BytesIO(b"".join(pieces))) as shown:
        assert shown.size == (500, 400)
    assert await read(office, reference, "service_desk") == await read(office, reference)
    assert await refused(office, reference, "resident") is grpc.StatusCode.PERMISSION_DENIED
    assert await refused(office, f"media/{uuid4()}") is grpc.StatusCode.NOT_FOUND
    assert await refused(office, "../etc/passwd") is grpc.StatusCode.INVALID_ARGUMENT


async def test_what_is_no_photo_is_quarantined_with_its_reference(office: Any) -> None:
    notifier = office.notifier
    notifier.api.media["4711"] = b"MZ not a photo"
    await send(notifier)
    reference = await reference_of(notifier)

    async def gone() -> bool:
        return await notifier.fetchval("select state from media") == "gone"

    await until(gone)
    assert await notifier.fetchval("select reason from quarantine") == "not_an_image"
    assert await refused(office, reference) is grpc.StatusCode.NOT_FOUND


async def test_a_recording_is_noted_and_not_passed_on(notifier: Any) -> None:
    await send(notifier, "audio")
    [(fact, _)] = await notifier.field_messages("gareng-mesem", 1)
    assert not notifier.opened("gareng-mesem", fact).photo
    assert await notifier.fetchval("select state from media") == "recorded"
