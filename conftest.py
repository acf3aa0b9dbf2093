"""Fixtures of every test that needs Kafka or PostgreSQL: real ones, one of each per run, a corner per test.

`await database("telponi", migrations)` gives a migrated database, `await database.empty("telponi")` a bare one;
`kafka` is a broker where the test's topics and groups carry a prefix of its own. KENTONGAN_TEST_HOME names a folder
whose servers stay between runs, which saves some seconds each time.
"""

import importlib
import os
import pkgutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import spread
import structlog
from hypothesis import HealthCheck, settings
from hypothesis.strategies import _internal as strategies
from kafka.admin import KafkaAdminClient

from chassis.testing.harness import Harness
from chassis.testing.kafka import Broker, Kafka
from chassis.testing.postgres import Databases
from stack import for_tests, processes
from stack.errors import StackError
from stack.home import CHECKOUT, Home

# A machine that is busy with something else is no fault of an example.
settings.register_profile("patient", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

ROOT = pytest.StashKey[Path]()
OWNER = pytest.StashKey[int]()


# A fault is told in plain text: drawn with its variables each takes a second, and the loop under test stands still.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)


def pytest_configure(config: pytest.Config) -> None:
    """Agree on the run's folder; xdist's workers get it from the process that started them."""
    given: dict[str, str] = getattr(config, "workerinput", {})
    root = given.get("servers_root") or os.environ.get("KENTONGAN_TEST_HOME")
    config.stash[ROOT] = Path(root) if root else for_tests.new_root()
    config.stash[OWNER] = os.getppid() if given else os.getpid()
    os.environ |= for_tests.QUICK


def pytest_collection() -> None:
    """Read all of hypothesis before any example: at the first use of a strategy its module would be parsed while
    hypothesis listens to the garbage collector, which Python before 3.11.5 does not bear (SystemError).
    """
    for module in pkgutil.iter_modules(strategies.__path__):
        importlib.import_module(f"{strategies.__name__}.{module.name}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: object) -> None:
    """Tell a worker of xdist where the run's servers are."""
    node.workerinput["servers_root"] = str(node.config.stash[ROOT])  # type: ignore[attr-defined]  # xdist has no types


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Share the tests as tests/spread.py says."""
    return spread.scheduler(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes long, where others do the rest meanwhile."""
    if hasattr(config, "workerinput"):
        items.sort(key=spread.rank)


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the run's servers with the run, unless they are to be kept."""
    if not hasattr(config, "workerinput") and "KENTONGAN_TEST_HOME" not in os.environ:
        for_tests.end(config.stash[ROOT])


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Home:
    """The run's broker and database, running. Skips with the reason where Java or Maven are absent."""
    try:
        return for_tests.ensure(pytestconfig.stash[ROOT], pytestconfig.stash[OWNER])
    except StackError as problem:
        if "is missing" in str(problem):
            pytest.skip(str(problem))
        raise


@pytest.fixture(scope="session")
def broker(servers: Home) -> Broker:
    """How to reach the run's broker."""
    return Broker(servers.address("kafka"), servers.secrets / "ca.pem", servers.secrets)


@pytest.fixture(scope="session")
def kafka_admin(broker: Broker) -> Iterator[KafkaAdminClient]:
    """One administrator per process of the run: connecting takes longer than making topics."""
    admin = broker.admin()
    yield admin
    admin.close()


@pytest.fixture
async def kafka(broker: Broker, kafka_admin: KafkaAdminClient) -> AsyncIterator[Kafka]:
    """The broker as this test's own."""
    corner = Kafka(broker, kafka_admin)
    yield corner
    await corner.close()


@pytest.fixture
async def database(servers: Home) -> AsyncIterator[Databases]:
    """Makes this test's databases, and drops them after it."""
    made = Databases(servers.address("postgres"), servers.secrets)
    yield made
    await made.close()


@pytest.fixture
def harness(servers: Home, kafka: Kafka, database: Databases) -> Harness:
    """Runs whole services in the test's loop, with the environment the stack would give them."""
    by_name = {service.name: service for service in processes.SERVICES}
    return Harness(kafka, database, CHECKOUT / "services", lambda name: by_name[name].environment(servers, name))
