"""What the servers must hold before the services start: databases, tables, topics, access lists. All repeatable."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from chassis.postgres.migrate import MigrationError, migrate
from stack import database, topics
from stack.errors import StackError
from stack.home import CHECKOUT, Home
from stack.secret_files import SERVICES, Secrets


def ensure_contents(home: Home) -> None:
    """Bring database and broker to what this checkout needs. Raises StackError naming the migration that fails."""
    with ThreadPoolExecutor(1) as pool:
        on_broker = pool.submit(topics.ensure_topics, home)
        asyncio.run(_ensure_tables(home))
        on_broker.result()


async def _ensure_tables(home: Home) -> None:
    await database.ensure_databases(home, SERVICES)
    for service in SERVICES:
        password = Secrets(home.secrets).get(f"postgres-{service}.password")
        address = urlsplit(database.url(home, service))
        known = address._replace(netloc=address.netloc.replace("@", f":{password}@")).geturl()
        folder = CHECKOUT / "services" / service / "migrations"
        try:
            await migrate(known, folder if folder.is_dir() else None)
        except MigrationError as problem:
            raise StackError(f"the database of {service} could not be brought forward: {problem}") from problem
