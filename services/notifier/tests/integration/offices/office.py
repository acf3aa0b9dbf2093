"""What tests of the operator's calls have in common."""

from typing import Any

import grpc
import pytest

from kentongan.notifier.v1 import contacts_service_pb2 as contacts

VILLAGE = "33.17.12.2002"


def row(phone: str = "0812-0000-0001", role: str = "midwife", place: str = VILLAGE, **more: str) -> Any:
    return contacts.ContactRow(**{"phone": phone, "name": "Bu Sri", "role": role, "place": place, **more})


async def refusal(call: Any) -> tuple[str, str]:
    """The code and text with which a call is refused."""
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await call
    return refused.value.code().name, refused.value.details() or ""
