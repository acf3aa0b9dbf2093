"""Asks the broker whether it is there, and which topics, before anybody subscribes to one that is not."""

import asyncio
import contextlib
from collections.abc import Sequence

from aiokafka.client import AIOKafkaClient
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaError
from aiokafka.protocol.admin import ApiVersionRequest

from chassis.kafka.security import PROBE_TIMEOUT, Access

TIMEOUT = 5.0


class Line:
    """A connection kept for asking: to be let in costs TLS and SCRAM, to be answered next to nothing."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._connection: AIOKafkaConnection | None = None

    async def complaint(self) -> str | None:
        """None when one of the servers answers, else one line about the last that did not."""
        if await self._answers():
            return None
        complaint = None
        for server in self._access.bootstrap.split(","):
            try:
                self._connection = await self._access.connected(server)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and asked again by the caller
                complaint = self._access.told(server, error)
            else:
                return None
        return complaint

    async def _answers(self) -> bool:
        if self._connection is None:
            return False
        try:
            async with asyncio.timeout(PROBE_TIMEOUT):
                await self._connection.send(ApiVersionRequest())
        except (KafkaError, OSError, TimeoutError):
            self.close()
            return False
        return True

    def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(OSError):
                connection.close()


async def missing_topics(access: Access, topics: Sequence[str]) -> str | None:
    """None when all topics are there for us, else one line that names the first that is not."""
    client = AIOKafkaClient(**access.aiokafka(), request_timeout_ms=int(TIMEOUT * 1000))
    try:
        async with asyncio.timeout(TIMEOUT):
            await client.bootstrap()
            await client.set_topics(topics)
            known = client.cluster.topics()
    except (KafkaError, OSError, TimeoutError) as error:
        return f"Kafka does not tell its topics: {type(error).__name__}"
    finally:
        await client.close()
    missing = sorted(set(topics) - known)
    return f"topic {missing[0]} does not exist or user {access.user} may not see it" if missing else None
