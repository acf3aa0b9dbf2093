"""Asks the broker which topics there are, before anybody subscribes to one that is not."""

import asyncio
from collections.abc import Sequence

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from chassis.kafka.security import Access

TIMEOUT = 5.0


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
