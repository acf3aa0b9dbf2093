"""A bell of the tests: its contract compiled on the spot, its servicer, a server with TLS and a way to call it."""

# ruff: noqa: N802 - methods bear the names of the contract

import asyncio
import atexit
import datetime as dt
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from uuid import UUID

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from google.rpc import error_details_pb2 as kinds
from google.rpc import status_pb2
from grpc_tools import protoc

from chassis.auth.grants import Grant
from chassis.auth.keys import new_signing_pair
from chassis.auth.tokens import Signer, Verifier
from chassis.grpc import GrpcServer, caller, method
from chassis.kernel.errors import Conflict, Denied, NotFound, Poison, Reject, Transient
from chassis.settings import Address
from chassis.telemetry import current_traceparent

ROOT = Path(__file__).parents[4]
CONTACT = UUID("5f6f3a52-61a4-4bb7-8f0e-2ad7f3f0a001")


def _compile() -> None:
    out = tempfile.mkdtemp(prefix="kentongan-bell-")
    atexit.register(shutil.rmtree, out, ignore_errors=True)
    includes = [f"-I{ROOT / folder}" for folder in ("libs/chassis/tests/proto", "proto", "proto/vendor")]
    includes.append(f"-I{resources.files('grpc_tools') / '_proto'}")
    if protoc.main(["protoc", *includes, f"--python_out={out}", f"--grpc_python_out={out}", "bell.proto"]):
        raise RuntimeError("bell.proto does not compile")
    sys.path.append(out)


_compile()
import bell_pb2 as pb  # type: ignore[import-not-found]  # noqa: E402 - made by the line above
import bell_pb2_grpc as rpc  # type: ignore[import-not-found]  # noqa: E402 - as above

ERRORS: dict[str, Exception] = {
    "reject": Reject("age", "out_of_range", "umur 12 sampai 60"),
    "missing": NotFound("code"),
    "closed": Conflict("offer", "offer_not_open", "tawaran sudah dijawab"),
    "double": Conflict("phone", "already_exists", "nomor sudah ada"),
    "denied": Denied("grants", "taken_away", "peran ini sudah dicabut"),
    "poison": Poison("cannot_unseal"),
    "down": Transient("no database"),
    "later": NotImplementedError("Method not implemented!"),
    "bug": ValueError("Siti Aminah 081234567890"),
}


class Bell(rpc.BellServiceServicer):  # type: ignore[misc]  # generated without types
    """Does what the word says."""

    async def _do(self, word: str, context: Any) -> str:
        if word in ERRORS:
            raise ERRORS[word]
        if word == "abort":
            await context.abort(grpc.StatusCode.ABORTED, "as the handler says")
        if word == "sleep":
            await asyncio.sleep(5)
        return {"trace": current_traceparent() or "", "method": method()}.get(word) or str(caller().contact_id)

    async def Ring(self, request: Any, context: Any) -> Any:
        return pb.RingResponse(heard=await self._do(request.word, context))

    async def RingAll(self, request_iterator: Any, context: Any) -> Any:
        heard = [await self._do(request.word, context) async for request in request_iterator]
        return pb.RingResponse(heard=str(len(heard)))

    async def Listen(self, request: Any, context: Any) -> Any:
        yield pb.RingResponse(heard="first")
        yield pb.RingResponse(heard=await self._do(request.word, context))

    async def Echo(self, request_iterator: Any, context: Any) -> Any:
        async for request in request_iterator:
            await context.write(pb.RingResponse(heard=request.word))

    async def Knock(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - the signature is grpc's
        return pb.RingResponse(heard="welcome")

    async def Forgotten(self, request: Any, context: Any) -> Any:  # noqa: ARG002 - as above
        return pb.RingResponse(heard="never")


@dataclass
class Told:
    """How a call ended."""

    code: grpc.StatusCode
    text: str
    details: dict[str, Any]


class Ringer:
    """Calls the bell."""

    def __init__(self, channel: grpc.aio.Channel, signer: Signer, server: GrpcServer) -> None:
        self.stub = rpc.BellServiceStub(channel)
        self.channel = channel
        self.signer = signer
        self.server = server

    def token(self, *roles: str) -> str:
        """A token of these roles."""
        return self.signer.issue(CONTACT, [Grant(role, "33.17") for role in roles], timedelta(minutes=5))

    def metadata(self, *roles: str, **more: str) -> list[tuple[str, str]]:
        """What goes along with a call."""
        head = [("authorization", f"Bearer {self.token(*roles)}")] if roles else []
        return [*head, *more.items()]

    async def ring(self, word: str, *roles: str, method: str = "Ring", **more: Any) -> Any:
        """Ring as a midwife, or as somebody else."""
        request = pb.RingRequest(word=word, idempotency_key="k" * 8)
        return await getattr(self.stub, method)(request, metadata=self.metadata(*(roles or ("midwife",))), **more)

    async def refused(self, word: str, *roles: str, **more: Any) -> Told:
        """Ring and be refused."""
        try:
            await self.ring(word, *roles, **more)
        except grpc.aio.AioRpcError as error:
            return told(error)
        raise AssertionError(f"{word} was not refused")


def told(error: grpc.aio.AioRpcError) -> Told:
    """Read the error as a client does."""
    details: dict[str, Any] = {}
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin":
            for each in status_pb2.Status.FromString(value).details:
                name = each.type_url.rpartition(".")[2]
                details[name] = getattr(kinds, name).FromString(each.value)
    return Told(error.code(), error.details() or "", details)


@asynccontextmanager
async def ringing(deadline_s: float = 5.0) -> AsyncIterator[Ringer]:
    """A server and a client of it."""
    pem, jwks = new_signing_pair()
    certificate, key = _certificate()
    credentials = grpc.ssl_server_credentials([(key, certificate)])
    address = Address("localhost", 0)
    server = GrpcServer(
        [(rpc.add_BellServiceServicer_to_server, Bell())],
        address,
        credentials,
        Verifier(json.loads(jwks)),
        deadline_s,
    )
    await server.start()
    target = f"localhost:{server.port}"
    async with grpc.aio.secure_channel(target, grpc.ssl_channel_credentials(certificate)) as channel:
        yield Ringer(channel, Signer.from_pem(pem.encode()), server)
    await server.stop(0)


def _certificate() -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return certificate.public_bytes(Encoding.PEM), pem
