"""A media store behind the S3 interface: Amazon's, or what speaks like it (MinIO, Ceph, Garage)."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

from aiobotocore.config import AioConfig
from aiobotocore.session import get_session
from botocore.exceptions import BotoCoreError, ClientError

from chassis.kernel.errors import NotFound, Transient
from notifier.adapters.media.settings import S3Place

_MISSING = {"NoSuchKey", "404"}
_LIMITS = AioConfig(connect_timeout=5, read_timeout=30, retries={"max_attempts": 2}, max_pool_connections=8)


class S3Store:
    """Objects under a prefix of a bucket. The bucket exists already. One client, made at the first call."""

    def __init__(self, place: S3Place) -> None:
        self._place = place
        self._open = AsyncExitStack()
        self._client: Any = None
        self._opening = asyncio.Lock()

    async def start(self) -> None:
        """Nothing yet: a storage that is away holds nobody up."""

    async def stop(self) -> None:
        """Close the client."""
        self._client = None
        await self._open.aclose()

    async def put(self, name: str, content: bytes) -> None:
        """Put the object; S3 shows it whole or not at all."""
        await self._call("put_object", name, Body=content, ContentType="application/octet-stream")

    async def get(self, name: str) -> bytes:
        """Get the object."""
        answer = await self._call("get_object", name)
        try:
            async with answer["Body"] as body:
                content: bytes = await body.read()
        except (BotoCoreError, OSError, TimeoutError) as error:
            raise Transient(f"object storage: {type(error).__name__}") from error
        return content

    async def delete(self, name: str) -> None:
        """Delete the object; S3 knows no missing one here."""
        await self._call("delete_object", name)

    async def _call(self, operation: str, name: str, **more: Any) -> Any:
        place = self._place
        try:
            client = await self._connected()
            return await getattr(client, operation)(Bucket=place.bucket, Key=f"{place.prefix}{name}", **more)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _MISSING:
                raise NotFound("reference") from None
            raise Transient(f"object storage: {code}") from error
        except (BotoCoreError, OSError, TimeoutError) as error:
            raise Transient(f"object storage: {type(error).__name__}") from error

    async def _connected(self) -> Any:
        async with self._opening:
            if self._client is None:
                place = self._place
                making = get_session().create_client(
                    "s3",
                    endpoint_url=place.endpoint or None,
                    region_name=place.region,
                    aws_access_key_id=place.access_key or None,
                    aws_secret_access_key=place.secret_key or None,
                    config=_LIMITS,
                )
                self._client = await self._open.enter_async_context(making)
            return self._client
