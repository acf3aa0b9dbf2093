"""How each of the three Kafka libraries is let in: SASL_SSL with SCRAM-SHA-512."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import faust
from aiokafka.conn import AIOKafkaConnection, create_conn

MECHANISM = "SCRAM-SHA-512"
PROBE_TIMEOUT = 3.0  # seconds for one connection with TLS and SCRAM

# Mistakes that look alike from outside ("unable to bootstrap") and are mended in different places.
_MEANINGS = (
    ("SaslAuthenticationFailed", "refuses the password of user {user}"),
    ("AuthenticationFailedError", "refuses the password of user {user}"),
    ("SSLCertVerificationError", "shows a certificate that {ca} did not sign"),
    ("TimeoutError", "does not answer"),
    ("ConnectionRefusedError", "is not there (connection refused)"),
)


class Login(Protocol):
    """What is needed to be let in (`chassis.settings` has it)."""

    @property
    def bootstrap(self) -> str:
        """host:port, more after commas."""

    @property
    def user(self) -> str:
        """The service's user."""

    @property
    def password(self) -> str:
        """The user's password."""

    @property
    def ca(self) -> Path:
        """PEM file of the authority that signed the brokers' certificates."""


@dataclass(frozen=True)
class Access:
    """A way into one broker for one user.

    `prefix` stands before every topic and group on the broker, and nowhere in our code: tests share a broker by it.
    """

    bootstrap: str
    user: str
    ca: Path
    password: str = field(repr=False)
    prefix: str = ""

    @classmethod
    def of(cls, login: Login, prefix: str = "") -> "Access":
        """Access by the settings of a process."""
        return cls(login.bootstrap, login.user, login.ca, login.password, prefix)

    def aiokafka(self) -> dict[str, Any]:
        """Keyword arguments of aiokafka's clients."""
        return {"bootstrap_servers": self.bootstrap.split(","), **self._sasl, "ssl_context": self._context}

    def admin(self) -> dict[str, Any]:
        """Keyword arguments of kafka-python's clients."""
        return {"bootstrap_servers": self.bootstrap.split(","), **self._sasl, "ssl_cafile": str(self.ca)}

    def faust(self) -> dict[str, Any]:
        """Keyword arguments of a Faust app."""
        credentials = faust.SASLCredentials(
            username=self.user, password=self.password, mechanism=MECHANISM, ssl_context=self._context
        )
        brokers = [f"kafka://{server}" for server in self.bootstrap.split(",")]
        return {"broker": brokers, "broker_credentials": credentials}

    async def complaint(self) -> str | None:
        """Try the first server: None when it lets us in, else one line that says what is wrong."""
        server = self.bootstrap.split(",")[0]
        try:
            connection = await self.connected(server)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told, and tried again by the caller
            return self.told(server, error)
        with contextlib.suppress(OSError):
            connection.close()
        return None

    async def connected(self, server: str) -> AIOKafkaConnection:
        """A connection of one's own to one server, let in. Raises whatever is wrong."""
        host, _, port = server.rpartition(":")
        known = {name: value for name, value in self.aiokafka().items() if name != "bootstrap_servers"}
        async with asyncio.timeout(PROBE_TIMEOUT):
            return await create_conn(host, int(port), **known, request_timeout_ms=int(PROBE_TIMEOUT * 1000))

    def told(self, server: str, error: Exception) -> str:
        """One line that says what is wrong with a server."""
        return f"Kafka at {server} {self._meaning(error)}"

    def _meaning(self, error: BaseException) -> str:
        names = {type(cause).__name__ for cause in _causes(error)}
        for name, meaning in _MEANINGS:
            if name in names:
                return meaning.format(user=self.user, ca=self.ca)
        return f"cannot be used: {type(error).__name__}: {error}"

    @cached_property
    def _sasl(self) -> dict[str, str]:
        return {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": MECHANISM,
            "sasl_plain_username": self.user,
            "sasl_plain_password": self.password,
        }

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca))


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found
